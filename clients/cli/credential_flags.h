// The flags that login and link share.
#ifndef LATCHKEY_CLIENTS_CLI_CREDENTIAL_FLAGS_H_
#define LATCHKEY_CLIENTS_CLI_CREDENTIAL_FLAGS_H_

#include <string>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "clients/cli/file_input.h"
#include "clients/cli/world.h"
#include "latchkey/v1/credential.pb.h"

namespace latchkey {

// CredentialFlags as given.
struct CredentialFlags {
  // A kind ("anonymous", "email_password", ...) or a provider's name.
  std::string provider;
  std::string name;  // the provider's name inside the app
  std::string email;
  SecretSource password;
  SecretSource key;
  SecretSource token;
  SecretSource code;
  SecretSource access_token;
  std::string redirect_uri;
  std::string nonce;
  std::string user;  // Apple's, JSON object
  SecretSource payload_source;
  std::string payload;  // JSON object
};

void AddCredentialFlags(CLI::App* command, CredentialFlags* flags);

// AddPasswordFlags adds --password-file and --password-stdin.
void AddPasswordFlags(CLI::App* command, SecretSource* source);
absl::StatusOr<Secret> ReadPassword(const SecretSource& source,
                                    const CliWorld& world);

// IsProviderKind: "anonymous", "email_password", ..., and no provider's name.
bool IsProviderKind(absl::string_view provider);

// HasToken: --token-file or --token-stdin is given.
bool HasToken(const CredentialFlags& flags);

// ReadCredential wants a kind in flags.provider. It reads files and asks for
// what is missing. UsageError.
absl::Status ReadCredential(const CredentialFlags& flags, const CliWorld& world,
                            v1::Credential* credential);

}  // namespace latchkey

#endif  // LATCHKEY_CLIENTS_CLI_CREDENTIAL_FLAGS_H_
