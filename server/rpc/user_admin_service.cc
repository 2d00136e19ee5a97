#include "server/rpc/user_admin_service.h"

#include <algorithm>
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
constexpr size_t kMaxEmail = 254;
constexpr size_t kMaxPassword = 1024;
constexpr size_t kMaxCustomData = 16 * 1024;

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
  const auto is_of_provider = [&](const IdentityRecord& identity) {
    return identity.provider.value() == request.provider();
  };
  if (!request.provider().empty() &&
      std::none_of(user.identities.begin(), user.identities.end(),
                   is_of_provider)) {
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

UserAdminService::UserAdminService(Deps deps)
    : deps_(deps), gate_(deps.guard, deps.apps) {}

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
}

absl::StatusOr<UserRecord> UserAdminService::FindUser(
    const AdminCall& admin, const std::string& user_id) const {
  RETURN_IF_ERROR(FieldChecks().ObjectId("user_id", user_id).status());
  return deps_.accounts->Get(admin.app->id, UserId(user_id));
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
  ASSIGN_OR_RETURN(const AdminCall admin, gate_.Admit(request.app(), context));
  RETURN_IF_ERROR(
      FieldChecks()
          .Text("provider", request.provider(), 0, 64)
          .Bytes("subject", request.subject(), 0, 255)
          .Text("email", request.email(), 0, kMaxEmail)
          .That(v1::UserType_IsValid(request.type()), "type",
                "must be a type of users")
          .That(request.subject().empty() || !request.provider().empty(),
                "subject", "needs provider")
          .That(request.subject().empty() || request.email().empty(), "email",
                "cannot be combined with subject")
          .status());
  ASSIGN_OR_RETURN(const Page page,
                   ReadPage(request.page_size(), request.page_token()));
  if (!request.subject().empty() || !request.email().empty()) {
    const absl::StatusOr<UserRecord> user = FindByName(*admin.app, request);
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
      deps_.store->users()->List(admin.app->id, ReadFilter(request),
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
  ASSIGN_OR_RETURN(const AdminCall admin, gate_.Admit(request.app(), context));
  ASSIGN_OR_RETURN(const UserRecord user, FindUser(admin, request.user_id()));
  ToProto(user, response->mutable_user());
  return absl::OkStatus();
}

absl::Status UserAdminService::CreateUser(const v1::CreateUserRequest& request,
                                          const RpcContext& context,
                                          v1::CreateUserResponse* response) {
  ASSIGN_OR_RETURN(const AdminCall admin, gate_.Admit(request.app(), context));
  RETURN_IF_ERROR(FieldChecks()
                      .Text("email", request.email(), 1, kMaxEmail)
                      .Bytes("password", request.password(), 1, kMaxPassword)
                      .status());
  ASSIGN_OR_RETURN(
      const std::string custom_data,
      StructToJson(request.custom_data(), "custom_data", kMaxCustomData));
  ASSIGN_OR_RETURN(const Provider* provider, EmailProvider(*admin.app));
  ASSIGN_OR_RETURN(const std::string email,
                   CanonicalEmail(request.email(), "email"));
  absl::StatusOr<PasswordRecord> record = deps_.passwords->RegisterNew(
      admin.app->id, provider->name(), email, Secret(request.password()),
      /*confirmed=*/true, admin.call);
  if (GetReason(record.status()) == Reason::kResourceExists) {
    return Error(Reason::kIdentityInUse, "address is registered");
  }
  if (!record.ok()) return record.status();
  UserRecord user = NewEmailUser(*admin.app, *record, deps_.clock->TimeNow());
  user.custom_data_json = custom_data;
  const absl::StatusOr<UserRecord> created =
      deps_.accounts->Create(std::move(user), admin.call);
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
  ASSIGN_OR_RETURN(const AdminCall admin, gate_.Admit(app, context));
  ASSIGN_OR_RETURN(const UserRecord user, FindUser(admin, user_id));
  ASSIGN_OR_RETURN(
      const UserRecord changed,
      deps_.accounts->SetDisabled(user.app, user.id, disabled, admin.call));
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
  ASSIGN_OR_RETURN(const AdminCall admin, gate_.Admit(request.app(), context));
  ASSIGN_OR_RETURN(const UserRecord user, FindUser(admin, request.user_id()));
  return deps_.accounts->Delete(user.app, user.id, admin.call);
}

absl::Status UserAdminService::RevokeSessions(
    const v1::RevokeSessionsRequest& request, const RpcContext& context,
    v1::RevokeSessionsResponse* response) {
  ASSIGN_OR_RETURN(const AdminCall admin, gate_.Admit(request.app(), context));
  ASSIGN_OR_RETURN(const UserRecord user, FindUser(admin, request.user_id()));
  const Ending ending = {"admin", &admin.call};
  if (request.session_id().empty()) {
    ASSIGN_OR_RETURN(const size_t count,
                     deps_.sessions->RevokeAll(user.app, user.id, ending));
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
  RETURN_IF_ERROR(deps_.sessions->Revoke(id, ending));
  response->set_revoked_count(session.revoked_at.has_value() ? 0 : 1);
  return absl::OkStatus();
}

absl::Status UserAdminService::ListSessions(
    const v1::ListSessionsRequest& request, const RpcContext& context,
    v1::ListSessionsResponse* response) {
  ASSIGN_OR_RETURN(const AdminCall admin, gate_.Admit(request.app(), context));
  ASSIGN_OR_RETURN(const UserRecord user, FindUser(admin, request.user_id()));
  ASSIGN_OR_RETURN(const Page page,
                   ReadPage(request.page_size(), request.page_token()));
  ASSIGN_OR_RETURN(const std::vector<SessionRecord> sessions,
                   ReadSessionPage(deps_.store->sessions(), user, page,
                                   response->mutable_next_page_token()));
  for (const SessionRecord& session : sessions) {
    ToProto(session, response->add_sessions());
  }
  return absl::OkStatus();
}

absl::Status UserAdminService::ListPendingUsers(
    const v1::ListPendingUsersRequest& request, const RpcContext& context,
    v1::ListPendingUsersResponse* response) {
  ASSIGN_OR_RETURN(const AdminCall admin, gate_.Admit(request.app(), context));
  ASSIGN_OR_RETURN(const Page page,
                   ReadPage(request.page_size(), request.page_token()));
  ASSIGN_OR_RETURN(const std::vector<PasswordRecord> pending,
                   deps_.store->passwords()->ListPending(
                       admin.app->id, page.after, page.size + 1));
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
    const App& app, const std::string& email) const {
  ASSIGN_OR_RETURN(const std::string canonical, CanonicalEmail(email, "email"));
  ASSIGN_OR_RETURN(const Provider* provider, EmailProvider(app));
  return deps_.store->passwords()->FindByEmail(app.id, provider->name(),
                                               canonical);
}

void UserAdminService::Record(absl::string_view action,
                              const PasswordRecord& registration,
                              const AdminCall& admin) {
  AuditEvent event(action, admin.call);
  event.app = registration.app;
  event.provider = registration.provider;
  event.target = registration.id;
  deps_.audit->Record(event);
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
  ASSIGN_OR_RETURN(const AdminCall admin, gate_.Admit(request.app(), context));
  ASSIGN_OR_RETURN(PasswordRecord record,
                   FindRegistration(*admin.app, request.email()));
  if (record.confirmed) {
    return Error(Reason::kResourceNotFound, "registration is confirmed");
  }
  record.confirmed = true;
  RETURN_IF_ERROR(deps_.store->passwords()->CompareAndUpdate(record));
  Record(audit_action::kRegistrationConfirmed, record, admin);
  return absl::OkStatus();
}

absl::Status UserAdminService::DeletePendingUser(
    const v1::DeletePendingUserRequest& request, const RpcContext& context,
    v1::DeletePendingUserResponse* /*response*/) {
  ASSIGN_OR_RETURN(const AdminCall admin, gate_.Admit(request.app(), context));
  ASSIGN_OR_RETURN(const PasswordRecord record,
                   FindRegistration(*admin.app, request.email()));
  RETURN_IF_ERROR(RemoveUnused(record));
  Record(audit_action::kRegistrationDeleted, record, admin);
  return absl::OkStatus();
}

}  // namespace latchkey
