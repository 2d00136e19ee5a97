// Section G: the tokens that latchkey makes.
#include <sys/wait.h>
#include <unistd.h>

#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "core/base/base64url.h"
#include "core/base/ids.h"
#include "core/base/random.h"
#include "core/base/reason.h"
#include "core/crypto/signing_key.h"
#include "core/json/json.h"
#include "core/jwt/compact.h"
#include "core/jwt/jwk.h"
#include "core/jwt/key_ring.h"
#include "core/jwt/token_minter.h"
#include "core/session/access_tokens.h"
#include "core/session/revocations.h"
#include "core/testing/jwt_fixture.h"
#include "core/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);
constexpr char kIssuer[] = "https://auth.example.com";
constexpr absl::Duration kTtl = absl::Minutes(30);

std::shared_ptr<const SigningKey> NewKey(const char* kid) {
  return std::make_shared<const SigningKey>(NewTestKey(Algorithm::kEs256, kid));
}

class JwtAttacks : public ::testing::Test {
 protected:
  JwtAttacks()
      : first_(NewKey("first")),
        ring_(
            first_, {first_->public_key()},
            std::make_shared<const SigningKey>(NewTestKey(Algorithm::kHs256))),
        revocations_(kTtl),
        tokens_(Options(), &ring_, &revocations_, Random::SystemRandom()) {
    session_.id = NewSessionId(Random::SystemRandom());
    session_.app = AppId("myapp-abcde");
    session_.user = UserId("0123456789abcdef01234567");
    session_.provider = ProviderName("okta");
    session_.subject = "24601";
    session_.expires_at = kNow + absl::Hours(24 * 60);
  }

  static AccessTokenOptions Options() {
    AccessTokenOptions options;
    options.issuer = kIssuer;
    options.ttl = kTtl;
    return options;
  }
  static json::Value PayloadOf(absl::string_view token) {
    const CompactToken parts = SplitCompact(token).value();
    return json::Parse(Base64UrlDecode(parts.payload).value()).value();
  }
  std::string Mint(absl::Time now = kNow) {
    const auto minted = tokens_.Mint(session_, now);
    EXPECT_THAT(minted, IsOk());
    return minted.ok() ? minted->token : "";
  }
  absl::Status Verify(const std::string& token, absl::Time now = kNow) {
    return tokens_.Verify(token, {}, now, &principal_);
  }

  std::shared_ptr<const SigningKey> first_;
  KeyRing ring_;
  Revocations revocations_;
  AccessTokens tokens_;
  SessionRecord session_;
  Principal principal_;
};

// Nobody can hand in claims; what users choose stands in members of its own.
TEST_F(JwtAttacks, G127_ChosenTextSetsNoOtherClaim) {
  session_.subject = R"(","sub":"admin","x":")";
  session_.roles = {R"("],"roles":["admin)", "sub", "exp\":1"};
  session_.device_json = R"({"sub":"admin"})";
  const json::Value payload = PayloadOf(Mint());
  std::vector<std::string> names;
  for (const auto& [name, value] : *payload.as_object()) names.push_back(name);
  EXPECT_THAT(names, ElementsAre("iss", "sub", "aud", "jti", "sid", "app",
                                 "idp", "idp_sub", "roles", "iat", "exp"));
  EXPECT_EQ(*payload.Find("sub")->as_string(), session_.user.value());
  EXPECT_EQ(*payload.Find("idp_sub")->as_string(), session_.subject);
  // A payload that holds a name twice is not signed at all.
  for (const char* name : {"iss", "sub", "aud", "exp", "nbf", "iat", "jti",
                           "sid", "roles", "cnf", "own"}) {
    json::Value twice(json::Value::Object{{name, json::Value("a")},
                                          {"x", json::Value(1)},
                                          {name, json::Value("b")}});
    EXPECT_THAT(MintToken(twice, "at+jwt", *first_),
                HasReason(Reason::kInvalidRequest));
  }
}

TEST_F(JwtAttacks, G128_OddTextComesBackOrIsRefused) {
  for (absl::string_view text :
       {absl::string_view("\"\\/"), absl::string_view("\n\r\t\b\f\v"),
        absl::string_view("\0", 1), absl::string_view("\x01\x1f\x7f"),
        absl::string_view("\xE2\x80\xA8\xE2\x80\xA9"),
        absl::string_view("\xF0\x9F\x98\x80"), absl::string_view("</script>"),
        absl::string_view("\xEF\xBB\xBF"), absl::string_view("{\"a\":1}")}) {
    session_.subject = std::string(text);
    session_.roles = {std::string(text)};
    const std::string token = Mint();
    ASSERT_THAT(Verify(token), IsOk());
    EXPECT_EQ(principal_.subject, std::string(text));
    EXPECT_THAT(principal_.roles, ElementsAre(std::string(text)));
  }
  // Any bytes at all: the same again, or refused.
  for (int i = 0; i < 500; ++i) {
    session_.subject = Random::SystemRandom()->Bytes(1 + i % 12);
    session_.roles = {session_.subject};
    const auto minted = tokens_.Mint(session_, kNow);
    if (!minted.ok()) {
      EXPECT_THAT(minted, HasReason(Reason::kInternal));
      continue;
    }
    ASSERT_THAT(Verify(minted->token), IsOk());
    EXPECT_EQ(principal_.subject, session_.subject);
    EXPECT_THAT(principal_.roles, ElementsAre(session_.subject));
  }
  for (absl::string_view bad : {"\xff", "\xC0\xAF", "\xED\xA0\x80", "\x80"}) {
    session_.subject = std::string(bad);
    EXPECT_THAT(tokens_.Mint(session_, kNow), HasReason(Reason::kInternal));
  }
}

TEST_F(JwtAttacks, G129_TokenOverTheLimitIsNotMade) {
  session_.roles = {std::string(11'000, 'r')};
  const std::string fits = Mint();
  EXPECT_LE(fits.size(), 16 * 1024);  // as Verify takes
  EXPECT_THAT(Verify(fits), IsOk());
  session_.roles = {std::string(12'200, 'r')};  // base64url makes 4/3 of it
  EXPECT_THAT(tokens_.Mint(session_, kNow), HasReason(Reason::kInternal));
  session_.roles = std::vector<std::string>(2'000, "some role");
  EXPECT_THAT(tokens_.Mint(session_, kNow), HasReason(Reason::kInternal));
}

// Child makes a value in a forked process.
template <typename Make>
std::string InChild(Make make) {
  int ends[2];
  if (pipe(ends) != 0) return "no pipe";
  const pid_t child = fork();
  if (child == 0) {
    const std::string text = make();
    const ssize_t written = write(ends[1], text.data(), text.size());
    _exit(written == static_cast<ssize_t>(text.size()) ? 0 : 1);
  }
  close(ends[1]);
  std::string text(64, '\0');
  const ssize_t got = read(ends[0], text.data(), text.size());
  close(ends[0]);
  waitpid(child, nullptr, 0);
  text.resize(got < 0 ? 0 : static_cast<size_t>(got));
  return text;
}

TEST_F(JwtAttacks, G130_IdsHave128RandomBits) {
  std::set<std::string> seen;
  for (int i = 0; i < 1'000; ++i) {
    const std::string jti = *PayloadOf(Mint()).Find("jti")->as_string();
    EXPECT_EQ(Base64UrlDecode(jti)->size(), 16u);
    EXPECT_TRUE(seen.insert(jti).second);
    const std::string sid = NewSessionId(Random::SystemRandom()).value();
    EXPECT_EQ(Base64UrlDecode(sid)->size(), 16u) << sid;
    EXPECT_TRUE(seen.insert(sid).second);
  }
  // A forked process goes on with numbers of its own.
  const auto make = [] { return NewSessionId(Random::SystemRandom()).value(); };
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(seen.insert(InChild(make)).second);
    EXPECT_TRUE(seen.insert(make()).second);
  }
}

TEST_F(JwtAttacks, G131_EcdsaNoncesDoNotRepeat) {
  for (const Algorithm algorithm :
       {Algorithm::kEs256, Algorithm::kEs384, Algorithm::kEs512}) {
    const SigningKey key = NewTestKey(algorithm, "k");
    std::set<std::string> nonces;
    for (int i = 0; i < 50; ++i) {
      // The same text, and another one each time: r names the nonce.
      for (const std::string& text : {std::string("x"), absl::StrCat(i)}) {
        std::string signature;
        ASSERT_THAT(key.Sign(text, &signature), IsOk());
        EXPECT_TRUE(
            nonces.insert(signature.substr(0, signature.size() / 2)).second);
      }
    }
  }
}

TEST_F(JwtAttacks, G132_RotationOverlaps) {
  const auto second = NewKey("second");
  const std::string old = Mint();
  ASSERT_THAT(Verify(old), IsOk());
  // First it is published, and signs nothing.
  ring_.Replace(first_, {first_->public_key(), second->public_key()});
  EXPECT_THAT(WriteJwks(ring_.Published()), HasSubstr("\"second\""));
  EXPECT_EQ(SplitCompact(Mint())->header, SplitCompact(old)->header);
  EXPECT_THAT(Verify(old), IsOk());
  // Then it signs, and the old one is kept for the tokens it has signed.
  ring_.Replace(second, {first_->public_key(), second->public_key()});
  const std::string fresh = Mint();
  EXPECT_NE(SplitCompact(fresh)->header, SplitCompact(old)->header);
  EXPECT_THAT(Verify(fresh), IsOk());
  EXPECT_THAT(Verify(old), IsOk());
  EXPECT_THAT(Verify(old, kNow + kTtl), HasReason(Reason::kTokenExpired));
  // Then it is gone.
  ring_.Replace(second, {second->public_key()});
  EXPECT_THAT(Verify(old), HasReason(Reason::kTokenKeyUnknown));
  EXPECT_THAT(Verify(fresh), IsOk());
}

TEST_F(JwtAttacks, G133_PublishedKeysHoldPublicMembersOnly) {
  std::vector<PublicKey> all;
  for (const Algorithm algorithm :
       {Algorithm::kRs256, Algorithm::kPs256, Algorithm::kEs256,
        Algorithm::kEs384, Algorithm::kEs512, Algorithm::kEdDsa,
        Algorithm::kHs256}) {
    const auto key = SigningKey::Generate(algorithm);
    ASSERT_THAT(key, IsOk());
    all.push_back(key->public_key());
    if (IsMac(algorithm)) continue;
    // The kid says nothing that the public key does not.
    EXPECT_EQ(key->kid(), key->public_key().Thumbprint());
  }
  const json::Value document = json::Parse(WriteJwks(KeyTable(all))).value();
  const json::Value::Array& keys = *document.Find("keys")->as_array();
  EXPECT_EQ(keys.size(), all.size() - 1);  // the secret is not there
  const std::set<std::string> open = {"kty", "kid", "alg", "use", "crv",
                                      "n",   "e",   "x",   "y"};
  for (const json::Value& jwk : keys) {
    for (const auto& [name, value] : *jwk.as_object()) {
      EXPECT_TRUE(open.count(name) == 1) << name;
    }
  }
}

TEST_F(JwtAttacks, G134_ClockThatJumps) {
  for (const absl::Duration jump :
       {absl::Hours(5), -absl::Hours(5), absl::Hours(24 * 400)}) {
    const absl::Time then = kNow + jump;
    session_.expires_at = then + absl::Hours(1);
    const auto minted = tokens_.Mint(session_, then);
    ASSERT_THAT(minted, IsOk());
    EXPECT_EQ(minted->expires_at, then + kTtl);
    EXPECT_THAT(Verify(minted->token, then), IsOk());
    // Set right again, the clock makes no long life of it; remembered or not.
    EXPECT_THAT(
        Verify(minted->token, kNow),
        HasReason(jump > absl::ZeroDuration() ? Reason::kTokenNotYetValid
                                              : Reason::kTokenExpired));
  }
  // Nor does another's word for it, by the same key.
  json::Value payload = PayloadOf(Mint());
  payload.Set("exp", absl::ToUnixSeconds(kNow + absl::Hours(24 * 365)));
  EXPECT_THAT(Verify(MintToken(payload, "at+jwt", *first_).value()),
              HasReason(Reason::kTokenLifetimeTooLong));
}

}  // namespace
}  // namespace latchkey
