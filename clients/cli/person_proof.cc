#include "clients/cli/person_proof.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "clients/cli/authorization.h"
#include "core/base/status_macros.h"
#include "core/jwks/form_body.h"

namespace latchkey {

absl::StatusOr<PersonProof> TakeProof(IssuerTokens tokens, IssuerGrant grant) {
  PersonProof proof;
  const bool id_token = grant.token_kind == kIdToken;
  proof.token = std::move(id_token ? tokens.id_token : tokens.access_token);
  if (proof.token.empty()) {
    return absl::FailedPreconditionError(
        "the issuer gave no ID token: log in without --send-id-token");
  }
  if (!tokens.refresh_token.empty()) {
    grant.refresh_token = std::string(tokens.refresh_token.RevealSecret());
  }
  proof.grant = std::move(grant);
  return proof;
}

absl::StatusOr<PersonProof> ProveAgain(const IssuerGrant& grant,
                                       const CliWorld& world) {
  ASSIGN_OR_RETURN(const std::unique_ptr<IssuerClient> client,
                   IssuerClient::Open({grant.issuer, grant.client_id}, world));
  FormBody form;
  form.Add("grant_type", "refresh_token");
  form.Add("refresh_token", grant.refresh_token);
  ASSIGN_OR_RETURN(TokenAnswer answer, client->Ask(&form));
  if (!answer.error.empty()) {
    const absl::Status refused =
        IssuerRefusal(answer.error, answer.description);
    // Other refusals are about the client; the grant may still be good.
    if (answer.error == "invalid_grant") return refused;
    return absl::FailedPreconditionError(refused.message());
  }
  if (!answer.tokens.id_token.empty()) {
    RETURN_IF_ERROR(CheckIdToken(
        answer.tokens.id_token.RevealSecret(),
        {grant.issuer, grant.client_id, std::nullopt, world.clock->TimeNow()}));
  }
  return TakeProof(std::move(answer.tokens), grant);
}

}  // namespace latchkey
