// JWS algorithms (RFC 7518 §3.1, RFC 8037 §3.1).
#ifndef LATCHKEY_CORE_CRYPTO_ALGORITHM_H_
#define LATCHKEY_CORE_CRYPTO_ALGORITHM_H_

#include <optional>

#include "absl/strings/string_view.h"

namespace latchkey {

enum class Algorithm {
  kRs256,
  kRs384,
  kRs512,
  kPs256,
  kPs384,
  kPs512,
  kEs256,
  kEs384,
  kEs512,
  kEdDsa,
  kHs256,
  kHs384,
  kHs512,
};

// AlgorithmName gives the exact `alg` value ("RS256").
absl::string_view AlgorithmName(Algorithm algorithm);
// ParseAlgorithm compares byte for byte; nullopt for anything else, `none`
// included.
std::optional<Algorithm> ParseAlgorithm(absl::string_view name);
// IsMac: HS256, HS384, HS512.
bool IsMac(Algorithm algorithm);

// KeyFamily is the kind of key that an algorithm works with.
enum class KeyFamily { kRsa, kEc, kEd25519, kSecret };
KeyFamily GetKeyFamily(Algorithm algorithm);

}  // namespace latchkey

#endif  // LATCHKEY_CORE_CRYPTO_ALGORITHM_H_
