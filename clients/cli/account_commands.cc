// register, unlink, describe, health.
#include <memory>
#include <string>

#include "clients/cli/command.h"
#include "clients/cli/credential_flags.h"
#include "clients/cli/failure.h"
#include "core/base/status_macros.h"
#include "grpc/health/v1/health.pb.h"
#include "latchkey/v1/auth_service.pb.h"
#include "latchkey/v1/email_password_service.pb.h"

namespace latchkey {
namespace {

constexpr CommandText kRegister = {
    "register", "register an e-mail address and a password",
    "latchkey register --email=ann@example.com --app=myapp-abcde\n"
    "latchkey register --email=ann@example.com --password-stdin < secret.txt"};
constexpr CommandText kUnlink = {
    "unlink", "remove an identity of the user that is logged in",
    "latchkey unlink --provider=okta --subject=24601"};
constexpr CommandText kDescribe = {
    "describe", "show how to log in to an app",
    "latchkey describe --app=myapp-abcde\n"
    "latchkey describe --app=myapp-abcde --hint=ann@example.com"};
constexpr CommandText kHealth = {
    "health", "ask whether the service is serving; exit code 1 when not",
    "latchkey health\n"
    "latchkey health --service=latchkey.v1.AuthService"};

struct RegisterFlags {
  std::string email;
  SecretSource password;
};

absl::StatusOr<int> Register(const RegisterFlags& flags, Context* context) {
  v1::RegisterRequest request;
  ASSIGN_OR_RETURN(*request.mutable_app(), context->App());
  request.set_email(flags.email);
  ASSIGN_OR_RETURN(const Secret password,
                   ReadPassword(flags.password, context->world()));
  request.set_password(std::string(password.RevealSecret()));
  v1::RegisterResponse response;
  RETURN_IF_ERROR(context->Call("latchkey.v1.EmailPasswordService/Register",
                                request, &response));
  // The service says the same for a new address and a taken one.
  context->output().PrintObject(json::Value::Object{{"accepted", true}});
  return kExitOk;
}

absl::StatusOr<int> Unlink(const v1::UnlinkIdentityRequest& request,
                           Context* context) {
  v1::UnlinkIdentityResponse response;
  RETURN_IF_ERROR(context->CallAsUser("latchkey.v1.AuthService/UnlinkIdentity",
                                      request, &response));
  context->output().PrintObject(MessageJson(response.user()));
  return kExitOk;
}

absl::StatusOr<int> Describe(const std::string& hint, Context* context) {
  v1::DescribeLoginRequest request;
  ASSIGN_OR_RETURN(*request.mutable_app(), context->App());
  request.set_principal_hint(hint);
  v1::DescribeLoginResponse response;
  RETURN_IF_ERROR(context->Call("latchkey.v1.AuthService/DescribeLogin",
                                request, &response));
  context->output().PrintList(MessageJson(response), "providers",
                              {{"NAME", "name"}, {"KIND", "kind"}});
  if (response.has_oidc() && !context->output().is_json()) {
    context->output().PrintObject(MessageJson(response.oidc()));
  }
  return kExitOk;
}

absl::StatusOr<int> Health(const std::string& service, Context* context) {
  grpc::health::v1::HealthCheckRequest request;
  request.set_service(service);
  grpc::health::v1::HealthCheckResponse response;
  RETURN_IF_ERROR(
      context->Call("grpc.health.v1.Health/Check", request, &response));
  context->output().PrintObject(MessageJson(response));
  const bool serving =
      response.status() == grpc::health::v1::HealthCheckResponse::SERVING;
  return serving ? kExitOk : kExitFailed;
}

void AddUnlink(CLI::App* root, Context* context) {
  struct Flags {
    std::string provider;
    std::string subject;
  };
  auto flags = std::make_shared<Flags>();
  CLI::App* unlink = AddCommand(root, kUnlink, context, [flags, context] {
    v1::UnlinkIdentityRequest request;
    request.set_provider(flags->provider);
    request.set_subject(flags->subject);
    return Unlink(request, context);
  });
  unlink->add_option("--provider", flags->provider, "name of the provider")
      ->required();
  unlink->add_option("--subject", flags->subject, "who the user is there")
      ->required();
}

}  // namespace

void AddAccountCommands(CLI::App* root, Context* context) {
  auto flags = std::make_shared<RegisterFlags>();
  CLI::App* reg = AddCommand(root, kRegister, context, [flags, context] {
    return Register(*flags, context);
  });
  reg->add_option("--email", flags->email, "the address")->required();
  AddPasswordFlags(reg, &flags->password);

  AddUnlink(root, context);

  auto hint = std::make_shared<std::string>();
  CLI::App* describe = AddCommand(root, kDescribe, context, [hint, context] {
    return Describe(*hint, context);
  });
  describe->add_option("--hint", *hint, "the name that the person typed");

  auto service = std::make_shared<std::string>();
  CLI::App* health = AddCommand(root, kHealth, context, [service, context] {
    return Health(*service, context);
  });
  health->add_option("--service", *service, "name of a service [all]");
}

}  // namespace latchkey
