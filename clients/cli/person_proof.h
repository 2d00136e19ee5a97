// What a person, or the issuer's refresh token in the person's place, brings
// from an issuer.
#ifndef LATCHKEY_CLIENTS_CLI_PERSON_PROOF_H_
#define LATCHKEY_CLIENTS_CLI_PERSON_PROOF_H_

#include "absl/status/statusor.h"
#include "clients/cli/issuer_client.h"
#include "clients/cli/session_file.h"
#include "clients/cli/world.h"
#include "core/base/secret.h"

namespace latchkey {

// Values of IssuerGrant::token_kind.
inline constexpr char kAccessToken[] = "access_token";
inline constexpr char kIdToken[] = "id_token";

struct PersonProof {
  Secret token;       // for Login
  IssuerGrant grant;  // for the next time
};

// TakeProof chooses the token for Login: the access token, or the ID token for
// providers whose audience is the client. `grant` says which, and keeps its
// refresh token where no new one came (RFC 6749 §6).
absl::StatusOr<PersonProof> TakeProof(IssuerTokens tokens, IssuerGrant grant);

// ProveAgain asks the issuer with the refresh token of `grant`, and no person.
// PERMISSION_DENIED when the grant is worth nothing any more.
absl::StatusOr<PersonProof> ProveAgain(const IssuerGrant& grant,
                                       const CliWorld& world);

}  // namespace latchkey

#endif  // LATCHKEY_CLIENTS_CLI_PERSON_PROOF_H_
