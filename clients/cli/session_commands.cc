// What is done with the session of the session file.
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/time/time.h"
#include "clients/cli/command.h"
#include "clients/cli/failure.h"
#include "clients/cli/file_input.h"
#include "clients/cli/session_keeper.h"
#include "core/base/status_macros.h"
#include "core/json/json.h"
#include "latchkey/v1/auth_service.pb.h"

namespace latchkey {
namespace {

constexpr CommandText kVerify = {
    "verify",
    "ask the service about a token; exit code 1 when it is not active",
    "latchkey verify\n"
    "latchkey verify - < token.jwt\n"
    "latchkey verify --audience=myapp-abcde - < token.jwt"};
constexpr CommandText kRefresh = {"refresh", "get a new pair of tokens",
                                  "latchkey refresh"};
constexpr CommandText kLogout = {"logout", "end the session",
                                 "latchkey logout\n"
                                 "latchkey logout --all"};
constexpr CommandText kWhoami = {"whoami",
                                 "show who is logged in, through which "
                                 "provider, with which roles and until when",
                                 "latchkey whoami\n"
                                 "latchkey whoami --output=json"};

struct VerifyFlags {
  std::string token;  // empty: the session's; "-": standard input
  std::vector<std::string> audiences;
};

absl::StatusOr<std::string> ReadToken(const VerifyFlags& flags,
                                      Context* context) {
  if (flags.token.empty()) {
    ASSIGN_OR_RETURN(const StoredSession session, context->LoadSession());
    return session.access_token;
  }
  std::string token = flags.token;
  if (token == "-") ReadLine(context->world().in, &token);
  token = std::string(absl::StripAsciiWhitespace(token));
  if (token.empty()) return UsageError("no token came on standard input");
  return token;
}

absl::StatusOr<int> Verify(const VerifyFlags& flags, Context* context) {
  v1::VerifyRequest request;
  ASSIGN_OR_RETURN(*request.mutable_token(), ReadToken(flags, context));
  for (const std::string& audience : flags.audiences) {
    request.add_audience(audience);
  }
  request.set_app(context->OptionalApp());
  v1::VerifyResponse response;
  RETURN_IF_ERROR(
      context->Call("latchkey.v1.AuthService/Verify", request, &response));
  context->output().PrintObject(MessageJson(response));
  return response.active() ? kExitOk : kExitFailed;
}

std::string TimeText(absl::Time time) {
  return absl::FormatTime(absl::RFC3339_sec, time, absl::UTCTimeZone());
}

absl::StatusOr<int> Refresh(Context* context) {
  ASSIGN_OR_RETURN(const StoredSession old, context->LoadSession());
  ASSIGN_OR_RETURN(
      const StoredSession session,
      RenewSession(old.access_token, Renewal::kAlsoAtIssuer, context));
  context->output().PrintObject(json::Value::Object{
      {"sessionId", session.session_id},
      {"userId", session.user_id},
      {"accessExpiresAt", TimeText(session.access_expires_at)},
      {"refreshExpiresAt", TimeText(session.refresh_expires_at)}});
  return kExitOk;
}

absl::Status Forget(Context* context) {
  ASSIGN_OR_RETURN(const SessionLock lock,
                   context->session_file().Lock(context->world().sleep));
  ASSIGN_OR_RETURN(const StoredSession session, context->LoadSession());
  return context->session_file().Remove(lock, session);
}

absl::StatusOr<int> Logout(bool all, Context* context) {
  v1::LogoutRequest request;
  request.set_all_sessions(all);
  v1::LogoutResponse response;
  const absl::Status status =
      context->CallAsUser("latchkey.v1.AuthService/Logout", request, &response,
                          Renewal::kAtService);
  if (!status.ok() && !IsOver(status)) return status;
  RETURN_IF_ERROR(Forget(context));
  // "All" did not happen when the caller was not known any more.
  if (!status.ok() && all) return status;
  context->output().PrintObject(json::Value::Object{{"loggedOut", true}});
  return kExitOk;
}

// Programs get the whole user too.
json::Value WhoamiJson(const v1::User& user, const v1::Principal& principal,
                       const StoredSession& session, bool whole) {
  json::Value::Array roles(principal.roles().begin(), principal.roles().end());
  json::Value::Object about;
  if (!whole) about = {{"userId", user.id()}, {"app", user.app()}};
  json::Value::Object rest = {
      {"server", session.server},
      {"provider", principal.provider()},
      {"principal", principal.subject()},
      {"roles", std::move(roles)},
      {"sessionId", session.session_id},
      {"accessExpiresAt", TimeText(session.access_expires_at)},
      {"sessionExpiresAt", TimeText(session.refresh_expires_at)}};
  about.insert(about.end(), rest.begin(), rest.end());
  if (!whole) return about;
  json::Value answer = MessageJson(user);
  answer.Set("session", std::move(about));
  return answer;
}

absl::StatusOr<int> Whoami(Context* context) {
  v1::GetUserResponse found;
  RETURN_IF_ERROR(context->CallAsUser("latchkey.v1.AuthService/GetUser",
                                      v1::GetUserRequest(), &found));
  ASSIGN_OR_RETURN(const StoredSession session, context->LoadSession());
  v1::VerifyRequest request;
  request.set_token(session.access_token);
  v1::VerifyResponse verified;
  RETURN_IF_ERROR(
      context->Call("latchkey.v1.AuthService/Verify", request, &verified));
  context->output().PrintObject(WhoamiJson(found.user(), verified.principal(),
                                           session,
                                           context->output().is_json()));
  return kExitOk;
}

}  // namespace

void AddSessionCommands(CLI::App* root, Context* context) {
  auto flags = std::make_shared<VerifyFlags>();
  CLI::App* verify = AddCommand(root, kVerify, context, [flags, context] {
    return Verify(*flags, context);
  });
  verify->add_option("TOKEN", flags->token,
                     "the token, or - for standard input [the session's]");
  verify
      ->add_option("--audience", flags->audiences,
                   "an aud that the token must have; may repeat")
      ->allow_extra_args(false);

  AddCommand(root, kRefresh, context, [context] { return Refresh(context); });
  auto all = std::make_shared<bool>(false);
  CLI::App* logout = AddCommand(
      root, kLogout, context, [all, context] { return Logout(*all, context); });
  logout->add_flag("--all", *all, "end every session of the user");
  AddCommand(root, kWhoami, context, [context] { return Whoami(context); });
}

}  // namespace latchkey
