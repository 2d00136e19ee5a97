// Wycheproof's HMAC, through PublicKey::FromSecret and Verify; what is valid is
// made again by SigningKey.
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/secret.h"
#include "core/crypto/algorithm.h"
#include "core/crypto/public_key.h"
#include "core/crypto/signing_key.h"
#include "core/json/json.h"
#include "core/testing/status_matchers.h"
#include "gtest/gtest.h"
#include "tests/conformance/tally.h"
#include "tests/conformance/vectors.h"

namespace latchkey {
namespace {

struct HmacFile {
  const char* name;
  Algorithm algorithm;
  int mac_bits;
};

// A short key is refused whatever the tag's length.
std::string GroupOf(const json::Value& group, int mac_bits) {
  if (Number(group, "keySize") < mac_bits) return "short key";
  if (Number(group, "tagSize") < mac_bits) return "truncated tag";
  return "";
}

bool Verifies(const json::Value& test, Algorithm algorithm) {
  std::string secret = HexBytes(test, "key");
  const absl::StatusOr<PublicKey> key =
      PublicKey::FromSecret(algorithm, "k", Secret::TakeFrom(&secret));
  return key.ok() &&
         key->Verify(HexBytes(test, "msg"), HexBytes(test, "tag")).ok();
}

void ExpectSignsTheSame(const json::Value& test, Algorithm algorithm) {
  std::string secret = HexBytes(test, "key");
  const absl::StatusOr<SigningKey> key =
      SigningKey::FromSerialized(algorithm, "k", Secret::TakeFrom(&secret));
  ASSERT_THAT(key, IsOk());
  std::string tag;
  ASSERT_THAT(key->Sign(HexBytes(test, "msg"), &tag), IsOk());
  EXPECT_EQ(tag, HexBytes(test, "tag")) << Number(test, "tcId");
}

class WycheproofHmacTest : public ::testing::TestWithParam<HmacFile> {};

TEST_P(WycheproofHmacTest, Conforms) {
  const HmacFile& param = GetParam();
  const json::Value file = ReadVectors(absl::StrCat("wycheproof/", param.name));
  Tally tally(param.name);
  for (const json::Value& group : List(file, "testGroups")) {
    for (const json::Value& test : List(group, "tests")) {
      const bool accepted = Verifies(test, param.algorithm);
      if (accepted) ExpectSignsTheSame(test, param.algorithm);
      tally.Judge(
          {absl::StrCat(Number(test, "tcId")), WantedFrom(Text(test, "result")),
           GroupOf(group, param.mac_bits)},
          accepted);
    }
  }
  ExpectConforms(tally, Number(file, "numberOfTests"));
}

INSTANTIATE_TEST_SUITE_P(
    Files, WycheproofHmacTest,
    ::testing::Values(HmacFile{"hmac_sha256_test.json", Algorithm::kHs256, 256},
                      HmacFile{"hmac_sha384_test.json", Algorithm::kHs384, 384},
                      HmacFile{"hmac_sha512_test.json", Algorithm::kHs512,
                               512}));

}  // namespace
}  // namespace latchkey
