// The signature parts of the RFC 7520 cookbook, with RFC 8037 A.4 and RFC 7797
// in the same form.
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/base64url.h"
#include "core/base/secret.h"
#include "core/crypto/signing_key.h"
#include "core/json/json.h"
#include "core/testing/status_matchers.h"
#include "gtest/gtest.h"
#include "tests/conformance/tally.h"
#include "tests/conformance/token_check.h"
#include "tests/conformance/vectors.h"

namespace latchkey {
namespace {

constexpr absl::string_view kFolder = "rfc7520-cookbook";

std::vector<json::Value> AsList(const json::Value& value) {
  if (value.as_array() != nullptr) return *value.as_array();
  return {value};
}

// KeysOf reads the example's keys as a verifier has them: what is public, and
// the secret of a MAC; each for the algorithm that the example gives to it.
KeyTable KeysOf(const json::Value& input) {
  const std::vector<json::Value> jwks = AsList(Member(input, "key"));
  const std::vector<json::Value> names = AsList(Member(input, "alg"));
  std::vector<PublicKey> keys;
  for (size_t i = 0; i < jwks.size() && i < names.size(); ++i) {
    const KeyTable table =
        ReadKeys(WithoutPrivateMembers(jwks[i]), KeyOrigin::kOwn,
                 {*ParseAlgorithm(*names[i].as_string())});
    EXPECT_EQ(table.keys().size(), 1u);
    keys.insert(keys.end(), table.keys().begin(), table.keys().end());
  }
  return KeyTable(std::move(keys));
}

std::string GroupOf(absl::string_view form) {
  return form == "compact" ? "" : "JSON serialization";
}

// Every example is good by its RFC, in each serialization that it gives.
void JudgeExample(absl::string_view name, const json::Value& example,
                  Tally* tally) {
  const KeyTable keys = KeysOf(Member(example, "input"));
  for (const auto& [form, token] : *Member(example, "output").as_object()) {
    tally->Judge({absl::StrCat(name, " ", form), Wanted::kValid, GroupOf(form)},
                 SignatureHolds(TokenText(token), keys));
  }
}

TEST(Rfc7520Test, Signatures) {
  Tally tally("rfc7520-cookbook");
  for (const absl::string_view folder : {"jws", "curve25519", "rfc7797"}) {
    const std::string path = absl::StrCat(kFolder, "/", folder);
    for (const std::string& name : ListVectorFiles(path)) {
      JudgeExample(name, ReadVectors(absl::StrCat(path, "/", name)), &tally);
    }
  }
  const json::Value nested = ReadVectors(
      absl::StrCat(kFolder, "/6.nesting_signatures_and_encryption.json"));
  JudgeExample("6 signature", Member(nested, "sign"), &tally);
  // Its receiver decrypts; latchkey does not, whatever key it has.
  const KeyTable keys = KeysOf(Member(Member(nested, "sign"), "input"));
  for (const auto& [form, token] :
       *Member(Member(nested, "encrypt"), "output").as_object()) {
    tally.Judge({absl::StrCat("6 encryption ", form), Wanted::kValid, "JWE"},
                SignatureHolds(TokenText(token), keys));
  }
  ExpectConforms(tally, 32);
}

TEST(Rfc7520Test, Keys) {
  const std::string path = absl::StrCat(kFolder, "/jwk");
  Tally tally("rfc7520-cookbook/jwk");
  for (const std::string& name : ListVectorFiles(path)) {
    const json::Value jwk = ReadVectors(absl::StrCat(path, "/", name));
    const bool for_signatures = Text(jwk, "use") == "sig";
    tally.Judge({name, for_signatures ? Wanted::kValid : Wanted::kInvalid,
                 jwk.Find("d") != nullptr ? "private key" : ""},
                !ReadKeys(jwk, KeyOrigin::kOwn).empty());
  }
  ExpectConforms(tally, 6);
}

// A private JWK names the same key as its public part.
TEST(Rfc7520Test, PrivateKeysMinusPrivateMembersAreThePublicOnes) {
  const auto read = [](absl::string_view name) {
    return ReadKeys(WithoutPrivateMembers(
                        ReadVectors(absl::StrCat(kFolder, "/jwk/", name))),
                    KeyOrigin::kPublished);
  };
  for (const auto& [secret, published] :
       {std::pair("3_2.ec_private_key.json", "3_1.ec_public_key.json"),
        std::pair("3_4.rsa_private_key.json", "3_3.rsa_public_key.json")}) {
    const KeyTable table = read(secret);
    ASSERT_EQ(table.keys().size(), 1u);
    EXPECT_EQ(table.keys().front(), read(published).keys().front());
  }
}

// Serialized gives what SigningKey::FromSerialized takes.
Secret Serialized(const json::Value& jwk) {
  const bool is_mac = Text(jwk, "kty") == "oct";
  std::string bytes = *Base64UrlDecode(Text(jwk, is_mac ? "k" : "d"));
  if (!is_mac) {  // PKCS #8 of RFC 8410 §7
    constexpr absl::string_view kPrefix(
        "\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20", 16);
    bytes.insert(0, kPrefix.data(), kPrefix.size());
  }
  return Secret::TakeFrom(&bytes);
}

TEST(Rfc7520Test, MakesTheSameMacsAndEdDsaSignatures) {
  int count = 0;
  for (const absl::string_view name :
       {"jws/4_4.hmac-sha2_integrity_protection.json",
        "jws/4_6.protecting_specific_header_fields.json",
        "jws/4_7.protecting_content_only.json", "curve25519/jws.json"}) {
    const json::Value example = ReadVectors(absl::StrCat(kFolder, "/", name));
    const json::Value& input = Member(example, "input");
    const json::Value& signing = Member(example, "signing");
    const absl::StatusOr<SigningKey> key =
        SigningKey::FromSerialized(*ParseAlgorithm(Text(input, "alg")), "k",
                                   Serialized(Member(input, "key")));
    ASSERT_THAT(key, IsOk()) << name;
    std::string signature;
    ASSERT_THAT(key->Sign(Text(signing, "sig-input"), &signature), IsOk());
    EXPECT_EQ(Base64UrlEncode(signature), Text(signing, "sig")) << name;
    ++count;
  }
  EXPECT_EQ(count, 4);
}

}  // namespace
}  // namespace latchkey
