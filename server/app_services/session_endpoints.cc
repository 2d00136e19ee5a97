#include "server/app_services/session_endpoints.h"

#include <algorithm>
#include <utility>

#include "absl/status/statusor.h"
#include "core/base/reason.h"
#include "core/base/status_macros.h"
#include "core/session/app_services_claims.h"

namespace latchkey {
namespace {

json::Value ObjectOf(const std::string& text) {
  absl::StatusOr<json::Value> value = json::ParseObject(text);
  return value.ok() ? *std::move(value) : json::Value(json::Value::Object());
}

json::Value IdentityOf(const AppId& app, const IdentityRecord& identity) {
  json::Value out{json::Value::Object()};
  out.Set("id", AppServicesIdentityId(identity.kind, identity.subject));
  out.Set("provider_type", AppServicesProviderType(identity.kind));
  out.Set("provider_id", AppServicesProviderId(app, identity.provider));
  out.Set("provider_data", ObjectOf(identity.data_json));
  return out;
}

// A key is no identity of ours; clients look for one in a session that it
// began.
bool BeganWithApiKey(const Exchange& exchange) {
  const auto& providers = exchange.app->summaries;
  return std::any_of(providers.begin(), providers.end(),
                     [&](const ProviderSummary& one) {
                       return one.kind == ProviderKind::kApiKey &&
                              one.name.value() == exchange.caller.provider;
                     });
}

json::Value IdentitiesOf(const UserRecord& user, const Exchange& exchange) {
  json::Value::Array identities;
  for (const IdentityRecord& identity : user.identities) {
    identities.push_back(IdentityOf(user.app, identity));
  }
  if (BeganWithApiKey(exchange)) {
    IdentityRecord key;
    key.kind = ProviderKind::kApiKey;
    key.provider = ProviderName(exchange.caller.provider);
    key.subject = exchange.caller.subject;
    identities.push_back(IdentityOf(user.app, key));
  }
  return identities;
}

json::Value ProfileOf(const UserRecord& user, const Exchange& exchange) {
  json::Value profile{json::Value::Object()};
  profile.Set("user_id", user.id.value());
  profile.Set("domain_id", AppServicesDomainId(user.app));
  profile.Set("identities", IdentitiesOf(user, exchange));
  profile.Set("data", ObjectOf(user.data_json));
  profile.Set("type", user.type == UserType::kServer ? "server" : "normal");
  return profile;
}

}  // namespace

void SessionEndpoints::AddTo(RouteTable* table) {
  using Member = absl::Status (SessionEndpoints::*)(Exchange*);
  // With an access token, which is looked at before the lane.
  const auto with_access = [&](const char* method, const char* pattern,
                               Member member) {
    Route route;
    route.method = method;
    route.pattern = pattern;
    route.prepare = [this, member](Exchange* exchange) {
      RETURN_IF_ERROR(deps_.bearer->TakeAccess(exchange));
      exchange->work = [this, member, exchange] {
        return (this->*member)(exchange);
      };
      return absl::OkStatus();
    };
    table->Add(std::move(route));
  };
  // With a refresh token, whose session is in the store.
  const auto with_refresh = [&](const char* method, Member member) {
    Route route;
    route.method = method;
    route.pattern = "auth/session";
    route.prepare = [this, member](Exchange* exchange) {
      exchange->work = [this, member, exchange] {
        return (this->*member)(exchange);
      };
      return absl::OkStatus();
    };
    table->Add(std::move(route));
  };
  with_access("GET", "auth/profile", &SessionEndpoints::Profile);
  with_access("DELETE", "auth/delete", &SessionEndpoints::Delete);
  with_refresh("POST", &SessionEndpoints::Refresh);
  with_refresh("DELETE", &SessionEndpoints::Logout);
}

absl::Status SessionEndpoints::Profile(Exchange* exchange) {
  ASSIGN_OR_RETURN(
      const UserRecord user,
      deps_.accounts->Get(exchange->app->id, UserId(exchange->caller.user_id)));
  exchange->Answer(200, ProfileOf(user, *exchange));
  return absl::OkStatus();
}

absl::Status SessionEndpoints::Delete(Exchange* exchange) {
  RETURN_IF_ERROR(deps_.accounts->Delete(exchange->app->id,
                                         UserId(exchange->caller.user_id),
                                         exchange->context.call));
  exchange->AnswerNothing();
  return absl::OkStatus();
}

absl::Status SessionEndpoints::Refresh(Exchange* exchange) {
  RETURN_IF_ERROR(deps_.bearer->TakeRefresh(exchange));
  const absl::StatusOr<IssuedSession> issued = deps_.sessions->Renew(
      SessionId(exchange->caller.session_id), exchange->context.call);
  deps_.metrics->CountRefresh(GetReason(issued.status()));
  if (!issued.ok()) return issued.status();
  json::Value answer{json::Value::Object()};
  answer.Set("access_token", issued->access_token);
  exchange->Answer(201, answer);
  return absl::OkStatus();
}

// A genuine token of a session that is over is as good as logged out: clients
// log out once more after deleting their user.
absl::Status SessionEndpoints::Logout(Exchange* exchange) {
  const absl::Status taken = deps_.bearer->TakeRefresh(exchange);
  const Reason reason = GetReason(taken);
  if (taken.ok()) {
    const absl::Status revoked =
        deps_.sessions->Revoke(SessionId(exchange->caller.session_id),
                               {"logout", &exchange->context.call});
    if (GetReason(revoked) != Reason::kResourceNotFound) {
      RETURN_IF_ERROR(revoked);
    }
  } else if (reason != Reason::kSessionRevoked &&
             reason != Reason::kSessionExpired) {
    return taken;
  }
  exchange->AnswerNothing();
  return absl::OkStatus();
}

}  // namespace latchkey
