// Keys and tokens of the vectors, by way of the service's own readers.
#ifndef LATCHKEY_TESTS_CONFORMANCE_TOKEN_CHECK_H_
#define LATCHKEY_TESTS_CONFORMANCE_TOKEN_CHECK_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "core/crypto/algorithm.h"
#include "core/json/json.h"
#include "core/jwt/key_table.h"

namespace latchkey {

// kPublished: a document fetched from an issuer, where symmetric keys are
// dropped. kOwn: a file of one's own, where they are loaded.
enum class KeyOrigin { kPublished, kOwn };

// AllAlgorithms: everything that latchkey verifies.
std::vector<Algorithm> AllAlgorithms();

// ReadKeys gives the usable keys of a JWK or JWKS, restricted to `algorithms`;
// none when ParseJwks refuses the document.
KeyTable ReadKeys(const json::Value& document, KeyOrigin origin,
                  const std::vector<Algorithm>& algorithms = AllAlgorithms());

// WithoutPrivateMembers gives the JWK as its owner would publish it.
json::Value WithoutPrivateMembers(const json::Value& jwk);

// SignatureHolds says whether TokenVerifier gets past the signature. Payloads
// of JWS vectors are seldom claims: a refusal for that, which comes after the
// signature, does not count. Asks twice, for what the first time may leave
// behind; another verdict then fails the running test.
bool SignatureHolds(absl::string_view token, const KeyTable& keys);

// TokenText is a token as it would arrive: JSON serializations are objects in
// the vectors.
std::string TokenText(const json::Value& token);

}  // namespace latchkey

#endif  // LATCHKEY_TESTS_CONFORMANCE_TOKEN_CHECK_H_
