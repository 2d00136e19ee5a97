#include "server/rpc/user_admin_service.h"

#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/reason.h"
#include "core/base/status_macros.h"
#include "core/json/json.h"
#include "server/rpc/convert.h"
#include "server/rpc/field_checks.h"
#include "server/rpc/paging.h"
#include "server/rpc/session_page.h"

namespace latchkey {
namespace {

constexpr char kService[] = "/latchkey.v1.UserAdminService/";
constexpr size_t kMaxAppId = 64;
constexpr size_t kMaxEmail = 254;
constexpr size_t kMaxPassword = 1024;
constexpr size_t kMaxCustomData = 16 * 1024;
constexpr size_t kMaxListedSessions = 10'000;

absl::StatusOr<const Provider*> EmailProvider(const App& app) {
  ASSIGN_OR_RETURN(
      const Provider* provider,
      app.registry.Find(ProviderKind::kEmailPassword, ProviderName()));
  return provider;
}

// Whether `user` passes the filters that the store does not know.
bool Passes(const v1::ListUsersRequest& request, const UserRecord& user) {
  if (request.has_disabled() && request.disabled() != user.disabled) {
    return false;
  }
  const bool server = user.type == UserType::kServer;
  return request.type() == v1::USER_TYPE_UNSPECIFIED ||
         server == (request.type() == v1::USER_TYPE_SERVER);
}

UserFilter ReadFilter(const v1::ListUsersRequest& request) {
  UserFilter filter;
  if (request.has_disabled()) filter.disabled = request.disabled();
  if (!request.provider().empty()) {
    filter.provider = ProviderName(request.provider());
  }
  if (request.type() == v1::USER_TYPE_NORMAL) filter.type = UserType::kNormal;
  if (request.type() == v1::USER_TYPE_SERVER) filter.type = UserType::kServer;
  return filter;
}

// The name of the app's api_key provider, also of one that is disabled.
ProviderName ApiKeyProviderOf(const App& app) {
  for (const ProviderSummary& provider : app.summaries) {
    if (provider.kind == ProviderKind::kApiKey) return provider.name;
  }
  return ProviderName(ProviderKindName(ProviderKind::kApiKey));
}

UserRecord NewEmailUser(const App& app, const PasswordRecord& password,
                        absl::Time now) {
  UserRecord user;
  user.app = app.id;
  user.created_at = now;
  json::Value data{json::Value::Object()};
  data.Set("email", password.email);
  user.data_json = json::Write(data);
  IdentityRecord identity;
  identity.provider = password.provider;
  identity.kind = ProviderKind::kEmailPassword;
  identity.subject = password.id;
  identity.data_json = user.data_json;
  identity.created_at = now;
  user.identities.push_back(std::move(identity));
  return user;
}

}  // namespace

UserAdminService::UserAdminService(Deps deps) : deps_(deps) {}

void UserAdminService::Register(MethodTable* table) {
  const auto add = [&](const char* name, auto member,
                       Lane lane = Lane::kStore) {
    table->AddMember(absl::StrCat(kService, name),
                     {.group = ServiceGroup::kAdmin, .lane = lane}, this,
                     member);
  };
  add("ListUsers", &UserAdminService::ListUsers);
  add("GetUser", &UserAdminService::GetUser);
  add("CreateUser", &UserAdminService::CreateUser, Lane::kHash);
  add("DisableUser", &UserAdminService::DisableUser);
  add("EnableUser", &UserAdminService::EnableUser);
  add("DeleteUser", &UserAdminService::DeleteUser);
  add("RevokeSessions", &UserAdminService::RevokeSessions);
  add("ListSessions", &UserAdminService::ListSessions);
  add("ListPendingUsers", &UserAdminService::ListPendingUsers);
  add("ConfirmPendingUser", &UserAdminService::ConfirmPendingUser);
  add("DeletePendingUser", &UserAdminService::DeletePendingUser);
  add("CreateServerApiKey", &UserAdminService::CreateServerApiKey);
  add("ListServerApiKeys", &UserAdminService::ListServerApiKeys);
  add("GetServerApiKey", &UserAdminService::GetServerApiKey);
  add("EnableServerApiKey", &UserAdminService::EnableServerApiKey);
  add("DisableServerApiKey", &UserAdminService::DisableServerApiKey);
  add("DeleteServerApiKey", &UserAdminService::DeleteServerApiKey);
}

absl::StatusOr<std::shared_ptr<const App>> UserAdminService::AdmitTo(
    const std::string& app_id, const RpcContext& context) const {
  RETURN_IF_ERROR(deps_.guard->Admit(context));
  RETURN_IF_ERROR(FieldChecks().Text("app", app_id, 1, kMaxAppId).status());
  std::shared_ptr<const App> app = deps_.apps->Share()->Find(AppId(app_id));
  if (app == nullptr) return Error(Reason::kResourceNotFound, "app");
  return app;
}

absl::StatusOr<UserRecord> UserAdminService::FindUser(
    const std::string& app_id, const std::string& user_id,
    const RpcContext& context) const {
  ASSIGN_OR_RETURN(const std::shared_ptr<const App> app,
                   AdmitTo(app_id, context));
  RETURN_IF_ERROR(FieldChecks().ObjectId("user_id", user_id).status());
  return deps_.accounts->Get(app->id, UserId(user_id));
}

absl::StatusOr<UserRecord> UserAdminService::FindByName(
    const App& app, const v1::ListUsersRequest& request) const {
  ProviderName provider(request.provider());
  std::string subject = request.subject();
  if (!request.email().empty()) {
    ASSIGN_OR_RETURN(const Provider* email_provider, EmailProvider(app));
    ASSIGN_OR_RETURN(const std::string email,
                     CanonicalEmail(request.email(), "email"));
    ASSIGN_OR_RETURN(const PasswordRecord record,
                     deps_.store->passwords()->FindByEmail(
                         app.id, email_provider->name(), email));
    provider = record.provider;
    subject = record.id;
  }
  return deps_.store->users()->FindByIdentity(app.id, provider, subject);
}

absl::Status UserAdminService::ListUsers(const v1::ListUsersRequest& request,
                                         const RpcContext& context,
                                         v1::ListUsersResponse* response) {
  ASSIGN_OR_RETURN(const std::shared_ptr<const App> app,
                   AdmitTo(request.app(), context));
  RETURN_IF_ERROR(
      FieldChecks()
          .Text("provider", request.provider(), 0, 64)
          .Bytes("subject", request.subject(), 0, 255)
          .Text("email", request.email(), 0, kMaxEmail)
          .That(request.subject().empty() || !request.provider().empty(),
                "subject", "needs provider")
          .That(request.subject().empty() || request.email().empty(), "email",
                "cannot be combined with subject")
          .status());
  ASSIGN_OR_RETURN(const Page page,
                   ReadPage(request.page_size(), request.page_token()));
  if (!request.subject().empty() || !request.email().empty()) {
    const absl::StatusOr<UserRecord> user = FindByName(*app, request);
    const Reason reason = GetReason(user.status());
    if (reason == Reason::kUserNotFound ||
        reason == Reason::kResourceNotFound) {
      return absl::OkStatus();
    }
    if (!user.ok()) return user.status();
    if (Passes(request, *user)) ToProto(*user, response->add_users());
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(
      const std::vector<UserRecord> users,
      deps_.store->users()->List(app->id, ReadFilter(request),
                                 UserId(page.after), page.size + 1));
  for (size_t i = 0; i < users.size() && i < page.size; ++i) {
    ToProto(users[i], response->add_users());
  }
  if (users.size() > page.size) {
    response->set_next_page_token(PageToken(users[page.size - 1].id.value()));
  }
  return absl::OkStatus();
}

absl::Status UserAdminService::GetUser(
    const v1::UserAdminServiceGetUserRequest& request,
    const RpcContext& context, v1::UserAdminServiceGetUserResponse* response) {
  ASSIGN_OR_RETURN(const UserRecord user,
                   FindUser(request.app(), request.user_id(), context));
  ToProto(user, response->mutable_user());
  return absl::OkStatus();
}

absl::Status UserAdminService::CreateUser(const v1::CreateUserRequest& request,
                                          const RpcContext& context,
                                          v1::CreateUserResponse* response) {
  ASSIGN_OR_RETURN(const std::shared_ptr<const App> app,
                   AdmitTo(request.app(), context));
  RETURN_IF_ERROR(FieldChecks()
                      .Text("email", request.email(), 1, kMaxEmail)
                      .Bytes("password", request.password(), 1, kMaxPassword)
                      .status());
  ASSIGN_OR_RETURN(
      const std::string custom_data,
      StructToJson(request.custom_data(), "custom_data", kMaxCustomData));
  ASSIGN_OR_RETURN(const Provider* provider, EmailProvider(*app));
  ASSIGN_OR_RETURN(const std::string email,
                   CanonicalEmail(request.email(), "email"));
  absl::StatusOr<PasswordRecord> record = deps_.passwords->RegisterNew(
      app->id, provider->name(), email, Secret(request.password()),
      /*confirmed=*/true, context.call);
  if (GetReason(record.status()) == Reason::kResourceExists) {
    return Error(Reason::kIdentityInUse, "address is registered");
  }
  if (!record.ok()) return record.status();
  UserRecord user = NewEmailUser(*app, *record, deps_.clock->TimeNow());
  user.custom_data_json = custom_data;
  const absl::StatusOr<UserRecord> created =
      deps_.accounts->Create(std::move(user), context.call);
  if (!created.ok()) {
    // Else the address would stay taken by a registration that nobody made.
    RemoveUnused(*record).IgnoreError();
    return created.status();
  }
  ToProto(*created, response->mutable_user());
  return absl::OkStatus();
}

absl::Status UserAdminService::SetUserDisabled(const std::string& app,
                                               const std::string& user_id,
                                               bool disabled,
                                               const RpcContext& context,
                                               v1::User* out) {
  ASSIGN_OR_RETURN(const UserRecord user, FindUser(app, user_id, context));
  ASSIGN_OR_RETURN(
      const UserRecord changed,
      deps_.accounts->SetDisabled(user.app, user.id, disabled, context.call));
  ToProto(changed, out);
  return absl::OkStatus();
}

absl::Status UserAdminService::DisableUser(
    const v1::DisableUserRequest& request, const RpcContext& context,
    v1::DisableUserResponse* response) {
  return SetUserDisabled(request.app(), request.user_id(), true, context,
                         response->mutable_user());
}

absl::Status UserAdminService::EnableUser(const v1::EnableUserRequest& request,
                                          const RpcContext& context,
                                          v1::EnableUserResponse* response) {
  return SetUserDisabled(request.app(), request.user_id(), false, context,
                         response->mutable_user());
}

absl::Status UserAdminService::DeleteUser(
    const v1::UserAdminServiceDeleteUserRequest& request,
    const RpcContext& context,
    v1::UserAdminServiceDeleteUserResponse* /*response*/) {
  ASSIGN_OR_RETURN(const UserRecord user,
                   FindUser(request.app(), request.user_id(), context));
  return deps_.accounts->Delete(user.app, user.id, context.call);
}

absl::Status UserAdminService::RevokeSessions(
    const v1::RevokeSessionsRequest& request, const RpcContext& context,
    v1::RevokeSessionsResponse* response) {
  ASSIGN_OR_RETURN(const UserRecord user,
                   FindUser(request.app(), request.user_id(), context));
  if (request.session_id().empty()) {
    ASSIGN_OR_RETURN(const size_t count,
                     deps_.sessions->RevokeAll(user.app, user.id, "admin"));
    response->set_revoked_count(static_cast<int32_t>(count));
    return absl::OkStatus();
  }
  RETURN_IF_ERROR(FieldChecks()
                      .That(IsSessionId(request.session_id()), "session_id",
                            "must be 22 base64url characters")
                      .status());
  const SessionId id(request.session_id());
  ASSIGN_OR_RETURN(const SessionRecord session,
                   deps_.store->sessions()->Find(id));
  if (session.app != user.app || session.user != user.id) {
    return Error(Reason::kResourceNotFound, "session of another user");
  }
  RETURN_IF_ERROR(deps_.sessions->Revoke(id, "admin"));
  response->set_revoked_count(session.revoked_at.has_value() ? 0 : 1);
  return absl::OkStatus();
}

absl::Status UserAdminService::ListSessions(
    const v1::ListSessionsRequest& request, const RpcContext& context,
    v1::ListSessionsResponse* response) {
  ASSIGN_OR_RETURN(const UserRecord user,
                   FindUser(request.app(), request.user_id(), context));
  ASSIGN_OR_RETURN(const Page page,
                   ReadPage(request.page_size(), request.page_token()));
  ASSIGN_OR_RETURN(
      std::vector<SessionRecord> sessions,
      deps_.store->sessions()->ListOf(user.app, user.id, kMaxListedSessions));
  RETURN_IF_ERROR(
      TakePage(page, &sessions, response->mutable_next_page_token()));
  for (const SessionRecord& session : sessions) {
    ToProto(session, response->add_sessions());
  }
  return absl::OkStatus();
}

absl::Status UserAdminService::ListPendingUsers(
    const v1::ListPendingUsersRequest& request, const RpcContext& context,
    v1::ListPendingUsersResponse* response) {
  ASSIGN_OR_RETURN(const std::shared_ptr<const App> app,
                   AdmitTo(request.app(), context));
  ASSIGN_OR_RETURN(const Page page,
                   ReadPage(request.page_size(), request.page_token()));
  ASSIGN_OR_RETURN(const std::vector<PasswordRecord> pending,
                   deps_.store->passwords()->ListPending(app->id, page.after,
                                                         page.size + 1));
  for (size_t i = 0; i < pending.size() && i < page.size; ++i) {
    v1::PendingUser* added = response->add_pending_users();
    added->set_id(pending[i].id);
    added->set_email(pending[i].email);
    ToProto(pending[i].created_at, added->mutable_created_at());
  }
  if (pending.size() > page.size) {
    response->set_next_page_token(PageToken(pending[page.size - 1].id));
  }
  return absl::OkStatus();
}

absl::StatusOr<PasswordRecord> UserAdminService::FindRegistration(
    const std::string& app_id, const std::string& email,
    const RpcContext& context) const {
  ASSIGN_OR_RETURN(const std::shared_ptr<const App> app,
                   AdmitTo(app_id, context));
  ASSIGN_OR_RETURN(const std::string canonical, CanonicalEmail(email, "email"));
  ASSIGN_OR_RETURN(const Provider* provider, EmailProvider(*app));
  return deps_.store->passwords()->FindByEmail(app->id, provider->name(),
                                               canonical);
}

absl::Status UserAdminService::RemoveUnused(const PasswordRecord& record) {
  const Reason reason =
      GetReason(deps_.store->users()
                    ->FindByIdentity(record.app, record.provider, record.id)
                    .status());
  if (reason == Reason::kUnspecified) {
    return Error(Reason::kResourceNotFound, "a user has the registration");
  }
  if (reason != Reason::kUserNotFound) return Error(reason, "look for a user");
  return deps_.store->passwords()->Remove(record.app, record.id);
}

absl::Status UserAdminService::ConfirmPendingUser(
    const v1::ConfirmPendingUserRequest& request, const RpcContext& context,
    v1::ConfirmPendingUserResponse* /*response*/) {
  ASSIGN_OR_RETURN(PasswordRecord record,
                   FindRegistration(request.app(), request.email(), context));
  if (record.confirmed) {
    return Error(Reason::kResourceNotFound, "registration is confirmed");
  }
  record.confirmed = true;
  return deps_.store->passwords()->CompareAndUpdate(record);
}

absl::Status UserAdminService::DeletePendingUser(
    const v1::DeletePendingUserRequest& request, const RpcContext& context,
    v1::DeletePendingUserResponse* /*response*/) {
  ASSIGN_OR_RETURN(const PasswordRecord record,
                   FindRegistration(request.app(), request.email(), context));
  return RemoveUnused(record);
}

absl::Status UserAdminService::CreateServerApiKey(
    const v1::CreateServerApiKeyRequest& request, const RpcContext& context,
    v1::CreateServerApiKeyResponse* response) {
  ASSIGN_OR_RETURN(const std::shared_ptr<const App> app,
                   AdmitTo(request.app(), context));
  RETURN_IF_ERROR(
      app->registry.Find(ProviderKind::kApiKey, ProviderName()).status());
  ASSIGN_OR_RETURN(const CreatedApiKey created,
                   deps_.api_keys->CreateServerKey(app->id, request.name()));
  ToProto(created.record, response->mutable_api_key());
  response->set_key(std::string(created.key.RevealSecret()));
  ASSIGN_OR_RETURN(const UserRecord user,
                   deps_.accounts->Get(app->id, created.record.user));
  ToProto(user, response->mutable_user());
  return absl::OkStatus();
}

absl::Status UserAdminService::ListServerApiKeys(
    const v1::ListServerApiKeysRequest& request, const RpcContext& context,
    v1::ListServerApiKeysResponse* response) {
  ASSIGN_OR_RETURN(const std::shared_ptr<const App> app,
                   AdmitTo(request.app(), context));
  ASSIGN_OR_RETURN(const std::vector<ApiKeyRecord> keys,
                   deps_.api_keys->List(app->id, UserId()));
  for (const ApiKeyRecord& key : keys) ToProto(key, response->add_api_keys());
  return absl::OkStatus();
}

absl::Status UserAdminService::GetServerApiKey(
    const v1::GetServerApiKeyRequest& request, const RpcContext& context,
    v1::GetServerApiKeyResponse* response) {
  ASSIGN_OR_RETURN(const std::shared_ptr<const App> app,
                   AdmitTo(request.app(), context));
  RETURN_IF_ERROR(FieldChecks().ObjectId("id", request.id()).status());
  ASSIGN_OR_RETURN(
      const ApiKeyRecord key,
      deps_.api_keys->Get(app->id, UserId(), ApiKeyId(request.id())));
  ToProto(key, response->mutable_api_key());
  return absl::OkStatus();
}

absl::Status UserAdminService::SetKeyDisabled(const std::string& app_id,
                                              const std::string& id,
                                              bool disabled,
                                              const RpcContext& context,
                                              v1::ApiKey* out) {
  ASSIGN_OR_RETURN(const std::shared_ptr<const App> app,
                   AdmitTo(app_id, context));
  RETURN_IF_ERROR(FieldChecks().ObjectId("id", id).status());
  RETURN_IF_ERROR(
      deps_.api_keys->SetDisabled(app->id, UserId(), ApiKeyId(id), disabled));
  ASSIGN_OR_RETURN(const ApiKeyRecord key,
                   deps_.api_keys->Get(app->id, UserId(), ApiKeyId(id)));
  ToProto(key, out);
  if (!disabled) return absl::OkStatus();
  return deps_.sessions
      ->RevokeOfIdentity(app->id, key.user, ApiKeyProviderOf(*app), id,
                         SessionId())
      .status();
}

absl::Status UserAdminService::EnableServerApiKey(
    const v1::EnableServerApiKeyRequest& request, const RpcContext& context,
    v1::EnableServerApiKeyResponse* response) {
  return SetKeyDisabled(request.app(), request.id(), false, context,
                        response->mutable_api_key());
}

absl::Status UserAdminService::DisableServerApiKey(
    const v1::DisableServerApiKeyRequest& request, const RpcContext& context,
    v1::DisableServerApiKeyResponse* response) {
  return SetKeyDisabled(request.app(), request.id(), true, context,
                        response->mutable_api_key());
}

absl::Status UserAdminService::DeleteServerApiKey(
    const v1::DeleteServerApiKeyRequest& request, const RpcContext& context,
    v1::DeleteServerApiKeyResponse* /*response*/) {
  ASSIGN_OR_RETURN(const std::shared_ptr<const App> app,
                   AdmitTo(request.app(), context));
  RETURN_IF_ERROR(FieldChecks().ObjectId("id", request.id()).status());
  ASSIGN_OR_RETURN(
      const ApiKeyRecord key,
      deps_.api_keys->Get(app->id, UserId(), ApiKeyId(request.id())));
  // The key first, so that no new session begins in between.
  RETURN_IF_ERROR(deps_.api_keys->SetDisabled(app->id, UserId(), key.id, true));
  RETURN_IF_ERROR(
      deps_.sessions->RevokeAll(app->id, key.user, "key_deleted").status());
  RETURN_IF_ERROR(deps_.api_keys->Delete(app->id, UserId(), key.id));
  // Once more for a login that had looked at the key before.
  return deps_.sessions->RevokeAll(app->id, key.user, "key_deleted").status();
}

}  // namespace latchkey
