// Examples in the appendices of RFC 7515, 7638 and 8037.
#include <string>

#include "core/crypto/algorithm.h"
#include "core/json/json.h"
#include "gtest/gtest.h"
#include "tests/conformance/tally.h"
#include "tests/conformance/token_check.h"
#include "tests/conformance/vectors.h"

namespace latchkey {
namespace {

KeyTable KeysOf(const json::Value& example) {
  return ReadKeys(Member(example, "jwk"), KeyOrigin::kOwn,
                  {*ParseAlgorithm(Text(example, "alg"))});
}

TEST(RfcExamplesTest, Tokens) {
  const json::Value file = ReadVectors("rfc/examples.json");
  Tally tally("rfc/examples.json");
  for (const json::Value& example : List(file, "tokens")) {
    const json::Value& token = Member(example, "jws");
    const KeyTable keys = KeysOf(example);
    EXPECT_EQ(keys.keys().size(), 1u) << Text(example, "id");
    tally.Judge({Text(example, "id"), WantedFrom(Text(example, "result")),
                 token.as_object() != nullptr ? "JSON serialization" : ""},
                SignatureHolds(TokenText(token), keys));
  }
  ExpectConforms(tally, 9);
}

TEST(RfcExamplesTest, Thumbprints) {
  const json::Value file = ReadVectors("rfc/examples.json");
  EXPECT_EQ(List(file, "thumbprints").size(), 2u);
  for (const json::Value& example : List(file, "thumbprints")) {
    const KeyTable keys = KeysOf(example);
    ASSERT_EQ(keys.keys().size(), 1u) << Text(example, "id");
    EXPECT_EQ(keys.keys().front().Thumbprint(), Text(example, "thumbprint"));
  }
}

}  // namespace
}  // namespace latchkey
