// Wycheproof's JSON web signatures and keys, through ParseJwks and
// TokenVerifier.
#include <string>

#include "absl/strings/str_cat.h"
#include "core/json/json.h"
#include "gtest/gtest.h"
#include "tests/conformance/tally.h"
#include "tests/conformance/token_check.h"
#include "tests/conformance/vectors.h"

namespace latchkey {
namespace {

constexpr absl::string_view kFolder = "wycheproof";

// A group with a public key is a published document. One that has a private
// part alone holds the secret of a MAC, or the key of a JWE's receiver.
KeyTable KeysOf(const json::Value& group) {
  const json::Value* published = group.Find("public");
  return published != nullptr
             ? ReadKeys(*published, KeyOrigin::kPublished)
             : ReadKeys(Member(group, "private"), KeyOrigin::kOwn);
}

// Compact JWS with an empty payload: no JWT.
bool HasEmptyPayload(absl::string_view token) {
  return token.find("..") != absl::string_view::npos;
}

std::string GroupOf(const json::Value& test, absl::string_view token) {
  if (test.Find("jwe") != nullptr) return "JWE";
  if (HasEmptyPayload(token)) return "empty payload";
  return "";
}

void RunFile(absl::string_view name) {
  const json::Value file = ReadVectors(absl::StrCat(kFolder, "/", name));
  Tally tally(name);
  for (const json::Value& group : List(file, "testGroups")) {
    const KeyTable keys = KeysOf(group);
    for (const json::Value& test : List(group, "tests")) {
      const json::Value* jwe = test.Find("jwe");
      const std::string token =
          TokenText(jwe != nullptr ? *jwe : Member(test, "jws"));
      tally.Judge({absl::StrCat(Number(test, "tcId")),
                   WantedFrom(Text(test, "result")), GroupOf(test, token)},
                  SignatureHolds(token, keys));
    }
  }
  ExpectConforms(tally, Number(file, "numberOfTests"));
}

TEST(WycheproofJoseTest, JsonWebSignature) {
  RunFile("json_web_signature_test.json");
}

TEST(WycheproofJoseTest, JsonWebKey) { RunFile("json_web_key_test.json"); }

TEST(WycheproofJoseTest, JsonWebCrypto) {
  RunFile("json_web_crypto_test.json");
}

}  // namespace
}  // namespace latchkey
