#include "server/rpc/provider_admin_service.h"

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "core/base/reason.h"
#include "core/base/status_macros.h"
#include "server/rpc/convert.h"
#include "server/rpc/field_checks.h"
#include "server/rpc/paging.h"

namespace latchkey {
namespace {

constexpr char kService[] = "/latchkey.v1.ProviderAdminService/";
constexpr size_t kMaxAppId = 64;
constexpr size_t kMaxIssuer = 2048;

void FillProvider(const ProviderSummary& from, v1::Provider* to) {
  to->set_name(from.name.value());
  to->set_kind(ProviderKindName(from.kind));
  to->set_disabled(from.disabled);
}

void FillApp(const App& from, v1::App* to) {
  to->set_id(from.id.value());
  for (const ProviderSummary& provider : from.summaries) {
    FillProvider(provider, to->add_providers());
  }
}

absl::StatusOr<std::shared_ptr<const App>> FindApp(const AppTable& apps,
                                                   const std::string& id) {
  RETURN_IF_ERROR(FieldChecks().Text("app", id, 1, kMaxAppId).status());
  std::shared_ptr<const App> app = apps.Find(AppId(id));
  if (app == nullptr) return Error(Reason::kResourceNotFound, "app");
  return app;
}

bool Uses(const App& app, const std::string& source) {
  return std::any_of(app.summaries.begin(), app.summaries.end(),
                     [&](const ProviderSummary& provider) {
                       return provider.key_source == source;
                     });
}

}  // namespace

ProviderAdminService::ProviderAdminService(Deps deps) : deps_(deps) {}

void ProviderAdminService::Register(MethodTable* table) {
  const auto add = [&](const char* name, Lane lane, auto member) {
    table->AddMember(absl::StrCat(kService, name),
                     {.group = ServiceGroup::kAdmin, .lane = lane}, this,
                     member);
  };
  add("ListApps", Lane::kStore, &ProviderAdminService::ListApps);
  add("GetApp", Lane::kStore, &ProviderAdminService::GetApp);
  add("ListIdentityProviderKeys", Lane::kStore,
      &ProviderAdminService::ListKeys);
  add("RefreshIdentityProviderKeys", Lane::kRemote,
      &ProviderAdminService::RefreshKeys);
  add("GetProviderStatus", Lane::kStore, &ProviderAdminService::GetStatus);
}

absl::Status ProviderAdminService::ListApps(const v1::ListAppsRequest& request,
                                            const RpcContext& context,
                                            v1::ListAppsResponse* response) {
  RETURN_IF_ERROR(deps_.guard->Admit(context).status());
  ASSIGN_OR_RETURN(const Page page,
                   ReadPage(request.page_size(), request.page_token()));
  const std::shared_ptr<const AppTable> apps = deps_.apps->Share();
  for (const auto& app : apps->apps()) {
    if (!page.after.empty() && app->id.value() <= page.after) continue;
    if (response->apps_size() == static_cast<int>(page.size)) {
      response->set_next_page_token(
          PageToken(response->apps(response->apps_size() - 1).id()));
      break;
    }
    FillApp(*app, response->add_apps());
  }
  return absl::OkStatus();
}

absl::Status ProviderAdminService::GetApp(const v1::GetAppRequest& request,
                                          const RpcContext& context,
                                          v1::GetAppResponse* response) {
  RETURN_IF_ERROR(deps_.guard->Admit(context).status());
  ASSIGN_OR_RETURN(const std::shared_ptr<const App> app,
                   FindApp(*deps_.apps->Share(), request.app()));
  FillApp(*app, response->mutable_app());
  return absl::OkStatus();
}

absl::StatusOr<std::vector<KeySourceStatus>> ProviderAdminService::SourcesOf(
    const std::string& app_id, const std::string& issuer) const {
  RETURN_IF_ERROR(FieldChecks().Text("issuer", issuer, 0, kMaxIssuer).status());
  std::shared_ptr<const App> app;
  if (!app_id.empty()) {
    ASSIGN_OR_RETURN(app, FindApp(*deps_.apps->Share(), app_id));
  }
  std::vector<KeySourceStatus> sources;
  for (KeySourceStatus& source : deps_.jwks->Status()) {
    if (app != nullptr && !Uses(*app, source.id)) continue;
    if (!issuer.empty() && source.id != issuer) continue;
    sources.push_back(std::move(source));
  }
  if (!issuer.empty() && sources.empty()) {
    return Error(Reason::kResourceNotFound, "issuer");
  }
  std::sort(sources.begin(), sources.end(),
            [](const KeySourceStatus& a, const KeySourceStatus& b) {
              return std::tie(a.id, a.jwks_uri) < std::tie(b.id, b.jwks_uri);
            });
  return sources;
}

absl::Status ProviderAdminService::ListKeys(
    const v1::ListIdentityProviderKeysRequest& request,
    const RpcContext& context, v1::ListIdentityProviderKeysResponse* response) {
  RETURN_IF_ERROR(deps_.guard->Admit(context).status());
  ASSIGN_OR_RETURN(const std::vector<KeySourceStatus> sources,
                   SourcesOf(request.app(), request.issuer()));
  const absl::Time now = deps_.clock->TimeNow();
  for (const KeySourceStatus& source : sources) {
    ToProto(source, now, response->add_key_sources());
  }
  return absl::OkStatus();
}

absl::Status ProviderAdminService::RefreshKeys(
    const v1::RefreshIdentityProviderKeysRequest& request,
    const RpcContext& context,
    v1::RefreshIdentityProviderKeysResponse* response) {
  ASSIGN_OR_RETURN(const CallContext call, deps_.guard->Admit(context));
  ASSIGN_OR_RETURN(const std::vector<KeySourceStatus> sources,
                   SourcesOf(request.app(), request.issuer()));
  AuditEvent event(audit_action::kProviderKeysRefreshed, call);
  event.app = AppId(request.app());
  event.target = request.issuer();
  deps_.audit->Record(event);
  std::map<std::string, int> counts;  // an id may stand for several sources
  for (const KeySourceStatus& source : sources) ++counts[source.id];
  int refreshed = 0;
  for (const auto& [id, count] : counts) {
    const std::vector<JwksCache::Failure> failures =
        deps_.jwks->Refresh(id, call.deadline);
    refreshed += std::max(0, count - static_cast<int>(failures.size()));
    for (const JwksCache::Failure& failure : failures) {
      v1::RefreshFailure* added = response->add_failures();
      added->set_issuer(failure.id);
      added->set_error(failure.error);
    }
  }
  response->set_refreshed_count(refreshed);
  return absl::OkStatus();
}

absl::Status ProviderAdminService::GetStatus(
    const v1::GetProviderStatusRequest& request, const RpcContext& context,
    v1::GetProviderStatusResponse* response) {
  RETURN_IF_ERROR(deps_.guard->Admit(context).status());
  ASSIGN_OR_RETURN(const std::shared_ptr<const App> app,
                   FindApp(*deps_.apps->Share(), request.app()));
  const std::vector<KeySourceStatus> sources = deps_.jwks->Status();
  const absl::Time now = deps_.clock->TimeNow();
  for (const ProviderSummary& provider : app->summaries) {
    if (!request.provider().empty() &&
        provider.name.value() != request.provider()) {
      continue;
    }
    v1::ProviderStatus* added = response->add_providers();
    FillProvider(provider, added->mutable_provider());
    for (const KeySourceStatus& source : sources) {
      if (source.id != provider.key_source) continue;
      ToProto(source, now, added->mutable_key_source());
    }
  }
  if (!request.provider().empty() && response->providers_size() == 0) {
    return Error(Reason::kResourceNotFound, "provider");
  }
  return absl::OkStatus();
}

}  // namespace latchkey
