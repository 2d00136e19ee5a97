#include "clients/cli/credential_flags.h"

#include "absl/strings/str_cat.h"
#include "clients/cli/failure.h"
#include "core/base/status_macros.h"
#include "google/protobuf/util/json_util.h"

namespace latchkey {
namespace {

void AddSource(CLI::App* command, const std::string& name,
               const std::string& what, SecretSource* source) {
  command->add_option("--" + name + "-file", source->file,
                      "file with the " + what);
  command->add_flag("--" + name + "-stdin", source->from_stdin,
                    "read the " + what + " from standard input");
}

absl::Status ReadPayload(const CredentialFlags& flags, const CliWorld& world,
                         google::protobuf::Struct* payload) {
  std::string text = flags.payload;
  if (text.empty()) {
    ASSIGN_OR_RETURN(
        const Secret secret,
        ReadSecret(flags.payload_source, "Payload (JSON): ",
                   "--payload, --payload-file or --payload-stdin", world));
    text = std::string(secret.RevealSecret());
  }
  const bool good =
      google::protobuf::util::JsonStringToMessage(text, payload).ok();
  WipeString(&text);
  return good ? absl::OkStatus() : UsageError("--payload: not a JSON object");
}

absl::Status ReadEmail(const CredentialFlags& flags, const CliWorld& world,
                       v1::Credential::EmailPassword* credential) {
  if (flags.email.empty()) return UsageError("give --email");
  ASSIGN_OR_RETURN(const Secret password, ReadPassword(flags.password, world));
  credential->set_email(flags.email);
  credential->set_password(std::string(password.RevealSecret()));
  return absl::OkStatus();
}

template <typename Arm>
absl::Status ReadToken(const CredentialFlags& flags, const CliWorld& world,
                       Arm* arm) {
  ASSIGN_OR_RETURN(const Secret token,
                   ReadSecret(flags.token, "Token: ",
                              "--token-file or --token-stdin", world));
  arm->set_provider(flags.name);
  arm->set_token(std::string(token.RevealSecret()));
  return absl::OkStatus();
}

bool IsSet(const SecretSource& source) {
  return source.from_stdin || !source.file.empty();
}

// The ID token or, where its flags are there, what stands in its place; both
// arms have setters of their own.
template <typename Arm>
absl::Status ReadCodeOrToken(const CredentialFlags& flags,
                             const CliWorld& world, Arm* arm) {
  arm->set_provider(flags.name);
  arm->set_nonce(flags.nonce);
  if (!IsSet(flags.code)) {
    ASSIGN_OR_RETURN(const Secret token,
                     ReadSecret(flags.token, "ID token: ",
                                "--token-file or --token-stdin", world));
    arm->set_id_token(std::string(token.RevealSecret()));
    return absl::OkStatus();
  }
  if (IsSet(flags.token)) return UsageError("give a token or a code, not both");
  ASSIGN_OR_RETURN(
      const Secret code,
      ReadSecret(flags.code, "", "--code-file or --code-stdin", world));
  arm->set_auth_code(std::string(code.RevealSecret()));
  arm->set_redirect_uri(flags.redirect_uri);
  return absl::OkStatus();
}

absl::Status ReadFacebook(const CredentialFlags& flags, const CliWorld& world,
                          v1::Credential::Facebook* arm) {
  arm->set_provider(flags.name);
  arm->set_nonce(flags.nonce);
  if (IsSet(flags.token)) {
    if (IsSet(flags.access_token)) {
      return UsageError("give a token or an access token, not both");
    }
    ASSIGN_OR_RETURN(
        const Secret token,
        ReadSecret(flags.token, "", "--token-file or --token-stdin", world));
    arm->set_id_token(std::string(token.RevealSecret()));
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(
      const Secret token,
      ReadSecret(flags.access_token, "Access token: ",
                 "--access-token-file, --access-token-stdin, --token-file or "
                 "--token-stdin",
                 world));
  arm->set_access_token(std::string(token.RevealSecret()));
  return absl::OkStatus();
}

}  // namespace

bool IsProviderKind(absl::string_view provider) {
  for (const char* kind :
       {"anonymous", "email_password", "api_key", "custom_jwt", "function",
        "oidc", "google", "apple", "facebook"}) {
    if (provider == kind) return true;
  }
  return false;
}

bool HasToken(const CredentialFlags& flags) { return IsSet(flags.token); }

void AddPasswordFlags(CLI::App* command, SecretSource* source) {
  AddSource(command, "password", "password", source);
}

absl::StatusOr<Secret> ReadPassword(const SecretSource& source,
                                    const CliWorld& world) {
  return ReadSecret(source, "Password: ", "--password-file or --password-stdin",
                    world);
}

void AddCredentialFlags(CLI::App* command, CredentialFlags* flags) {
  command
      ->add_option("--provider,PROVIDER", flags->provider,
                   "a provider's name in the app, or its kind: anonymous, "
                   "email_password, api_key, custom_jwt, function, oidc, "
                   "google, apple or facebook")
      ->required();
  command->add_option("--name", flags->name,
                      "the provider's name, where the app has several of the "
                      "kind");
  command->add_option("--email", flags->email, "for email_password");
  AddPasswordFlags(command, &flags->password);
  AddSource(command, "key", "API key", &flags->key);
  AddSource(command, "token", "JWT, or ID token of a social login",
            &flags->token);
  AddSource(command, "code", "authorization code of google or apple",
            &flags->code);
  command->add_option("--redirect-uri", flags->redirect_uri,
                      "what the code was asked for with");
  AddSource(command, "access-token", "access token of facebook",
            &flags->access_token);
  command->add_option("--nonce", flags->nonce, "what the ID token must carry");
  command->add_option("--user", flags->user,
                      "`user` parameter (JSON) of apple's first answer");
  command->add_option("--payload", flags->payload,
                      "JSON object for function; secrets in it show in the "
                      "list of processes");
  AddSource(command, "payload", "JSON object for function",
            &flags->payload_source);
}

absl::Status ReadCredential(const CredentialFlags& flags, const CliWorld& world,
                            v1::Credential* credential) {
  if (flags.provider == "anonymous") {
    credential->mutable_anonymous();
    return absl::OkStatus();
  }
  if (flags.provider == "email_password") {
    return ReadEmail(flags, world, credential->mutable_email_password());
  }
  if (flags.provider == "api_key") {
    ASSIGN_OR_RETURN(
        const Secret key,
        ReadSecret(flags.key, "API key: ", "--key-file or --key-stdin", world));
    credential->mutable_api_key()->set_key(std::string(key.RevealSecret()));
    return absl::OkStatus();
  }
  if (flags.provider == "custom_jwt") {
    return ReadToken(flags, world, credential->mutable_custom_jwt());
  }
  if (flags.provider == "oidc") {
    return ReadToken(flags, world, credential->mutable_oidc());
  }
  if (flags.provider == "google") {
    return ReadCodeOrToken(flags, world, credential->mutable_google());
  }
  if (flags.provider == "apple") {
    credential->mutable_apple()->set_user(flags.user);
    return ReadCodeOrToken(flags, world, credential->mutable_apple());
  }
  if (flags.provider == "facebook") {
    return ReadFacebook(flags, world, credential->mutable_facebook());
  }
  credential->mutable_function()->set_provider(flags.name);
  return ReadPayload(flags, world,
                     credential->mutable_function()->mutable_payload());
}

}  // namespace latchkey
