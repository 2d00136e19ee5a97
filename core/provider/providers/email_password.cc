// E-mail and password, by PasswordService.
#include <memory>
#include <string>
#include <utility>
#include <variant>

#include "core/base/reason.h"
#include "core/base/status_macros.h"
#include "core/json/json.h"
#include "core/provider/provider.h"
#include "core/provider/provider_settings.h"

namespace latchkey {
namespace {

class EmailPasswordProvider final : public Provider {
 public:
  EmailPasswordProvider(AppId app, ProviderName name, PasswordService* service)
      : app_(std::move(app)), name_(std::move(name)), service_(service) {}

  const ProviderName& name() const override { return name_; }
  ProviderKind kind() const override { return ProviderKind::kEmailPassword; }

  absl::StatusOr<ProvenIdentity> Authenticate(const Credential& credential,
                                              const CallContext& ctx) override {
    const auto* arm = std::get_if<EmailPasswordCredential>(&credential.arm);
    if (arm == nullptr) {
      return Error(Reason::kInternal, "credential of another kind");
    }
    ASSIGN_OR_RETURN(
        std::string email,
        CanonicalEmail(arm->email, "credential.email_password.email"));
    RETURN_IF_ERROR(service_->CheckShape(arm->password,
                                         "credential.email_password.password"));
    ASSIGN_OR_RETURN(PasswordRecord record,
                     service_->Check(app_, name_, email, arm->password, ctx));
    json::Value data{json::Value::Object{}};
    data.Set("email", record.email);
    ProvenIdentity identity;
    identity.provider = name_;
    identity.kind = kind();
    identity.subject = record.id;
    identity.data_json = json::Write(data);
    identity.user_data_json = identity.data_json;
    identity.still_holds = [service = service_, checked = std::move(record)] {
      return service->StillHolds(checked);
    };
    return identity;
  }

 private:
  const AppId app_;
  const ProviderName name_;
  PasswordService* const service_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Provider>> NewEmailPasswordProvider(
    const AppId& app, const ProviderSettings& settings,
    const ProviderDeps& deps) {
  if (deps.passwords == nullptr) {
    return Error(Reason::kInternal, "no password service here");
  }
  return std::make_unique<EmailPasswordProvider>(app, settings.name,
                                                 deps.passwords);
}

}  // namespace latchkey
