#include "server/rpc/auth_service.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "core/base/reason.h"
#include "core/base/status_macros.h"
#include "core/provider/federated_choice.h"
#include "core/provider/federation.h"
#include "core/provider/provider.h"
#include "server/rpc/batch_inspection.h"
#include "server/rpc/convert.h"
#include "server/rpc/credential_reader.h"
#include "server/rpc/field_checks.h"

namespace latchkey {
namespace {

constexpr char kService[] = "/latchkey.v1.AuthService/";
constexpr int kMaxBatchTokens = 256;
constexpr int kMaxAudiences = 16;
constexpr size_t kMaxAudienceBytes = 256;
constexpr size_t kMaxAppId = 64;
constexpr size_t kMaxRefreshToken = 2048;
constexpr size_t kMaxSubject = 255;
constexpr size_t kMaxHint = 255;

absl::Status CheckAudience(
    const google::protobuf::RepeatedPtrField<std::string>& audience,
    const std::string& app) {
  if (audience.empty() && app.empty()) return absl::OkStatus();
  FieldChecks checks;
  checks.Bytes("app", app, 0, kMaxAppId)
      .That(audience.size() <= kMaxAudiences, "audience",
            "must have at most 16 values");
  for (const std::string& value : audience) {
    checks.Bytes("audience", value, 1, kMaxAudienceBytes);
  }
  return checks.status();
}

absl::Status CheckBatch(const v1::BatchVerifyRequest& request) {
  RETURN_IF_ERROR(CheckAudience(request.audience(), request.app()));
  return FieldChecks()
      .That(request.tokens_size() >= 1 &&
                request.tokens_size() <= kMaxBatchTokens,
            "tokens", "must have 1 to 256 tokens")
      .status();
}

// Audiences of one issuer may share a name.
void ListProviders(const ProviderList& providers,
                   v1::DescribeLoginResponse* response) {
  absl::flat_hash_set<std::string> names;
  for (const auto& provider : providers) {
    if (!names.insert(provider->name().value()).second) continue;
    v1::LoginProvider* added = response->add_providers();
    added->set_name(provider->name().value());
    added->set_kind(ProviderKindName(provider->kind()));
  }
}

// The principal step of federation.
void DescribeFederation(const ProviderList& providers, const std::string& hint,
                        v1::DescribeLoginResponse* response) {
  const absl::StatusOr<Provider*> found = FindByHint(providers, hint);
  if (!found.ok()) {
    response->set_oidc_reason(
        static_cast<v1::Reason>(GetReason(found.status())));
    return;
  }
  const Invitation& invitation = *(*found)->federation()->invitation();
  v1::OidcLogin* const oidc = response->mutable_oidc();
  oidc->set_provider((*found)->name().value());
  oidc->set_issuer(invitation.issuer);
  oidc->set_client_id(invitation.client_id);
  for (const std::string& scope : invitation.request_scopes) {
    oidc->add_request_scopes(scope);
  }
}

}  // namespace

AuthService::AuthService(Deps deps)
    : deps_(deps),
      inspector_({deps.apps, deps.store, deps.api_keys, deps.access_tokens,
                  deps.metrics, deps.clock}) {}

void AuthService::Register(MethodTable* table) {
  const auto add = [&](const char* name, auto member,
                       MethodTable::RowOptions options =
                           MethodTable::RowOptions()) -> Method& {
    return table->AddMember(absl::StrCat(kService, name), options, this,
                            member);
  };
  add("Login", &AuthService::Login).lane =
      [](const google::protobuf::Message& request,
         const google::protobuf::Message& /*response*/) {
        return CredentialLane(
            static_cast<const v1::LoginRequest&>(request).credential());
      };
  add("LinkIdentity", &AuthService::LinkIdentity).lane =
      [](const google::protobuf::Message& request,
         const google::protobuf::Message& /*response*/) {
        return CredentialLane(
            static_cast<const v1::LinkIdentityRequest&>(request).credential());
      };
  Method& verify = add("Verify", &AuthService::Verify);
  verify.try_inline = [this](const google::protobuf::Message& request,
                             const RpcContext& context,
                             google::protobuf::Message* response) {
    return VerifyNow(static_cast<const v1::VerifyRequest&>(request), context,
                     static_cast<v1::VerifyResponse*>(response));
  };
  verify.lane = [](const google::protobuf::Message& request,
                   const google::protobuf::Message& response) {
    return TokenInspector::LaneFor(
        static_cast<const v1::VerifyRequest&>(request).token(),
        static_cast<const v1::VerifyResponse&>(response));
  };
  Method& batch =
      add("BatchVerify", &AuthService::BatchVerify,
          {.lane = Lane::kRemote, .max_request_bytes = deps_.max_batch_bytes});
  // At once: a message of half a million empty tokens must not wait for a lane,
  // with a thousand others like it.
  batch.try_inline = [](const google::protobuf::Message& request,
                        const RpcContext& /*context*/,
                        google::protobuf::Message* /*response*/)
      -> std::optional<absl::Status> {
    absl::Status checked =
        CheckBatch(static_cast<const v1::BatchVerifyRequest&>(request));
    if (checked.ok()) return std::nullopt;
    return checked;
  };
  batch.slice = [this](const google::protobuf::Message& request,
                       const RpcContext& context,
                       google::protobuf::Message* response) {
    return VerifySlice(static_cast<const v1::BatchVerifyRequest&>(request),
                       context,
                       static_cast<v1::BatchVerifyResponse*>(response));
  };
  add("RefreshSession", &AuthService::RefreshSession);
  add("UnlinkIdentity", &AuthService::UnlinkIdentity);
  add("Logout", &AuthService::Logout);
  add("GetUser", &AuthService::GetUser);
  add("DeleteUser", &AuthService::DeleteUser);
  add("DescribeLogin", &AuthService::DescribeLogin);
}

absl::Status AuthService::Login(const v1::LoginRequest& request,
                                const RpcContext& context,
                                v1::LoginResponse* response) {
  RETURN_IF_ERROR(
      FieldChecks().Text("app", request.app(), 1, kMaxAppId).status());
  LoginRequest login;
  login.app = AppId(request.app());
  ASSIGN_OR_RETURN(login.credential, ReadCredential(request.credential()));
  ASSIGN_OR_RETURN(login.device_json,
                   ReadDevice(request.device(), context.call.peer));
  const char* const kind = ProviderKindName(login.credential.kind());
  const absl::StatusOr<IssuedSession> issued =
      deps_.logins->Login(std::move(login), context.call);
  deps_.metrics->CountLogin(kind, GetReason(issued.status()));
  if (!issued.ok()) return issued.status();
  ToProto(*issued, response->mutable_session());
  return absl::OkStatus();
}

std::optional<absl::Status> AuthService::VerifyNow(
    const v1::VerifyRequest& request, const RpcContext& context,
    v1::VerifyResponse* response) {
  if (request.token().empty()) {
    return FieldChecks().Bytes("token", "", 1, 16384).status();
  }
  const absl::Status checked = CheckAudience(request.audience(), request.app());
  if (!checked.ok()) return checked;
  return inspector_.TryInspect(
      {request.token(), request.app(), &request.audience()}, context, response);
}

absl::Status AuthService::Verify(const v1::VerifyRequest& request,
                                 const RpcContext& context,
                                 v1::VerifyResponse* response) {
  return inspector_.Inspect(
      {request.token(), request.app(), &request.audience()}, context, response);
}

absl::Status AuthService::BatchVerify(const v1::BatchVerifyRequest& request,
                                      const RpcContext& context,
                                      v1::BatchVerifyResponse* response) {
  while (true) {
    const std::optional<absl::Status> done =
        VerifySlice(request, context, response);
    if (done.has_value()) return *done;
  }
}

std::optional<absl::Status> AuthService::VerifySlice(
    const v1::BatchVerifyRequest& request, const RpcContext& context,
    v1::BatchVerifyResponse* response) {
  const BatchInspection batch(&inspector_, deps_.clock, &context);
  return batch.Continue(request, response);
}

absl::Status AuthService::RefreshSession(
    const v1::RefreshSessionRequest& request, const RpcContext& context,
    v1::RefreshSessionResponse* response) {
  RETURN_IF_ERROR(
      FieldChecks()
          .Bytes("refresh_token", request.refresh_token(), 1, kMaxRefreshToken)
          .status());
  const absl::StatusOr<IssuedSession> issued =
      deps_.sessions->Refresh(request.refresh_token(), context.call);
  deps_.metrics->CountRefresh(GetReason(issued.status()));
  if (!issued.ok()) return issued.status();
  ToProto(*issued, response->mutable_session());
  return absl::OkStatus();
}

absl::Status AuthService::LinkIdentity(const v1::LinkIdentityRequest& request,
                                       const RpcContext& context,
                                       v1::LinkIdentityResponse* response) {
  ASSIGN_OR_RETURN(const Principal caller,
                   deps_.callers->Authenticate(context));
  ASSIGN_OR_RETURN(const Credential credential,
                   ReadCredential(request.credential()));
  ASSIGN_OR_RETURN(const UserRecord user,
                   deps_.links->Link(caller, credential, context.call));
  ToProto(user, response->mutable_user());
  return absl::OkStatus();
}

absl::Status AuthService::UnlinkIdentity(
    const v1::UnlinkIdentityRequest& request, const RpcContext& context,
    v1::UnlinkIdentityResponse* response) {
  ASSIGN_OR_RETURN(const Principal caller,
                   deps_.callers->Authenticate(context));
  RETURN_IF_ERROR(FieldChecks()
                      .Text("provider", request.provider(), 1, 64)
                      .Bytes("subject", request.subject(), 1, kMaxSubject)
                      .status());
  ASSIGN_OR_RETURN(const UserRecord user,
                   deps_.links->Unlink(caller, ProviderName(request.provider()),
                                       request.subject(), context.call));
  ToProto(user, response->mutable_user());
  return absl::OkStatus();
}

absl::Status AuthService::Logout(const v1::LogoutRequest& request,
                                 const RpcContext& context,
                                 v1::LogoutResponse* /*response*/) {
  ASSIGN_OR_RETURN(const Principal caller,
                   deps_.callers->Authenticate(context));
  if (!request.all_sessions()) {
    return deps_.sessions->Revoke(SessionId(caller.session_id),
                                  {"logout", &context.call});
  }
  return deps_.sessions
      ->RevokeAll(AppId(caller.app), UserId(caller.user_id),
                  {"logout_all", &context.call})
      .status();
}

absl::Status AuthService::GetUser(const v1::GetUserRequest& /*request*/,
                                  const RpcContext& context,
                                  v1::GetUserResponse* response) {
  ASSIGN_OR_RETURN(const Principal caller,
                   deps_.callers->Authenticate(context));
  ASSIGN_OR_RETURN(
      const UserRecord user,
      deps_.accounts->Get(AppId(caller.app), UserId(caller.user_id)));
  ToProto(user, response->mutable_user());
  return absl::OkStatus();
}

absl::Status AuthService::DeleteUser(const v1::DeleteUserRequest& /*request*/,
                                     const RpcContext& context,
                                     v1::DeleteUserResponse* /*response*/) {
  ASSIGN_OR_RETURN(const Principal caller,
                   deps_.callers->Authenticate(context));
  return deps_.accounts->Delete(AppId(caller.app), UserId(caller.user_id),
                                context.call);
}

absl::Status AuthService::DescribeLogin(const v1::DescribeLoginRequest& request,
                                        const RpcContext& /*context*/,
                                        v1::DescribeLoginResponse* response) {
  RETURN_IF_ERROR(
      FieldChecks()
          .Text("app", request.app(), 1, kMaxAppId)
          .Text("principal_hint", request.principal_hint(), 0, kMaxHint)
          .status());
  const std::shared_ptr<const App> app =
      deps_.apps->Share()->Find(AppId(request.app()));
  if (app == nullptr) return InvalidField("app", "there is no such app");
  const ProviderList& providers = app->registry.providers();
  ListProviders(providers, response);
  DescribeFederation(providers, request.principal_hint(), response);
  return absl::OkStatus();
}

}  // namespace latchkey
