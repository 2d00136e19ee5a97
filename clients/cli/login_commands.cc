// login and link: what proves an identity.
#include <memory>
#include <string>
#include <utility>

#include "clients/cli/command.h"
#include "clients/cli/credential_flags.h"
#include "clients/cli/failure.h"
#include "clients/cli/login_proof.h"
#include "clients/cli/people_login.h"
#include "clients/cli/session_keeper.h"
#include "core/base/status_macros.h"
#include "latchkey/v1/auth_service.pb.h"

namespace latchkey {
namespace {

constexpr CommandText kLogin = {
    "login", "log in and keep the session",
    "latchkey login --provider=anonymous --app=myapp-abcde\n"
    "latchkey login --provider=okta --app=myapp-abcde\n"
    "latchkey login --provider=okta --device\n"
    "latchkey login --provider=email_password --email=ann@example.com\n"
    "latchkey login --provider=api_key --key-file=key.txt\n"
    "latchkey login --provider=custom_jwt --token-file=data/demo.jwt\n"
    "latchkey login --provider=google --token-stdin < google.jwt\n"
    "latchkey login --provider=function --payload='{\"username\": \"ada\"}'"};
constexpr CommandText kLink = {
    "link", "prove one more identity of the user that is logged in",
    "latchkey link --provider=email_password --email=ann@example.com\n"
    "latchkey link --provider=okta\n"
    "latchkey link --provider=custom_jwt --name=okta --token-stdin < okta.jwt"};

struct LoginFlags {
  ProofFlags proof;
  bool show_tokens = false;
};

json::Value SessionJson(const v1::Session& session, const LoginFlags& flags) {
  json::Value whole = MessageJson(session);
  json::Value shown{json::Value::Object{}};
  for (const auto& member : *whole.as_object()) {
    const bool secret =
        member.first == "accessToken" || member.first == "refreshToken";
    if (!secret || flags.show_tokens) shown.Set(member.first, member.second);
  }
  return shown;
}

absl::StatusOr<int> Login(const LoginFlags& flags, Context* context) {
  v1::LoginRequest request;
  ASSIGN_OR_RETURN(*request.mutable_app(), context->App());
  ASSIGN_OR_RETURN(LoginProof proof, Prove(flags.proof, context));
  *request.mutable_credential() = std::move(proof.credential);
  request.mutable_device()->set_name("latchkey command line");
  v1::LoginResponse response;
  RETURN_IF_ERROR(
      context->Call("latchkey.v1.AuthService/Login", request, &response));
  StoredSession session;
  session.server = context->ServerAddress();
  session.app = request.app();
  session.provider = std::move(proof.provider);
  session.grant = std::move(proof.grant);
  TakeTokens(response.session(), context->now(), &session);
  RETURN_IF_ERROR(KeepSession(session, context));
  context->output().PrintObject(SessionJson(response.session(), flags));
  return kExitOk;
}

absl::StatusOr<int> Link(const LoginFlags& flags, Context* context) {
  v1::LinkIdentityRequest request;
  ASSIGN_OR_RETURN(LoginProof proof, Prove(flags.proof, context));
  *request.mutable_credential() = std::move(proof.credential);
  v1::LinkIdentityResponse response;
  RETURN_IF_ERROR(context->CallAsUser("latchkey.v1.AuthService/LinkIdentity",
                                      request, &response));
  context->output().PrintObject(MessageJson(response.user()));
  return kExitOk;
}

}  // namespace

void AddLoginCommands(CLI::App* root, Context* context) {
  auto login_flags = std::make_shared<LoginFlags>();
  CLI::App* login = AddCommand(root, kLogin, context, [login_flags, context] {
    return Login(*login_flags, context);
  });
  AddCredentialFlags(login, &login_flags->proof.credential);
  AddPeopleFlags(login, &login_flags->proof.people);
  login->add_flag("--show-tokens", login_flags->show_tokens,
                  "print the tokens too; they are kept in the session file");

  auto link_flags = std::make_shared<LoginFlags>();
  CLI::App* link = AddCommand(root, kLink, context, [link_flags, context] {
    return Link(*link_flags, context);
  });
  AddCredentialFlags(link, &link_flags->proof.credential);
  AddPeopleFlags(link, &link_flags->proof.people);
}

}  // namespace latchkey
