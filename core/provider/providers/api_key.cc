// API keys, of users and of servers alike, by ApiKeyService.
#include <memory>
#include <utility>
#include <variant>

#include "core/base/reason.h"
#include "core/base/status_macros.h"
#include "core/json/json.h"
#include "core/provider/api_key_service.h"
#include "core/provider/provider.h"
#include "core/provider/provider_settings.h"

namespace latchkey {
namespace {

class ApiKeyProvider final : public Provider {
 public:
  ApiKeyProvider(AppId app, ProviderName name, const ProviderDeps& deps)
      : app_(std::move(app)),
        name_(std::move(name)),
        clock_(deps.clock),
        store_(deps.store->api_keys()),
        service_(ApiKeyLimits(), deps.store, deps.clock, deps.random) {}

  const ProviderName& name() const override { return name_; }
  ProviderKind kind() const override { return ProviderKind::kApiKey; }

  absl::StatusOr<ProvenIdentity> Authenticate(const Credential& credential,
                                              const CallContext& ctx) override {
    const auto* arm = std::get_if<ApiKeyCredential>(&credential.arm);
    if (arm == nullptr) {
      return Error(Reason::kInternal, "credential of another kind");
    }
    RETURN_IF_ERROR(ctx.StillWanted(clock_->TimeNow()));
    ASSIGN_OR_RETURN(ApiKeyRecord record, service_.Check(app_, arm->key));
    json::Value data{json::Value::Object{}};
    data.Set("name", record.name);
    ProvenIdentity identity;
    identity.provider = name_;
    identity.kind = kind();
    identity.subject = record.id.value();
    identity.data_json = json::Write(data);
    // A user's own `name` must not become that of one of its keys.
    if (record.server) identity.user_data_json = identity.data_json;
    identity.owner = record.user;
    identity.still_holds = [store = store_, id = record.id]() -> absl::Status {
      const absl::StatusOr<ApiKeyRecord> now = store->Find(id);
      if (GetReason(now.status()) == Reason::kResourceNotFound ||
          (now.ok() && now->disabled)) {
        return Error(Reason::kCredentialRejected, "the key ended meanwhile");
      }
      return now.status();
    };
    return identity;
  }

 private:
  const AppId app_;
  const ProviderName name_;
  Clock* const clock_;
  ApiKeyStore* const store_;
  ApiKeyService service_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Provider>> NewApiKeyProvider(
    const AppId& app, const ProviderSettings& settings,
    const ProviderDeps& deps) {
  if (deps.store == nullptr) return Error(Reason::kInternal, "no store here");
  return std::make_unique<ApiKeyProvider>(app, settings.name, deps);
}

}  // namespace latchkey
