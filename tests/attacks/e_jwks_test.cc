// Section E: JWK and JWKS documents.
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/base/base64url.h"
#include "core/base/reason.h"
#include "core/testing/jwt_fixture.h"
#include "core/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/attacks/attack_world.h"
#include "tests/attacks/rsa_forgeries.h"

namespace latchkey {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

constexpr Reason kBadDocument = Reason::kInvalidRequest;

std::string Jwks(const std::vector<std::string>& elements) {
  return absl::StrCat(R"({"keys":[)", absl::StrJoin(elements, ","), "]}");
}

class JwtAttacks : public ::testing::Test, protected AttackWorld {
 protected:
  JwtAttacks() : good_(json::Write(JwkOf(key.public_key()))) {}

  void RefusesDocument(absl::string_view document) const {
    EXPECT_THAT(ParseJwks(document), HasReason(kBadDocument)) << document;
  }
  // The element is dropped; its good neighbours, before and behind, are not.
  void Skips(const std::string& element) {
    const std::string other =
        json::Write(JwkOf(NewTestKey(Algorithm::kEs256, "other").public_key()));
    const auto parsed = ParseJwks(Jwks({other, element, good_}));
    ASSERT_THAT(parsed, IsOk()) << element;
    EXPECT_THAT(parsed->keys, SizeIs(2)) << element;
    EXPECT_THAT(parsed->dropped, SizeIs(1)) << element;
    keys = KeyTable(parsed->keys);
    EXPECT_THAT(Verify(Good()), IsOk());
  }
  // The good key with one member changed.
  std::string With(absl::string_view name, absl::string_view value) const {
    return Changed(good_, name, value);
  }
  static std::string Changed(absl::string_view jwk, absl::string_view name,
                             absl::string_view value) {
    json::Value changed = json::Parse(jwk).value();
    changed.Set(name, json::Parse(value).value());
    return json::Write(changed);
  }
  static std::string Without(absl::string_view jwk, absl::string_view name) {
    json::Value kept(json::Value::Object{});
    const json::Value all = json::Parse(jwk).value();
    for (const auto& [member, value] : *all.as_object()) {
      if (member != name) kept.Set(member, value);
    }
    return json::Write(kept);
  }
  static std::string Rsa() {
    return json::Write(LoadRsaForgeries().Object("rs256_jwk"));
  }
  static std::string Okp() {
    return json::Write(JwkOf(NewTestKey(Algorithm::kEdDsa, "ed").public_key()));
  }

  const std::string good_;
};

// That a refresh then fails and the last good set stays: jwks_refresh_test.cc.
TEST_F(JwtAttacks, E096_NoJwks) {
  const std::string whole = Jwks({good_});
  for (const std::string& document :
       {std::string(), std::string(" "), std::string("<html></html>"),
        std::string("null"), std::string("[]"), absl::StrCat("[", good_, "]"),
        std::string("\"keys\""), std::string("{}"),
        std::string(R"({"key":[]})"), std::string(R"({"keys":"x"})"),
        std::string(R"({"keys":{}})"), std::string(R"({"keys":null})"),
        std::string(R"({"keys":1})"), whole.substr(0, whole.size() - 1),
        whole.substr(0, whole.size() / 2), absl::StrCat(whole, whole),
        absl::StrCat("\xEF\xBB\xBF", whole), absl::StrCat(whole, "<!-- -->")}) {
    RefusesDocument(document);
  }
  EXPECT_EQ(KeysOf(whole).keys().size(), 1u);
}

TEST_F(JwtAttacks, E098_ElementsThatAreNoObject) {
  for (const char* element : {"null", "1", "\"x\"", "[]", "true", "{}"}) {
    Skips(element);
  }
  Skips(absl::StrCat("[", good_, "]"));
}

TEST_F(JwtAttacks, E099_UnknownKty) {
  Skips(Without(good_, "kty"));
  for (const char* kty : {"1", "null", "\"\"", "\"AKP\"", "\"DSA\"", "\"ec\"",
                          "\"EC \"", "[\"EC\"]"}) {
    Skips(With("kty", kty));
  }
}

TEST_F(JwtAttacks, E101_SecretInAPublicDocument) {
  const std::string secret(32, 's');
  const std::string oct =
      absl::StrCat(R"({"kty":"oct","kid":"mac","alg":"HS256","k":")",
                   Base64UrlEncode(secret), "\"}");
  Skips(oct);
  // Also where HS256 was allowed by mistake.
  JwksOptions careless;
  careless.allowed_algorithms = AllAlgorithms();
  EXPECT_EQ(WhyDropped(oct, careless), "symmetric key in a public document");
  keys = KeysOf(Jwks({oct, good_}), careless);
  EXPECT_THAT(
      Verify(HmacToken(R"({"alg":"HS256","kid":"mac"})", Payload(), secret)),
      HasReason(Reason::kTokenKeyUnknown));
  // A file of one's own may hold one.
  careless.allow_symmetric = true;
  keys = KeysOf(oct, careless);
  EXPECT_THAT(
      Verify(HmacToken(R"({"alg":"HS256","kid":"mac"})", Payload(), secret)),
      IsOk());
}

TEST_F(JwtAttacks, E102_PrivateMembers) {
  for (const char* name : {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}) {
    for (const std::string& jwk : {good_, Rsa(), Okp()}) {
      const std::string leaked = Changed(jwk, name, R"("c2VjcmV0")");
      Skips(leaked);
      // The cause, which is logged, does not show it.
      const std::string cause = WhyDropped(leaked);
      EXPECT_EQ(cause, "has private members");
      EXPECT_THAT(cause, Not(HasSubstr("c2VjcmV0")));
    }
  }
  Skips(Changed(Rsa(), "oth", R"([{"r":"AQ","d":"AQ","t":"AQ"}])"));
}

// RFC 7517 §4.5 lets keys share a kid: each of the token's algorithm is tried,
// at most four.
TEST_F(JwtAttacks, E103_SeveralKeysOfOneKid) {
  const auto under_k1 = [](Algorithm algorithm) {
    return json::Write(JwkOf(NewTestKey(algorithm, kAttackKid).public_key()));
  };
  keys = KeysOf(
      Jwks({under_k1(Algorithm::kRs256), under_k1(Algorithm::kEs384), good_}));
  EXPECT_EQ(keys.keys().size(), 3u);
  EXPECT_THAT(Verify(Good()), IsOk());
  EXPECT_EQ(keys.Candidates("k1", Algorithm::kEs256).size(), 1u);

  std::vector<std::string> same;
  for (int i = 0; i < 3; ++i) same.push_back(under_k1(Algorithm::kEs256));
  same.push_back(good_);
  keys = KeysOf(Jwks(same));
  EXPECT_THAT(Verify(Good()), IsOk());
  // A flood of keys costs no flood of checks.
  same.insert(same.begin(), under_k1(Algorithm::kEs256));
  keys = KeysOf(Jwks(same));
  EXPECT_EQ(keys.Candidates("k1", Algorithm::kEs256).size(), 4u);
  EXPECT_THAT(Verify(Good()), HasReason(Reason::kTokenSignatureInvalid));
  // The same key twice is one key.
  EXPECT_EQ(KeysOf(Jwks({good_, good_})).keys().size(), 1u);
}

TEST_F(JwtAttacks, E104_UseAndKeyOps) {
  for (const char* use : {R"("enc")", R"("SIG")", R"("")", R"("sig ")", "null",
                          "1", R"(["sig"])", "true"}) {
    Skips(With("use", use));
  }
  for (const char* operations :
       {R"("verify")", "null", "{}", "1", "[]", R"(["sign"])", R"(["encrypt"])",
        R"(["verify","verify"])", R"(["verify",1])", R"([null])",
        R"(["VERIFY"])"}) {
    Skips(With("key_ops", operations));
  }
  const std::string sig = With("use", R"("sig")");
  Skips(Changed(sig, "key_ops", R"(["verify","encrypt"])"));
  Skips(Changed(sig, "key_ops", R"(["deriveKey"])"));
  for (const std::string& usable : {sig, With("key_ops", R"(["verify"])"),
                                    With("key_ops", R"(["sign","verify"])"),
                                    Changed(sig, "key_ops", R"(["verify"])")}) {
    EXPECT_EQ(KeysOf(usable).keys().size(), 1u) << usable;
  }
}

TEST_F(JwtAttacks, E105_AlgDoesNotFit) {
  for (const char* alg :
       {R"("ES384")", R"("RS256")", R"("HS256")", R"("EdDSA")", R"("none")",
        R"("ES256K")", R"("es256")", R"("")", "null", "1", R"(["ES256"])",
        R"("ECDH-ES")", R"("RSA-OAEP")"}) {
    Skips(With("alg", alg));
  }
  for (const char* alg : {R"("ES256")", R"("HS256")", R"("EdDSA")",
                          R"("RSA-OAEP")", R"("RSA1_5")"}) {
    Skips(Changed(Rsa(), "alg", alg));
  }
  Skips(Changed(Okp(), "alg", R"("ES256")"));
  EXPECT_EQ(KeysOf(With("alg", R"("ES256")")).keys().size(), 1u);
}

TEST_F(JwtAttacks, E106_MembersOfAnotherType) {
  for (const char* value : {"1", "null", "[]", "{}", "true"}) {
    for (const char* name : {"x", "y", "crv", "kty", "kid", "alg"}) {
      Skips(With(name, value));
    }
    for (const char* name : {"n", "e"}) Skips(Changed(Rsa(), name, value));
    for (const char* name : {"x", "crv"}) Skips(Changed(Okp(), name, value));
  }
  Skips(Changed(Rsa(), "e", R"(["AQAB"])"));
  Skips(Changed(Rsa(), "e", "65537"));
}

TEST_F(JwtAttacks, E107_NumbersThatAreNotBase64Url) {
  const auto each = [this](const std::string& jwk, absl::string_view name) {
    const json::Value parsed = json::Parse(jwk).value();
    const std::string text = *parsed.Find(name)->as_string();
    std::vector<std::string> bad = {
        absl::StrCat(text, "="),
        absl::StrCat(text, "=="),
        absl::StrCat(" ", text),
        absl::StrCat(text, "\n"),
        absl::StrCat(text.substr(0, 2), " ", text.substr(2)),
        absl::StrCat("+", text.substr(1)),
        absl::StrCat("/", text.substr(1)),
        absl::StrCat(text, "A"),
        "!!!!",
        absl::StrCat("\xC3\xA9", text)};
    if (text.size() % 4 != 0) {
      std::string stray = text;
      stray.back() = static_cast<char>(stray.back() + 1);
      bad.push_back(stray);
    }
    for (const std::string& value : bad) {
      if (value.size() % 4 == 0 && value == text) continue;
      json::Value changed = parsed;
      changed.Set(name, value);
      Skips(json::Write(changed));
    }
  };
  each(good_, "x");
  each(good_, "y");
  each(Rsa(), "n");
  each(Rsa(), "e");
  each(Okp(), "x");
}

TEST_F(JwtAttacks, E108_OkpSizesAndCertificates) {
  for (const size_t size : {0, 1, 31, 33, 56, 57, 64}) {
    Skips(Changed(
        Okp(), "x",
        absl::StrCat("\"", Base64UrlEncode(std::string(size, '\x09')), "\"")));
  }
  for (const char* crv :
       {R"("")", R"("ed25519")", R"("P-256")", R"("Ed25519 ")"}) {
    Skips(Changed(Okp(), "crv", crv));
  }
  Skips(Without(Okp(), "crv"));
  Skips(Without(Okp(), "x"));
  Skips(Without(good_, "crv"));
  // x5c is not read: a certificate of another key changes nothing.
  const std::string other = absl::StrCat(
      "[\"", Base64UrlEncode(LoadRsaForgeries().Der("certificate")), "\"]");
  for (const char* name : {"x5c", "x5t", "x5u"}) {
    keys = KeysOf(With(name, other));
    EXPECT_THAT(Verify(Good()), IsOk());
  }
}

TEST_F(JwtAttacks, E109_DuplicateMembers) {
  const std::string body = good_.substr(1, good_.size() - 2);
  for (const std::string& document :
       {absl::StrCat(R"({"keys":[)", good_, R"(],"keys":[]})"),
        absl::StrCat(R"({"keys":[],"k\u0065ys":[)", good_, "]}"),
        Jwks({absl::StrCat("{", body, R"(,"kid":"k2"})")}),
        Jwks({absl::StrCat("{", body, R"(,"k\u0069d":"k1"})")}),
        Jwks({absl::StrCat("{", body, R"(,"kty":"EC"})")}),
        Jwks({good_, R"({"a":{"b":1,"b":1}})"}),
        absl::StrCat(R"({"a":1,"a":1,"keys":[)", good_, "]}")}) {
    RefusesDocument(document);
  }
}

TEST_F(JwtAttacks, E110_DocumentsOverTheLimits) {
  JwksOptions options;
  const std::string whole = Jwks({good_});
  options.max_bytes = whole.size();
  EXPECT_THAT(ParseJwks(whole, options), IsOk());
  options.max_bytes = whole.size() - 1;
  EXPECT_THAT(ParseJwks(whole, options), HasReason(kBadDocument));
  RefusesDocument(
      Jwks({good_, absl::StrCat(R"({"kty":"x","a":")",
                                std::string(512 * 1024, 'x'), "\"}")}));
  EXPECT_THAT(ParseJwks(Jwks(std::vector<std::string>(200, good_))), IsOk());
  RefusesDocument(Jwks(std::vector<std::string>(201, good_)));
  const auto nested = [this](size_t depth) {
    return Jwks({good_, absl::StrCat(R"({"a":)", std::string(depth, '['),
                                     std::string(depth, ']'), "}")});
  };
  EXPECT_THAT(ParseJwks(nested(13)), IsOk());  // 16 with what is around it
  RefusesDocument(nested(14));
  RefusesDocument(nested(100'000));
  const auto with_kid = [this](size_t size) {
    const std::string rest = Without(good_, "kid");
    return absl::StrCat(R"({"kid":")", std::string(size, 'k'), "\",",
                        rest.substr(1));
  };
  EXPECT_EQ(KeysOf(with_kid(256)).keys().size(), 1u);
  Skips(with_kid(257));
  Skips(with_kid(100'000));
  RefusesDocument(with_kid(1 << 20));
}

}  // namespace
}  // namespace latchkey
