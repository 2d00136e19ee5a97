#include "core/crypto/algorithm.h"

#include <string>

#include "gtest/gtest.h"

namespace latchkey {
namespace {

TEST(AlgorithmTest, NamesRoundTrip) {
  for (int i = 0; i <= static_cast<int>(Algorithm::kHs512); ++i) {
    const auto algorithm = static_cast<Algorithm>(i);
    EXPECT_FALSE(AlgorithmName(algorithm).empty());
    EXPECT_EQ(ParseAlgorithm(AlgorithmName(algorithm)), algorithm);
  }
}

// RFC 7515 §4.1.1: case-sensitive; RFC 8725 §3.2: `none` is no algorithm.
TEST(AlgorithmTest, OnlyExactNamesParse) {
  for (absl::string_view name :
       {"",       "none",   "None",    "NONE",   "nOnE",    "rs256",
        "Rs256",  "RS256 ", " RS256",  "RS-256", "RS2567",  "RS25",
        "ES256K", "HS1",    "RS1",     "PS999",  "Ed25519", "EDDSA",
        "eddsa",  "dir",    "RSA-OAEP"}) {
    EXPECT_EQ(ParseAlgorithm(name), std::nullopt) << name;
  }
  EXPECT_EQ(ParseAlgorithm(absl::string_view("RS256\0", 6)), std::nullopt);
}

TEST(AlgorithmTest, FamiliesFollowTheName) {
  EXPECT_EQ(GetKeyFamily(Algorithm::kPs384), KeyFamily::kRsa);
  EXPECT_EQ(GetKeyFamily(Algorithm::kEs512), KeyFamily::kEc);
  EXPECT_EQ(GetKeyFamily(Algorithm::kEdDsa), KeyFamily::kEd25519);
  EXPECT_TRUE(IsMac(Algorithm::kHs384));
  EXPECT_FALSE(IsMac(Algorithm::kRs256));
}

}  // namespace
}  // namespace latchkey
