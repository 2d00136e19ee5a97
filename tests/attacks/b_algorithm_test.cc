// Section B, first half: the algorithm and the form of the header.
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "core/base/base64url.h"
#include "core/base/reason.h"
#include "core/base/secret.h"
#include "core/testing/jwt_fixture.h"
#include "core/testing/status_matchers.h"
#include "gtest/gtest.h"
#include "tests/attacks/attack_world.h"
#include "tests/attacks/rsa_forgeries.h"

namespace latchkey {
namespace {

constexpr Reason kMalformed = Reason::kTokenMalformed;
constexpr Reason kUnsupported = Reason::kTokenUnsupported;
constexpr Reason kMismatch = Reason::kTokenAlgorithmMismatch;
constexpr Reason kBadSignature = Reason::kTokenSignatureInvalid;

class JwtAttacks : public ::testing::Test, protected AttackWorld {
 protected:
  void Refuses(absl::string_view token, Reason reason) const {
    EXPECT_THAT(Verify(token), HasReason(reason)) << token;
  }
  // The header is signed as it stands.
  void RefusesHeader(absl::string_view header, Reason reason) const {
    EXPECT_THAT(Verify(WithHeader(header)), HasReason(reason)) << header;
  }
  // `alg` is the JSON text of the member.
  void RefusesAlg(absl::string_view alg, Reason reason) const {
    RefusesHeader(absl::StrCat(R"({"alg":)", alg, R"(,"kid":"k1"})"), reason);
  }
  // Every HS256 token keyed with one of these texts is refused, with the key's
  // kid, without any, and under the name of the key's own algorithm.
  void RefusesMacsOf(const std::vector<std::string>& secrets) const {
    ASSERT_FALSE(secrets.empty());
    for (const std::string& secret : secrets) {
      for (absl::string_view header :
           {R"({"alg":"HS256","kid":"k1"})", R"({"alg":"HS256"})"}) {
        Refuses(HmacToken(header, Payload(), secret), kMismatch);
      }
      Refuses(HmacToken(Header(), Payload(), secret), kBadSignature);
    }
  }
};

TEST_F(JwtAttacks, B20_AlgNone) {
  for (absl::string_view name :
       {"none", "None", "NONE", "nOnE", "none ", " none", "none\\u0000"}) {
    const std::string header =
        absl::StrCat(R"({"alg":")", name, R"(","kid":"k1"})");
    const std::string unsigned_token = absl::StrCat(
        Base64UrlEncode(header), ".", Base64UrlEncode(Payload()), ".");
    Refuses(unsigned_token, kMalformed);
    Refuses(absl::StrCat(unsigned_token, "AA"), kUnsupported);
    RefusesHeader(header, kUnsupported);
    RefusesHeader(absl::StrCat(R"({"alg":")", name, "\"}"), kUnsupported);
  }
  // Nothing that can be expected lets it in.
  expected = Expectations();
  expected.require_subject = false;
  expected.allow_missing_expiration = true;
  Refuses(absl::StrCat(Base64UrlEncode(R"({"alg":"none"})"), ".",
                       Base64UrlEncode("{}"), ".AA"),
          kUnsupported);
}

TEST_F(JwtAttacks, B21_AlgIsNoName) {
  RefusesHeader(R"({"kid":"k1"})", kMalformed);
  for (const char* alg : {"null", "256", "true", R"(["ES256"])",
                          R"({"name":"ES256"})", "-0", "1e3"}) {
    RefusesAlg(alg, kMalformed);
  }
  RefusesAlg("\"\"", kUnsupported);
}

TEST_F(JwtAttacks, B22_UnknownAlg) {
  for (absl::string_view name : {"HS1", "RS1", "ES256K", "PS999", "foo",
                                 "ES224", "HS256/64", "RSA1_5"}) {
    const std::string header =
        absl::StrCat(R"({"alg":")", name, R"(","kid":"k1"})");
    RefusesHeader(header, kUnsupported);
    // An empty signature is no match for one that cannot be made.
    Refuses(absl::StrCat(Base64UrlEncode(header), ".",
                         Base64UrlEncode(Payload()), "."),
            kMalformed);
  }
}

TEST_F(JwtAttacks, B23_SpellingsOfAlg) {
  for (const char* name : {"es256", "Es256", "ES256 ", " ES256", "ES-256",
                           "ES_256", "ES256\\n", "ES256\\u0000", "ES256,none",
                           "\xEF\xBC\xA5\xEF\xBC\xB3"
                           "256"}) {
    RefusesAlg(absl::StrCat("\"", name, "\""), kUnsupported);
  }
  // An escape in JSON is no other spelling.
  EXPECT_THAT(Verify(WithHeader(R"({"alg":"\u0045S256","kid":"k1"})")), IsOk());
}

TEST_F(JwtAttacks, B24_RsaPublicKeyAsHmacSecret) {
  const RsaForgeries& forgeries = LoadRsaForgeries();
  const json::Value jwk = forgeries.Object("rs256_jwk");
  const std::string n = *jwk.Find("n")->as_string();
  std::vector<std::string> secrets = {
      json::Write(jwk), n, Base64UrlDecode(n).value(),
      *jwk.Find("e")->as_string(), Base64UrlDecode("AQAB").value()};
  for (const char* form : {"spki", "pkcs1", "certificate"}) {
    const std::string pem = forgeries.Text("pem", form);
    secrets.push_back(pem);
    secrets.push_back(pem.substr(0, pem.size() - 1));  // no last newline
    secrets.push_back(absl::StrReplaceAll(pem, {{"\n", "\r\n"}}));
    secrets.push_back(absl::StrCat(" ", pem));
    secrets.push_back(absl::StrCat("\n", pem));
    secrets.push_back(absl::StrCat("# key\n", pem));
    secrets.push_back(forgeries.Der(form));
  }
  // However the key came to be trusted.
  const std::string spki = forgeries.Text("pem", "spki");
  const auto from_pem = PublicKey::FromPem(Algorithm::kRs256, "k1", spki);
  const auto fixed = PublicKey::FromPem(Algorithm::kRs256, "", spki);
  ASSERT_THAT(from_pem, IsOk());
  ASSERT_THAT(fixed, IsOk());
  json::Value document = jwk;
  document.Set("kid", "k1");
  for (KeyTable& table :
       std::vector<KeyTable>{KeyTable({*from_pem}), KeyTable({*fixed}),
                             KeysOf(json::Write(document))}) {
    keys = std::move(table);
    for (const std::string& secret : secrets) {
      for (absl::string_view header :
           {R"({"alg":"HS256","kid":"k1"})", R"({"alg":"HS256"})"}) {
        Refuses(HmacToken(header, Payload(), secret), kMismatch);
      }
      Refuses(HmacToken(R"({"alg":"RS256","kid":"k1"})", Payload(), secret),
              kBadSignature);
    }
  }
  // A MAC key is one only where it was configured as one.
  const auto mac = PublicKey::FromSecret(Algorithm::kHs256, "k1", Secret(spki));
  ASSERT_THAT(mac, IsOk());
  keys = KeyTable({*mac});
  EXPECT_THAT(
      Verify(HmacToken(R"({"alg":"HS256","kid":"k1"})", Payload(), spki)),
      IsOk());
}

TEST_F(JwtAttacks, B25_EcAndEd25519PublicKeysAsHmacSecrets) {
  {
    const json::Value jwk = JwkOf(key.public_key());
    const std::string x = *jwk.Find("x")->as_string();
    const std::string y = *jwk.Find("y")->as_string();
    const std::string point = absl::StrCat("\x04", Base64UrlDecode(x).value(),
                                           Base64UrlDecode(y).value());
    const std::string spki =
        absl::StrCat(absl::string_view(
                         "\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01"
                         "\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x03\x42\x00",
                         26),
                     point);
    RefusesMacsOf({point, point.substr(1), point.substr(1, 32), x, y, spki,
                   json::Write(jwk), key.public_key().CanonicalJwk()});
  }
  key = NewTestKey(Algorithm::kEdDsa, kAttackKid);
  keys = KeyTable({key.public_key()});
  ASSERT_THAT(Verify(Good()), IsOk());
  const json::Value jwk = JwkOf(key.public_key());
  const std::string x = *jwk.Find("x")->as_string();
  const std::string raw = Base64UrlDecode(x).value();
  const std::string spki = absl::StrCat(
      absl::string_view("\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00", 12),
      raw);
  RefusesMacsOf(
      {raw, x, spki, json::Write(jwk), key.public_key().CanonicalJwk()});
}

TEST_F(JwtAttacks, B26_AnotherAlgorithmOfTheSameFamily) {
  const std::vector<Algorithm> rsa = {Algorithm::kRs256, Algorithm::kRs384,
                                      Algorithm::kRs512, Algorithm::kPs256,
                                      Algorithm::kPs384, Algorithm::kPs512};
  // One RSA key for all of them: each signature is right in itself.
  for (const Algorithm pinned : rsa) {
    keys = KeyTable({NewTestKey(pinned, kAttackKid).public_key()});
    for (const Algorithm used : rsa) {
      key = NewTestKey(used, kAttackKid);
      if (used == pinned) {
        EXPECT_THAT(Verify(Good()), IsOk());
      } else {
        Refuses(Good(), kMismatch);
      }
    }
  }
  // An HMAC secret serves one hash only.
  const Secret secret(std::string(64, 's'));
  const auto mac = PublicKey::FromSecret(Algorithm::kHs512, "k1", secret);
  ASSERT_THAT(mac, IsOk());
  keys = KeyTable({*mac});
  for (const Algorithm used :
       {Algorithm::kHs256, Algorithm::kHs384, Algorithm::kHs512}) {
    auto signer = SigningKey::FromSerialized(used, "k1", secret);
    ASSERT_THAT(signer, IsOk());
    key = *std::move(signer);
    if (used == Algorithm::kHs512) {
      EXPECT_THAT(Verify(Good()), IsOk());
    } else {
      Refuses(Good(), kMismatch);
    }
  }
}

TEST_F(JwtAttacks, B27_KeyWithoutAlgIsPinnedAtLoad) {
  const auto pinned = [](const SigningKey& signer, const JwksOptions& options) {
    const KeyTable table =
        KeysOf(json::Write(JwkOf(signer.public_key())), options);
    EXPECT_EQ(table.keys().size(), 1u);
    return std::string(
        table.empty() ? "" : AlgorithmName(table.keys()[0].algorithm()));
  };
  const SigningKey rsa = NewTestKey(Algorithm::kRs256, kAttackKid);
  EXPECT_EQ(pinned(rsa, {}), "RS256");
  EXPECT_EQ(pinned(key, {}), "ES256");
  EXPECT_EQ(pinned(NewTestKey(Algorithm::kEdDsa, "k1"), {}), "EdDSA");
  JwksOptions told;
  told.allowed_algorithms = {Algorithm::kPs384, Algorithm::kPs256};
  EXPECT_EQ(pinned(rsa, told), "PS384");
  told.allowed_algorithms = {Algorithm::kEs256};
  EXPECT_NE(WhyDropped(json::Write(JwkOf(rsa.public_key())), told), "");

  // The token has no say in it.
  keys = KeysOf(json::Write(JwkOf(rsa.public_key())));
  key = NewTestKey(Algorithm::kPs256, kAttackKid);
  Refuses(Good(), kMismatch);
  key = NewTestKey(Algorithm::kRs256, kAttackKid);
  EXPECT_THAT(Verify(Good()), IsOk());
  RefusesAlg("\"HS256\"", kMismatch);
}

TEST_F(JwtAttacks, B28_CurveOfAnotherAlgorithm) {
  const std::vector<Algorithm> ec = {Algorithm::kEs256, Algorithm::kEs384,
                                     Algorithm::kEs512};
  for (const Algorithm pinned : ec) {
    key = NewTestKey(pinned, kAttackKid);
    keys = KeyTable({key.public_key()});
    ASSERT_THAT(Verify(Good()), IsOk());
    for (const Algorithm named : ec) {
      if (named == pinned) continue;
      RefusesAlg(absl::StrCat("\"", AlgorithmName(named), "\""), kMismatch);
      json::Value jwk = JwkOf(key.public_key());
      jwk.Set("alg", AlgorithmName(named));
      EXPECT_EQ(WhyDropped(json::Write(jwk)), "alg does not fit the key");
    }
  }
}

TEST_F(JwtAttacks, B29_Secp256k1) {
  // The base point of that curve.
  const std::string x = Base64UrlEncode(
      absl::HexStringToBytes("79be667ef9dcbbac55a06295ce870b07"
                             "029bfcdb2dce28d959f2815b16f81798"));
  const std::string y = Base64UrlEncode(
      absl::HexStringToBytes("483ada7726a3c4655da4fbfc0e1108a8"
                             "fd17b448a68554199c47d08ffb10d4b8"));
  const auto jwk = [&](absl::string_view crv, absl::string_view more) {
    return absl::StrCat(R"({"kty":"EC","kid":"k1","crv":")", crv, R"(","x":")",
                        x, R"(","y":")", y, "\"", more, "}");
  };
  EXPECT_EQ(WhyDropped(jwk("secp256k1", "")), "crv is not supported");
  EXPECT_EQ(WhyDropped(jwk("secp256k1", R"(,"alg":"ES256K")")),
            "crv is not supported");
  EXPECT_EQ(WhyDropped(jwk("P-256", R"(,"alg":"ES256K")")),
            "alg is not supported");
  // Under another curve's name it is no point of that curve.
  EXPECT_NE(WhyDropped(jwk("P-256", "")), "");
  EXPECT_NE(WhyDropped(jwk("P-256", R"(,"alg":"ES256")")), "");
  RefusesAlg("\"ES256K\"", kUnsupported);
}

TEST_F(JwtAttacks, B30_EdwardsCurves) {
  const auto okp = [](absl::string_view crv, size_t size,
                      absl::string_view more = "") {
    return absl::StrCat(R"({"kty":"OKP","kid":"k1","crv":")", crv, R"(","x":")",
                        Base64UrlEncode(std::string(size, '\x09')), "\"", more,
                        "}");
  };
  for (absl::string_view alg : {"", R"(,"alg":"EdDSA")"}) {
    EXPECT_EQ(WhyDropped(okp("X25519", 32, alg)), "crv is not supported");
    EXPECT_EQ(WhyDropped(okp("X448", 56, alg)), "crv is not supported");
    EXPECT_EQ(WhyDropped(okp("Ed448", 57, alg)), "crv is not supported");
  }
  key = NewTestKey(Algorithm::kEdDsa, kAttackKid);
  keys = KeyTable({key.public_key()});
  ASSERT_THAT(Verify(Good()), IsOk());
  Refuses(ReplaceSignature(Good(), std::string(114, '\x01')), kBadSignature);
  // RFC 9864's name is another one; there is no option that makes it a synonym.
  RefusesAlg("\"Ed25519\"", kUnsupported);
  RefusesAlg("\"Ed448\"", kUnsupported);
  json::Value jwk = JwkOf(key.public_key());
  jwk.Set("alg", "Ed25519");
  EXPECT_EQ(WhyDropped(json::Write(jwk)), "alg is not supported");
  jwk.Set("alg", "EdDSA");
  EXPECT_EQ(KeysOf(json::Write(jwk)).keys().size(), 1u);
}

TEST_F(JwtAttacks, B31_CriticalExtensions) {
  for (const char* more :
       {R"("crit":["exp"],"exp":1)", R"("crit":["b64"],"b64":true)",
        R"("crit":["x"],"x":null)", R"("crit":["urn:example"])"}) {
    RefusesHeader(Header(more), kUnsupported);
  }
  // Not asked for as critical, it is only unknown.
  EXPECT_THAT(Verify(WithHeader(Header(R"("x":null,"exp":1)"))), IsOk());
}

TEST_F(JwtAttacks, B32_MalformedCrit) {
  for (const char* crit : {"[]", "null", "\"exp\"", "{}", "true", "1", "[1]",
                           "[null]", "[[]]", R"(["x","x"])", R"(["alg"])",
                           R"(["kid","alg"])", R"(["absent"])", R"([""])"}) {
    RefusesHeader(Header(absl::StrCat(R"("x":1,"crit":)", crit)), kUnsupported);
  }
}

TEST_F(JwtAttacks, B33_UnencodedPayload) {
  for (const char* more :
       {R"("b64":false)", R"("b64":false,"crit":["b64"])", R"("b64":true)",
        R"("b64":null)", R"("crit":["b64"])"}) {
    RefusesHeader(Header(more), kUnsupported);
  }
  // Signed over the payload itself, as RFC 7797 has it.
  const std::string header =
      Base64UrlEncode(Header(R"("b64":false,"crit":["b64"])"));
  Refuses(SignSegments(header, R"({"sub":"24601"})"), kUnsupported);
  Refuses(SignSegments(header, Payload()), kMalformed);  // has a dot
  Refuses(SignSegments(Base64UrlEncode(Header()), R"({"sub":"24601"})"),
          kMalformed);
}

TEST_F(JwtAttacks, B34_DuplicateHeaderMembers) {
  for (const char* header :
       {R"({"alg":"ES256","kid":"k1","alg":"none"})",
        R"({"alg":"none","kid":"k1","alg":"ES256"})",
        R"({"alg":"ES256","kid":"k1","alg":"ES256"})",
        R"({"alg":"ES256","kid":"k1","kid":"k2"})",
        R"({"alg":"ES256","kid":"k1","x":1,"x":1})",
        R"({"alg":"ES256","kid":"k1","x":{"y":1,"y":2}})"}) {
    RefusesHeader(header, kMalformed);
  }
}

TEST_F(JwtAttacks, B35_DuplicateMembersAfterUnescaping) {
  for (const char* header :
       {R"({"alg":"ES256","kid":"k1","\u0061lg":"none"})",
        R"({"\u0061lg":"none","kid":"k1","alg":"ES256"})",
        R"({"alg":"ES256","kid":"k1","\u006b\u0069\u0064":"k1"})",
        R"({"alg":"ES256","kid":"k1","a/b":1,"a\/b":1})"}) {
    RefusesHeader(header, kMalformed);
  }
}

TEST_F(JwtAttacks, B36_HeaderIsNotOneStrictObject) {
  const std::string good = Header();
  std::vector<std::string> bad = {"null",
                                  "[]",
                                  "\"x\"",
                                  "1",
                                  "true",
                                  "",
                                  " ",
                                  "{",
                                  "}",
                                  "{}",
                                  "nul",
                                  absl::StrCat(good, "x"),
                                  absl::StrCat(good, good),
                                  absl::StrCat(good, "\n", good),
                                  absl::StrCat("[", good, "]"),
                                  absl::StrCat("\xEF\xBB\xBF", good),
                                  absl::StrCat("/**/", good),
                                  absl::StrCat(good, "//"),
                                  absl::StrCat(std::string(1, '\0'), good),
                                  Header(R"("x":1,)"),
                                  Header(R"("x":NaN)"),
                                  Header(R"("x":Infinity)"),
                                  Header(R"('x':1)"),
                                  Header(R"("x":'1')"),
                                  Header(R"(x:1)"),
                                  Header(R"("x":01)"),
                                  Header(R"("x":1.)"),
                                  Header(R"("x":+1)"),
                                  Header(R"("x":0x1)"),
                                  Header(R"("x":"\x")"),
                                  Header(R"("x":"\u12")"),
                                  Header("\"x\":\"\n\""),
                                  Header("\"x\":\"\xff\""),
                                  Header(R"("x":"\ud800")"),
                                  Header(R"("x")"),
                                  Header(R"("x":)"),
                                  good.substr(0, good.size() - 1),
                                  std::string(good) + std::string(1, '\0')};
  for (const std::string& header : bad) {
    if (header.empty()) continue;  // A04
    RefusesHeader(header, kMalformed);
  }
}

TEST_F(JwtAttacks, B37_HugeHeaders) {
  std::string members;
  for (int i = 0; i < 100'000; ++i) absl::StrAppend(&members, "\"", i, "\":0,");
  members.pop_back();
  const std::string many = WithHeader(Header(members));
  const std::string text = WithHeader(
      Header(absl::StrCat("\"x\":\"", std::string(1 << 20, 'x'), "\"")));
  const std::string deep = WithHeader(Header(absl::StrCat(
      "\"x\":", std::string(10'000, '['), std::string(10'000, ']'))));
  for (const std::string& token : {many, text, deep}) {
    Refuses(token, Reason::kTokenTooLarge);
  }
  expected.max_token_bytes = kHardMaxTokenBytes;
  Refuses(many, Reason::kTokenTooLarge);
  Refuses(text, Reason::kTokenTooLarge);
  Refuses(deep, kMalformed);
  RefusesHeader(
      Header(absl::StrCat("\"x\":\"", std::string(100'000, 'x'), "\"")),
      kMalformed);
  const auto nested = [this](size_t depth) {
    return WithHeader(Header(absl::StrCat("\"x\":", std::string(depth, '['),
                                          std::string(depth, ']'))));
  };
  EXPECT_THAT(Verify(nested(7)), IsOk());  // with the header itself: 8
  Refuses(nested(8), kMalformed);
}

TEST_F(JwtAttacks, B38_NulInsideStrings) {
  for (const char* alg : {R"("ES256\u0000")", R"("ES256\u0000x")",
                          R"("\u0000ES256")", R"("ES\u0000256")"}) {
    RefusesAlg(alg, kUnsupported);
  }
  for (const char* kid : {R"("k1\u0000")", R"("k1\u0000b")", R"("\u0000k1")"}) {
    RefusesHeader(absl::StrCat(R"({"alg":"ES256","kid":)", kid, "}"),
                  Reason::kTokenKeyUnknown);
  }
  expected.types = {"at+jwt"};
  RefusesHeader(Header(R"("typ":"at+jwt\u0000x")"), Reason::kTokenTypeMismatch);
  RefusesHeader(Header(R"("typ\u0000":"at+jwt")"), Reason::kTokenTypeMismatch);
  // A name with a NUL is another name.
  RefusesHeader(R"({"alg\u0000":"ES256","kid":"k1"})", kMalformed);
}

TEST_F(JwtAttacks, B50_Compression) {
  for (const char* more :
       {R"("zip":"DEF")", R"("zip":"GZ")", R"("zip":null)"}) {
    RefusesHeader(Header(more), kUnsupported);
  }
}

TEST_F(JwtAttacks, B51_Pbes2Count) {
  const char header[] =
      R"({"alg":"PBES2-HS256+A128KW","p2s":"AAAA","p2c":2147483648,)"
      R"("enc":"A128CBC-HS256","kid":"k1"})";
  Refuses(absl::StrCat(Base64UrlEncode(header), ".AAAA.AAAA.AAAA.AAAA"),
          kUnsupported);
  RefusesHeader(header, kUnsupported);
}

TEST_F(JwtAttacks, B52_AlgorithmsOfEncryption) {
  for (const char* alg : {"dir", "RSA-OAEP", "RSA-OAEP-256", "A128KW", "A256KW",
                          "ECDH-ES", "A128GCMKW", "PBES2-HS512+A256KW"}) {
    RefusesAlg(absl::StrCat("\"", alg, "\""), kUnsupported);
  }
  JwksOptions own;
  own.allow_symmetric = true;
  own.allowed_algorithms = AllAlgorithms();
  EXPECT_EQ(WhyDropped(R"({"kty":"oct","alg":"A128KW",)"
                       R"("k":"AAAAAAAAAAAAAAAAAAAAAA"})",
                       own),
            "alg is not supported");
}

}  // namespace
}  // namespace latchkey
