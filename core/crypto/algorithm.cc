#include "core/crypto/algorithm.h"

#include <array>

namespace latchkey {
namespace {

struct Row {
  Algorithm algorithm;
  absl::string_view name;
};

constexpr std::array<Row, 13> kRows = {{
    {Algorithm::kRs256, "RS256"},
    {Algorithm::kRs384, "RS384"},
    {Algorithm::kRs512, "RS512"},
    {Algorithm::kPs256, "PS256"},
    {Algorithm::kPs384, "PS384"},
    {Algorithm::kPs512, "PS512"},
    {Algorithm::kEs256, "ES256"},
    {Algorithm::kEs384, "ES384"},
    {Algorithm::kEs512, "ES512"},
    {Algorithm::kEdDsa, "EdDSA"},
    {Algorithm::kHs256, "HS256"},
    {Algorithm::kHs384, "HS384"},
    {Algorithm::kHs512, "HS512"},
}};

}  // namespace

absl::string_view AlgorithmName(Algorithm algorithm) {
  for (const Row& row : kRows) {
    if (row.algorithm == algorithm) return row.name;
  }
  return "";
}

std::optional<Algorithm> ParseAlgorithm(absl::string_view name) {
  for (const Row& row : kRows) {
    if (row.name == name) return row.algorithm;
  }
  return std::nullopt;
}

bool IsMac(Algorithm algorithm) {
  return GetKeyFamily(algorithm) == KeyFamily::kSecret;
}

KeyFamily GetKeyFamily(Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::kRs256:
    case Algorithm::kRs384:
    case Algorithm::kRs512:
    case Algorithm::kPs256:
    case Algorithm::kPs384:
    case Algorithm::kPs512:
      return KeyFamily::kRsa;
    case Algorithm::kEs256:
    case Algorithm::kEs384:
    case Algorithm::kEs512:
      return KeyFamily::kEc;
    case Algorithm::kEdDsa:
      return KeyFamily::kEd25519;
    case Algorithm::kHs256:
    case Algorithm::kHs384:
    case Algorithm::kHs512:
      return KeyFamily::kSecret;
  }
  return KeyFamily::kSecret;
}

}  // namespace latchkey
