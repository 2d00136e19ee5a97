// Wycheproof's ECDSA signatures in DER. Tokens never hold these: the library
// makes them when latchkey signs, and EcdsaDerToRaw takes them apart.
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "core/crypto/algorithm.h"
#include "core/crypto/ecdsa_signature.h"
#include "core/crypto/public_key.h"
#include "core/json/json.h"
#include "core/testing/status_matchers.h"
#include "gtest/gtest.h"
#include "tests/conformance/tally.h"
#include "tests/conformance/vectors.h"

namespace latchkey {
namespace {

constexpr absl::string_view kName = "ecdsa_secp256r1_sha256_test.json";
constexpr size_t kCoordinateSize = 32;

bool Verifies(const PublicKey& key, const json::Value& test) {
  const std::optional<std::string> raw =
      EcdsaDerToRaw(HexBytes(test, "sig"), kCoordinateSize);
  return raw.has_value() && key.Verify(HexBytes(test, "msg"), *raw).ok();
}

TEST(WycheproofDerTest, Conforms) {
  const json::Value file = ReadVectors(absl::StrCat("wycheproof/", kName));
  Tally tally(kName);
  for (const json::Value& group : List(file, "testGroups")) {
    const absl::StatusOr<PublicKey> key = PublicKey::FromPem(
        Algorithm::kEs256, "none", Text(group, "publicKeyPem"));
    ASSERT_THAT(key, IsOk());
    for (const json::Value& test : List(group, "tests")) {
      tally.Judge({absl::StrCat(Number(test, "tcId")),
                   WantedFrom(Text(test, "result"))},
                  Verifies(*key, test));
    }
  }
  ExpectConforms(tally, Number(file, "numberOfTests"));
}

}  // namespace
}  // namespace latchkey
