// Wycheproof's raw signatures, through PublicKey::Verify. Each key is read in
// every form that its file gives (JWK, PEM), and for ES256 prepared for
// frequent use as well; the verdicts must agree.
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/crypto/algorithm.h"
#include "core/crypto/public_key.h"
#include "core/json/json.h"
#include "gtest/gtest.h"
#include "tests/conformance/tally.h"
#include "tests/conformance/token_check.h"
#include "tests/conformance/vectors.h"

namespace latchkey {
namespace {

// What the members of a group say of its algorithm.
std::vector<Algorithm> AlgorithmsOf(const json::Value& group) {
  const std::string& type = Text(group, "type");
  if (type == "EddsaVerify") return {Algorithm::kEdDsa};
  const std::string& sha = Text(group, "sha");
  absl::string_view prefix = "ES";
  if (type == "RsassaPkcs1Verify") prefix = "RS";
  if (type == "RsassaPssVerify") prefix = "PS";
  const std::optional<Algorithm> algorithm = ParseAlgorithm(
      absl::StrCat(prefix, absl::string_view(sha).substr(sizeof("SHA-") - 1)));
  // SHA-1 and SHA-224: no algorithm may take these.
  if (!algorithm.has_value()) {
    return {Algorithm::kPs256, Algorithm::kPs384, Algorithm::kPs512};
  }
  return {*algorithm};
}

// Parameters that RFC 7518 §3.5 does not have.
std::string GroupOf(const json::Value& group) {
  if (Text(group, "type") != "RsassaPssVerify") return "";
  const std::string& sha = Text(group, "sha");
  const bool ours =
      Text(group, "mgfSha") == sha &&
      absl::EndsWith(sha, absl::StrCat("-", 8 * Number(group, "sLen"))) &&
      sha != "SHA-224";
  return ours ? "" : "other parameters";
}

// KeysOf reads the group's key for `algorithm` in each form.
std::vector<PublicKey> KeysOf(const json::Value& group, Algorithm algorithm) {
  std::vector<PublicKey> keys;
  for (const absl::string_view name : {"publicKeyJwk", "keyJwk"}) {
    if (const json::Value* jwk = group.Find(name); jwk != nullptr) {
      const KeyTable table = ReadKeys(*jwk, KeyOrigin::kPublished, {algorithm});
      EXPECT_EQ(table.keys().size(), 1u) << json::Write(*jwk);
      keys.insert(keys.end(), table.keys().begin(), table.keys().end());
    }
  }
  absl::StatusOr<PublicKey> key =
      PublicKey::FromPem(algorithm, "none", Text(group, "publicKeyPem"));
  EXPECT_TRUE(key.ok()) << key.status();
  if (key.ok()) keys.push_back(*std::move(key));
  for (const PublicKey& other : keys) EXPECT_EQ(other, keys.front());
  return keys;
}

// AddPrepared adds the key once more, with a table of its multiples where the
// crypto library can build one (ES256, OpenSSL).
bool AddPrepared(const json::Value& group, Algorithm algorithm,
                 std::vector<PublicKey>* keys) {
  const absl::StatusOr<PublicKey> key =
      PublicKey::FromPem(algorithm, "none", Text(group, "publicKeyPem"));
  if (!key.ok() || !key->BuildTable()) return false;
  keys->push_back(*key);
  return true;
}

// RunGroup returns how many of the group's keys were prepared.
int RunGroup(const json::Value& group, Tally* tally) {
  std::vector<PublicKey> keys;
  int prepared = 0;
  for (const Algorithm algorithm : AlgorithmsOf(group)) {
    const std::vector<PublicKey> more = KeysOf(group, algorithm);
    keys.insert(keys.end(), more.begin(), more.end());
    if (AddPrepared(group, algorithm, &keys)) ++prepared;
  }
  for (const json::Value& test : List(group, "tests")) {
    const std::string message = HexBytes(test, "msg");
    const std::string signature = HexBytes(test, "sig");
    bool any = false;
    bool all = !keys.empty();
    for (const PublicKey& key : keys) {
      const bool verifies = key.Verify(message, signature).ok();
      any = any || verifies;
      all = all && verifies;
    }
    EXPECT_EQ(any, all) << Number(test, "tcId") << ": forms disagree";
    tally->Judge({absl::StrCat(Number(test, "tcId")),
                  WantedFrom(Text(test, "result")), GroupOf(group)},
                 any);
  }
  return prepared;
}

class WycheproofSignatureTest : public ::testing::TestWithParam<const char*> {};

TEST_P(WycheproofSignatureTest, Conforms) {
  const json::Value file = ReadVectors(absl::StrCat("wycheproof/", GetParam()));
  Tally tally(GetParam());
  int prepared = 0;
  for (const json::Value& group : List(file, "testGroups")) {
    prepared += RunGroup(group, &tally);
  }
  std::cout << prepared << " keys prepared for frequent use\n";
  ExpectConforms(tally, Number(file, "numberOfTests"));
}

INSTANTIATE_TEST_SUITE_P(
    Files, WycheproofSignatureTest,
    ::testing::Values("ecdsa_secp256r1_sha256_p1363_test.json",
                      "ecdsa_secp384r1_sha384_p1363_test.json",
                      "ecdsa_secp521r1_sha512_p1363_test.json",
                      "ed25519_test.json",  //
                      "rsa_pss_2048_sha256_mgf1_32_test.json",
                      "rsa_pss_2048_sha384_mgf1_48_test.json",
                      "rsa_pss_3072_sha256_mgf1_32_test.json",
                      "rsa_pss_4096_sha512_mgf1_64_test.json",
                      "rsa_pss_misc_test.json",
                      "rsa_signature_2048_sha256_test.json",
                      "rsa_signature_2048_sha384_test.json",
                      "rsa_signature_2048_sha512_test.json",
                      "rsa_signature_3072_sha256_test.json",
                      "rsa_signature_4096_sha256_test.json"));

}  // namespace
}  // namespace latchkey
