// Issuers for tests: real keys, real tokens.
#ifndef LATCHKEY_CORE_TESTING_JWT_FIXTURE_H_
#define LATCHKEY_CORE_TESTING_JWT_FIXTURE_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "core/crypto/algorithm.h"
#include "core/crypto/signing_key.h"
#include "core/json/json.h"
#include "core/jwt/key_table.h"

namespace latchkey {

// NewTestKey makes a key; aborts the test program on failure. RSA keys are made
// once for each algorithm and `variant`, because making them is slow; the
// others are new each time. An empty `kid` means the key's own.
SigningKey NewTestKey(Algorithm algorithm, absl::string_view kid = "",
                      int variant = 0);

// TestIssuer signs tokens as a foreign issuer would. Thread-safe but for
// Rotate.
class TestIssuer {
 public:
  explicit TestIssuer(std::string issuer,
                      Algorithm algorithm = Algorithm::kEs256);
  TestIssuer(std::string issuer, SigningKey key);

  // Claims gives {iss, sub, aud, iat, exp = now + 5 min}.
  json::Value Claims(absl::string_view subject, absl::string_view audience,
                     absl::Time now) const;
  // Token signs exactly `claims`. An empty typ leaves the member out.
  std::string Token(const json::Value& claims,
                    absl::string_view typ = "JWT") const;

  // Jwks is the public document; Keys the same as a table.
  std::string Jwks() const;
  KeyTable Keys() const;

  // Rotate replaces the key by a new one of the same algorithm.
  void Rotate();

  const std::string& issuer() const { return issuer_; }
  const SigningKey& key() const { return key_; }

 private:
  std::string issuer_;
  SigningKey key_;
  int rotations_ = 0;
};

// SignCompact signs any two texts as header and payload, for tokens that
// MintToken refuses to make.
std::string SignCompact(absl::string_view header, absl::string_view payload,
                        const SigningKey& key);

}  // namespace latchkey

#endif  // LATCHKEY_CORE_TESTING_JWT_FIXTURE_H_
