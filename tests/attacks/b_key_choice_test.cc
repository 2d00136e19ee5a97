// Section B, second half: which key, and of which kind the token is.
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/base64url.h"
#include "core/base/reason.h"
#include "core/base/secret.h"
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

constexpr Reason kKeyUnknown = Reason::kTokenKeyUnknown;
constexpr Reason kBadSignature = Reason::kTokenSignatureInvalid;

class JwtAttacks : public ::testing::Test, protected AttackWorld {
 protected:
  void Refuses(absl::string_view token, Reason reason) const {
    EXPECT_THAT(Verify(token), HasReason(reason)) << token;
  }
  // `kid` is the JSON text of the member.
  std::string WithKid(absl::string_view kid) const {
    return WithHeader(absl::StrCat(R"({"alg":")",
                                   AlgorithmName(key.algorithm()),
                                   R"(","kid":)", kid, "}"));
  }
  std::string WithoutKid() const {
    return WithHeader(
        absl::StrCat(R"({"alg":")", AlgorithmName(key.algorithm()), "\"}"));
  }
};

TEST_F(JwtAttacks, B39_KidOfAnotherTypeOrSize) {
  for (const char* kid : {"1", "null", "true", R"(["k1"])", R"({"k1":"k1"})"}) {
    Refuses(WithKid(kid), Reason::kTokenMalformed);
  }
  const auto quoted = [](size_t size) {
    return absl::StrCat("\"", std::string(size, 'k'), "\"");
  };
  Refuses(WithKid(quoted(64 * 1024)), Reason::kTokenTooLarge);
  Refuses(WithKid(quoted(257)), Reason::kTokenMalformed);
  Refuses(WithKid(quoted(256)), kKeyUnknown);
  for (const char* kid : {R"("")", R"("\n")", R"("k1\n")", R"("\u007f")",
                          R"("k1 ")", R"("K1")", "\"\xC3\xA9\""}) {
    Refuses(WithKid(kid), kKeyUnknown);
  }
  // A kid is bytes: any that a key has is found.
  keys = KeyTable({key.public_key().WithKid("\xC3\xA9\n")});
  EXPECT_THAT(Verify(WithKid("\"\xC3\xA9\\n\"")), IsOk());
  // The same letter put together otherwise is another name.
  Refuses(WithKid("\"e\xCC\x81\\n\""), kKeyUnknown);
}

TEST_F(JwtAttacks, B40_KidThatInjects) {
  for (absl::string_view kid :
       {"../../../../dev/null", "/dev/null", "file:///etc/passwd",
        "x' UNION SELECT 'k", "|id", "$(id)", "%0d%0aSet-Cookie: a=b",
        "\r\nSet-Cookie: a=b", "${jndi:ldap://127.0.0.1/a}", "k1'--", "%s%n",
        "https://127.0.0.1/keys#k1"}) {
    std::string text;
    json::AppendQuoted(kid, &text);
    const auto answer = Verify(WithKid(text));
    EXPECT_THAT(answer, HasReason(kKeyUnknown)) << kid;
    // Nor does the log see it.
    EXPECT_THAT(std::string(answer.status().message()),
                Not(HasSubstr(std::string(kid))));
  }
}

TEST_F(JwtAttacks, B41_EmptySecrets) {
  for (const Algorithm algorithm :
       {Algorithm::kHs256, Algorithm::kHs384, Algorithm::kHs512}) {
    EXPECT_THAT(PublicKey::FromSecret(algorithm, "k1", Secret("")),
                HasReason(Reason::kInvalidRequest));
  }
  JwksOptions own;
  own.allow_symmetric = true;
  own.allowed_algorithms = AllAlgorithms();
  EXPECT_NE(WhyDropped(R"({"kty":"oct","k":"","alg":"HS256"})", own), "");
  keys = KeyTable({NewTestKey(Algorithm::kHs256, kAttackKid).public_key()});
  for (absl::string_view secret :
       {absl::string_view(), absl::string_view("\0", 1)}) {
    Refuses(HmacToken(R"({"alg":"HS256","kid":"../../dev/null"})", Payload(),
                      secret),
            kKeyUnknown);
    Refuses(HmacToken(R"({"alg":"HS256","kid":"k1"})", Payload(), secret),
            kBadSignature);
    Refuses(HmacToken(R"({"alg":"HS256"})", Payload(), secret), kBadSignature);
  }
}

TEST_F(JwtAttacks, B42_WithoutKid) {
  EXPECT_THAT(Verify(WithoutKid()), IsOk());
  const PublicKey second = NewTestKey(Algorithm::kEs256, "k2").public_key();
  // Keys of other algorithms make no choice necessary; a second one does.
  keys = KeyTable(
      {key.public_key(), NewTestKey(Algorithm::kEs384, "k3").public_key()});
  EXPECT_THAT(Verify(WithoutKid()), IsOk());
  keys = KeyTable({key.public_key(), second});
  Refuses(WithoutKid(), kKeyUnknown);
  EXPECT_THAT(Verify(Good()), IsOk());
  // Keys configured without a kid are tried for every token, up to four.
  std::vector<PublicKey> fixed;
  for (int i = 0; i < 3; ++i) {
    fixed.push_back(NewTestKey(Algorithm::kEs256, absl::StrCat(i))
                        .public_key()
                        .WithKid(""));
  }
  fixed.push_back(key.public_key().WithKid(""));
  keys = KeyTable(fixed);
  EXPECT_THAT(Verify(WithoutKid()), IsOk());
  fixed.insert(fixed.begin(), second.WithKid(""));
  keys = KeyTable(fixed);
  Refuses(WithoutKid(), kBadSignature);
  // Whoever needs a kid says so.
  keys = KeyTable({key.public_key()});
  expected.require_kid = true;
  Refuses(WithoutKid(), kKeyUnknown);
}

TEST_F(JwtAttacks, B43_KeyOfTheKidServesSomethingElse) {
  const PublicKey right = key.public_key().WithKid("k2");
  // The kid's key is of another algorithm: the one that would fit is not tried.
  keys =
      KeyTable({NewTestKey(Algorithm::kEs384, kAttackKid).public_key(),
                NewTestKey(Algorithm::kRs256, kAttackKid).public_key(), right});
  Refuses(Good(), Reason::kTokenAlgorithmMismatch);
  const auto with = [this](absl::string_view name, json::Value value) {
    json::Value jwk = JwkOf(key.public_key());
    jwk.Set(name, std::move(value));
    return json::Write(jwk);
  };
  const auto list = [](std::vector<std::string> names) {
    return json::Value(json::Value::Array(names.begin(), names.end()));
  };
  EXPECT_EQ(KeysOf(with("use", "sig")).keys().size(), 1u);
  EXPECT_EQ(KeysOf(with("key_ops", list({"verify"}))).keys().size(), 1u);
  for (const std::string& document :
       {with("use", "enc"), with("key_ops", list({"encrypt"})),
        with("key_ops", list({"sign"})), with("key_ops", list({}))}) {
    EXPECT_NE(WhyDropped(document), "");
    std::vector<PublicKey> table = {right};
    for (const PublicKey& usable : KeysOf(document).keys()) {
      table.push_back(usable);
    }
    keys = KeyTable(table);
    Refuses(Good(), kKeyUnknown);
  }
}

// B44 and B45: provider_test.cc, where keys are fetched.

TEST_F(JwtAttacks, B46_EmbeddedKey) {
  const SigningKey attacker = NewTestKey(Algorithm::kEs256, kAttackKid);
  const std::string jwk = json::Write(JwkOf(attacker.public_key()));
  const std::string header = Header(absl::StrCat("\"jwk\":", jwk));
  Refuses(SignCompact(header, Payload(), attacker), kBadSignature);
  Refuses(SignCompact(absl::StrCat(R"({"alg":"ES256","jwk":)", jwk, "}"),
                      Payload(), attacker),
          kBadSignature);
  Refuses(
      SignCompact(absl::StrCat(R"({"alg":"ES256","kid":"x","jwk":)", jwk, "}"),
                  Payload(), attacker),
      kKeyUnknown);
  const std::string secret(32, 's');
  const std::string oct =
      absl::StrCat(R"({"kty":"oct","k":")", Base64UrlEncode(secret), "\"}");
  Refuses(
      HmacToken(absl::StrCat(R"({"alg":"HS256","kid":"k1","jwk":)", oct, "}"),
                Payload(), secret),
      Reason::kTokenAlgorithmMismatch);
  // Whatever stands there, the configured key decides.
  EXPECT_THAT(Verify(WithHeader(header)), IsOk());
  EXPECT_THAT(Verify(WithHeader(Header(R"("jwk":7)"))), IsOk());
}

TEST_F(JwtAttacks, B47_EmbeddedCertificates) {
  const SigningKey attacker = NewTestKey(Algorithm::kRs256, kAttackKid, 1);
  const std::string der =
      Base64UrlEncode(LoadRsaForgeries().Der("certificate"));
  for (const std::string& more :
       {absl::StrCat(R"("x5c":[")", der, "\"]"), std::string(R"("x5c":[])"),
        std::string(R"("x5c":1)"), std::string(R"("x5t":"AAAA")"),
        std::string(R"("x5t#S256":"AAAA")")}) {
    EXPECT_THAT(Verify(WithHeader(Header(more))), IsOk());
    Refuses(
        SignCompact(absl::StrCat(R"({"alg":"RS256","kid":"k1",)", more, "}"),
                    Payload(), attacker),
        Reason::kTokenAlgorithmMismatch);
    Refuses(SignCompact(Header(more), Payload(),
                        NewTestKey(Algorithm::kEs256, kAttackKid)),
            kBadSignature);
  }
}

TEST_F(JwtAttacks, B48_TokenOfAnotherKind) {
  const auto with_typ = [this](absl::string_view typ) {
    return WithHeader(Header(absl::StrCat("\"typ\":\"", typ, "\"")));
  };
  const std::vector<std::string> others = {"logout+jwt",
                                           "secevent+jwt",
                                           "dpop+jwt",
                                           "rt+jwt",
                                           "JWT",
                                           "jwe",
                                           "",
                                           "at+jwt ",
                                           " at+jwt",
                                           "xat+jwt",
                                           "at+jwtx",
                                           "text/at+jwt",
                                           "application/at+jwt/x",
                                           "application/application/at+jwt",
                                           "at"};
  expected.types = {"at+jwt"};
  for (const char* typ : {"at+jwt", "AT+JWT", "application/at+jwt",
                          "Application/At+Jwt", "at\\u002bjwt"}) {
    EXPECT_THAT(Verify(with_typ(typ)), IsOk()) << typ;
  }
  for (const std::string& typ : others) {
    Refuses(with_typ(typ), Reason::kTokenTypeMismatch);
  }
  // A profile without a list takes any; one that names them, those.
  expected.types = {};
  EXPECT_THAT(Verify(with_typ("logout+jwt")), IsOk());
  expected.types = {"", "jwt"};
  EXPECT_THAT(Verify(with_typ("JWT")), IsOk());
  EXPECT_THAT(Verify(Good()), IsOk());
  Refuses(with_typ("logout+jwt"), Reason::kTokenTypeMismatch);
}

TEST_F(JwtAttacks, B49_TypMissingOrNoString) {
  for (const char* typ : {"1", "null", "true", R"(["at+jwt"])", "{}"}) {
    Refuses(WithHeader(Header(absl::StrCat("\"typ\":", typ))),
            Reason::kTokenMalformed);
  }
  EXPECT_THAT(Verify(Good()), IsOk());
  expected.types = {"at+jwt"};
  Refuses(Good(), Reason::kTokenTypeMismatch);
}

}  // namespace
}  // namespace latchkey
