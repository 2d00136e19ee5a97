// What proves an identity, by the flags of login and link.
#ifndef LATCHKEY_CLIENTS_CLI_LOGIN_PROOF_H_
#define LATCHKEY_CLIENTS_CLI_LOGIN_PROOF_H_

#include <string>

#include "absl/status/statusor.h"
#include "clients/cli/context.h"
#include "clients/cli/credential_flags.h"
#include "clients/cli/people_login.h"
#include "clients/cli/session_file.h"
#include "latchkey/v1/credential.pb.h"

namespace latchkey {

struct ProofFlags {
  CredentialFlags credential;
  PeopleFlags people;
};

struct LoginProof {
  v1::Credential credential;
  std::string provider;  // its name, or its kind where that is all we know
  IssuerGrant grant;     // of a person that logged in at an issuer
};

// Prove reads what the flags say. For a provider's name it asks the service
// what kind it is; for oidc without a token it sends the person to the issuer.
absl::StatusOr<LoginProof> Prove(const ProofFlags& flags, Context* context);

}  // namespace latchkey

#endif  // LATCHKEY_CLIENTS_CLI_LOGIN_PROOF_H_
