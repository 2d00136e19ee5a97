// users and sessions: administration.
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "clients/cli/command.h"
#include "clients/cli/credential_flags.h"
#include "clients/cli/failure.h"
#include "core/base/status_macros.h"
#include "latchkey/v1/user_admin_service.pb.h"

namespace latchkey {
namespace {

constexpr CommandText kUsers = {
    "users", "administer the users of an app",
    "latchkey users list --app=myapp-abcde\n"
    "latchkey users disable 65f0c0ffee65f0c0ffee0001 --app=myapp-abcde"};
constexpr CommandText kList = {
    "list", "list users in order of creation",
    "latchkey users list --app=myapp-abcde --page-size=100\n"
    "latchkey users list --app=myapp-abcde --email=ann@example.com"};
constexpr CommandText kGet = {
    "get", "show a user",
    "latchkey users get 65f0c0ffee65f0c0ffee0001 --app=myapp-abcde"};
constexpr CommandText kCreate = {
    "create", "make a user with an e-mail address and a password",
    "latchkey users create --email=ann@example.com --app=myapp-abcde"};
constexpr CommandText kDisable = {
    "disable", "keep a user from logging in, and end every session",
    "latchkey users disable 65f0c0ffee65f0c0ffee0001 --app=myapp-abcde"};
constexpr CommandText kEnable = {
    "enable", "let a user log in again",
    "latchkey users enable 65f0c0ffee65f0c0ffee0001 --app=myapp-abcde"};
constexpr CommandText kDelete = {
    "delete", "delete a user for ever",
    "latchkey users delete 65f0c0ffee65f0c0ffee0001 --app=myapp-abcde"};
constexpr CommandText kSessions = {
    "sessions", "administer the sessions of a user",
    "latchkey sessions list 65f0c0ffee65f0c0ffee0001 --app=myapp-abcde"};
constexpr CommandText kListSessions = {
    "list", "list the sessions of a user, newest first",
    "latchkey sessions list 65f0c0ffee65f0c0ffee0001 --app=myapp-abcde"};
constexpr CommandText kRevoke = {
    "revoke", "end one session of a user, or all",
    "latchkey sessions revoke 65f0c0ffee65f0c0ffee0001 --app=myapp-abcde\n"
    "latchkey sessions revoke 65f0c0ffee65f0c0ffee0001 --session=ID"};

constexpr char kUserId[] = "id of the user";

struct ListFlags {
  std::string email;
  std::string provider;
  std::string subject;
  int page_size = 0;
  std::string page_token;
};

void SayNextPage(const std::string& token, Context* context) {
  if (token.empty()) return;
  context->output().Say(absl::StrCat("There are more: --page-token=", token));
}

void AddPageFlags(CLI::App* command, ListFlags* flags) {
  command->add_option("--page-size", flags->page_size, "1-1000 [50]");
  command->add_option("--page-token", flags->page_token,
                      "nextPageToken of the answer before");
}

absl::StatusOr<int> List(const ListFlags& flags, Context* context) {
  v1::ListUsersRequest request;
  ASSIGN_OR_RETURN(*request.mutable_app(), context->App());
  request.set_email(flags.email);
  request.set_provider(flags.provider);
  request.set_subject(flags.subject);
  request.set_page_size(flags.page_size);
  request.set_page_token(flags.page_token);
  v1::ListUsersResponse response;
  RETURN_IF_ERROR(context->CallAsAdmin("latchkey.v1.UserAdminService/ListUsers",
                                       request, &response));
  context->output().PrintList(MessageJson(response), "users",
                              {{"ID", "id"},
                               {"TYPE", "type"},
                               {"DISABLED", "disabled"},
                               {"CREATED", "createdAt"},
                               {"LAST LOGIN", "lastLoginAt"}});
  SayNextPage(response.next_page_token(), context);
  return kExitOk;
}

// The calls that take a user and give it back differ in their types alone.
template <typename Request, typename Response>
void AddUserCall(CLI::App* group, const CommandText& text, const char* method,
                 Context* context) {
  auto id = std::make_shared<std::string>();
  CLI::App* command = AddCommand(
      group, text, context, [id, method, context]() -> absl::StatusOr<int> {
        Request request;
        ASSIGN_OR_RETURN(*request.mutable_app(), context->App());
        request.set_user_id(*id);
        Response response;
        RETURN_IF_ERROR(context->CallAsAdmin(method, request, &response));
        context->output().PrintObject(MessageJson(response));
        return kExitOk;
      });
  command->add_option("USER_ID", *id, kUserId)->required();
}

struct CreateFlags {
  std::string email;
  SecretSource password;
};

absl::StatusOr<int> Create(const CreateFlags& flags, Context* context) {
  v1::CreateUserRequest request;
  ASSIGN_OR_RETURN(*request.mutable_app(), context->App());
  request.set_email(flags.email);
  ASSIGN_OR_RETURN(const Secret password,
                   ReadPassword(flags.password, context->world()));
  request.set_password(std::string(password.RevealSecret()));
  v1::CreateUserResponse response;
  RETURN_IF_ERROR(context->CallAsAdmin(
      "latchkey.v1.UserAdminService/CreateUser", request, &response));
  context->output().PrintObject(MessageJson(response));
  return kExitOk;
}

struct SessionFlags {
  std::string user_id;
  std::string session_id;
  ListFlags page;
};

absl::StatusOr<int> ListSessions(const SessionFlags& flags, Context* context) {
  v1::ListSessionsRequest request;
  ASSIGN_OR_RETURN(*request.mutable_app(), context->App());
  request.set_user_id(flags.user_id);
  request.set_page_size(flags.page.page_size);
  request.set_page_token(flags.page.page_token);
  v1::ListSessionsResponse response;
  RETURN_IF_ERROR(context->CallAsAdmin(
      "latchkey.v1.UserAdminService/ListSessions", request, &response));
  context->output().PrintList(MessageJson(response), "sessions",
                              {{"ID", "sessionId"},
                               {"PROVIDER", "provider"},
                               {"DEVICE", "device.name"},
                               {"PEER", "peer"},
                               {"CREATED", "createdAt"},
                               {"EXPIRES", "expiresAt"},
                               {"REVOKED", "revokedAt"}});
  SayNextPage(response.next_page_token(), context);
  return kExitOk;
}

absl::StatusOr<int> Revoke(const SessionFlags& flags, Context* context) {
  v1::RevokeSessionsRequest request;
  ASSIGN_OR_RETURN(*request.mutable_app(), context->App());
  request.set_user_id(flags.user_id);
  request.set_session_id(flags.session_id);
  v1::RevokeSessionsResponse response;
  RETURN_IF_ERROR(context->CallAsAdmin(
      "latchkey.v1.UserAdminService/RevokeSessions", request, &response));
  context->output().PrintObject(MessageJson(response));
  return kExitOk;
}

void AddListAndCreate(CLI::App* users, Context* context) {
  auto flags = std::make_shared<ListFlags>();
  CLI::App* list = AddCommand(users, kList, context, [flags, context] {
    return List(*flags, context);
  });
  list->add_option("--email", flags->email, "only the user of this address");
  list->add_option("--provider", flags->provider,
                   "only users with an identity of this provider");
  list->add_option("--subject", flags->subject,
                   "only the user of this subject there");
  AddPageFlags(list, flags.get());

  auto create_flags = std::make_shared<CreateFlags>();
  CLI::App* create = AddCommand(
      users, kCreate, context,
      [create_flags, context] { return Create(*create_flags, context); });
  create->add_option("--email", create_flags->email, "the address")->required();
  AddPasswordFlags(create, &create_flags->password);
}

void AddSessions(CLI::App* root, Context* context) {
  CLI::App* sessions = AddGroup(root, kSessions);
  auto flags = std::make_shared<SessionFlags>();
  CLI::App* list =
      AddCommand(sessions, kListSessions, context,
                 [flags, context] { return ListSessions(*flags, context); });
  list->add_option("USER_ID", flags->user_id, kUserId)->required();
  AddPageFlags(list, &flags->page);

  auto revoke_flags = std::make_shared<SessionFlags>();
  CLI::App* revoke = AddCommand(
      sessions, kRevoke, context,
      [revoke_flags, context] { return Revoke(*revoke_flags, context); });
  revoke->add_option("USER_ID", revoke_flags->user_id, kUserId)->required();
  revoke->add_option("--session", revoke_flags->session_id,
                     "only this session [all]");
}

}  // namespace

void AddUserCommands(CLI::App* root, Context* context) {
  CLI::App* users = AddGroup(root, kUsers);
  AddListAndCreate(users, context);
  AddUserCall<v1::UserAdminServiceGetUserRequest,
              v1::UserAdminServiceGetUserResponse>(
      users, kGet, "latchkey.v1.UserAdminService/GetUser", context);
  AddUserCall<v1::DisableUserRequest, v1::DisableUserResponse>(
      users, kDisable, "latchkey.v1.UserAdminService/DisableUser", context);
  AddUserCall<v1::EnableUserRequest, v1::EnableUserResponse>(
      users, kEnable, "latchkey.v1.UserAdminService/EnableUser", context);
  AddUserCall<v1::UserAdminServiceDeleteUserRequest,
              v1::UserAdminServiceDeleteUserResponse>(
      users, kDelete, "latchkey.v1.UserAdminService/DeleteUser", context);
  AddSessions(root, context);
}

}  // namespace latchkey
