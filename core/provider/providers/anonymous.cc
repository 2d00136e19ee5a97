// Anonymous: each login proves a new identity and needs no proof for it.
#include <memory>
#include <utility>
#include <variant>

#include "core/base/reason.h"
#include "core/base/status_macros.h"
#include "core/provider/provider.h"
#include "core/provider/provider_settings.h"

namespace latchkey {
namespace {

class AnonymousProvider final : public Provider {
 public:
  AnonymousProvider(ProviderName name, const ProviderDeps& deps)
      : name_(std::move(name)), clock_(deps.clock), random_(deps.random) {}

  const ProviderName& name() const override { return name_; }
  ProviderKind kind() const override { return ProviderKind::kAnonymous; }

  absl::StatusOr<ProvenIdentity> Authenticate(const Credential& credential,
                                              const CallContext& ctx) override {
    if (!std::holds_alternative<AnonymousCredential>(credential.arm)) {
      return Error(Reason::kInternal, "credential of another kind");
    }
    RETURN_IF_ERROR(ctx.StillWanted(clock_->TimeNow()));
    ProvenIdentity identity;
    identity.provider = name_;
    identity.kind = kind();
    identity.subject = NewObjectId(clock_, random_);
    return identity;
  }

 private:
  const ProviderName name_;
  Clock* const clock_;
  Random* const random_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Provider>> NewAnonymousProvider(
    const AppId&, const ProviderSettings& settings, const ProviderDeps& deps) {
  return std::make_unique<AnonymousProvider>(settings.name, deps);
}

}  // namespace latchkey
