// What tokens of OpenID providers say, each in its own way.
#ifndef LATCHKEY_CORE_PROVIDER_OIDC_TOKEN_H_
#define LATCHKEY_CORE_PROVIDER_OIDC_TOKEN_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/json/json.h"
#include "core/jwt/claims.h"

namespace latchkey {

// All of these read a payload whose signature has been checked.

// ScopesOf: `scope` (RFC 9068) or `scp`, each a list or words with blanks
// between them (Okta sends a list, Entra words). Empty when there is neither,
// or it is of another type.
std::vector<std::string> ScopesOf(const json::Value& payload);

// ClientOf is the client that the token was made for: the first of
// `client_id` (RFC 9068), `cid` (Okta), `azp` (Entra v2, OpenID Connect) and
// `appid` (Entra v1) that is a text; empty when none is.
std::string ClientOf(const json::Value& payload);

// IsTrue: true, or the text "true" (Apple sends both). Null is not.
bool IsTrue(const json::Value* value);

// TextClaim is a claim that must be a text of 1 to `max_bytes` without control
// characters. TOKEN_CLAIM_INVALID naming it.
absl::StatusOr<std::string> TextClaim(const json::Value& payload,
                                      absl::string_view claim,
                                      size_t max_bytes);

// GroupsOf reads the claim that holds groups: one text, or a list of texts,
// which may be empty; each once, in their order. Everything else is
// AUTHORIZATION_CLAIM_INVALID, whose detail tells a missing claim, one of a
// wrong type, and Entra's overage (`_claim_names`, `hasgroups`: the groups were
// too many for the token), which is not the same as no groups.
absl::StatusOr<std::vector<std::string>> GroupsOf(const json::Value& payload,
                                                  absl::string_view claim);

// RefuseIdToken is TOKEN_TYPE_MISMATCH for what only ID tokens hold: `nonce`,
// `at_hash`, `c_hash`, `s_hash` (OpenID Connect Core §2, §3.3.2.11, FAPI),
// Okta's `jti` "ID.…", and Keycloak's `typ` in the payload (its refresh tokens
// too). A token without any of them may still be one.
absl::Status RefuseIdToken(const json::Value& payload);

// IdTokenRule is what an ID token must satisfy besides what TokenVerifier looks
// at (OpenID Connect Core §3.1.3.7).
struct IdTokenRule {
  // Our clients: `azp` must be one of them when it is there, and it must be
  // there when `aud` holds others than them.
  std::vector<std::string> client_ids;
  // Must equal the claim `nonce`; nullopt: not compared.
  std::optional<std::string> nonce;
};

// CheckIdToken: TOKEN_AUDIENCE_MISMATCH, TOKEN_CLAIM_INVALID (nonce).
absl::Status CheckIdToken(const Claims& claims, const IdTokenRule& rule);

}  // namespace latchkey

#endif  // LATCHKEY_CORE_PROVIDER_OIDC_TOKEN_H_
