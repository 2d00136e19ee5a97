#include "core/session/access_tokens.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "core/base/base64url.h"
#include "core/base/reason.h"
#include "core/json/json.h"
#include "core/jwt/compact.h"
#include "core/jwt/token_minter.h"
#include "core/session/refresh_tokens.h"
#include "core/session/session_test_world.h"
#include "core/testing/fake_random.h"
#include "core/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);
constexpr char kIssuer[] = "https://auth.example.com";

// Every test runs without and with the cache of verified tokens.
class AccessTokensTest : public ::testing::TestWithParam<size_t> {
 protected:
  AccessTokensTest() : keys_(NewKeyRing()), revocations_(absl::Minutes(30)) {
    AccessTokenOptions options;
    options.issuer = kIssuer;
    options.cache_entries = GetParam();
    tokens_ = Make(options);

    session_.id = NewSessionId(&random_);
    session_.app = AppId("myapp-abcde");
    session_.user = UserId("0123456789abcdef01234567");
    session_.provider = ProviderName("okta");
    session_.subject = "24601";
    session_.roles = {"reader", "writer"};
    session_.expires_at = kNow + absl::Hours(1);
  }

  std::unique_ptr<AccessTokens> Make(const AccessTokenOptions& options) {
    return std::make_unique<AccessTokens>(options, keys_.get(), &revocations_,
                                          &random_);
  }

  std::string Mint() {
    absl::StatusOr<AccessTokens::Minted> minted = tokens_->Mint(session_, kNow);
    EXPECT_THAT(minted, IsOk());
    return minted->token;
  }

  // Valid is the payload of a token that is accepted.
  json::Value Valid() {
    json::Value payload(json::Value::Object{});
    payload.Set("iss", kIssuer);
    payload.Set("sub", session_.user.value());
    payload.Set("aud", "myapp-abcde");
    payload.Set("iat", absl::ToUnixSeconds(kNow));
    payload.Set("exp", absl::ToUnixSeconds(kNow + absl::Minutes(30)));
    payload.Set("jti", "x");
    payload.Set("sid", session_.id.value());
    payload.Set("app", "myapp-abcde");
    payload.Set("idp", "okta");
    payload.Set("idp_sub", "24601");
    return payload;
  }
  json::Value With(const char* member, json::Value value) {
    json::Value payload = Valid();
    payload.Set(member, std::move(value));
    return payload;
  }
  std::string Sign(const json::Value& payload, const char* typ = "at+jwt") {
    return *MintToken(payload, typ, *keys_->Current());
  }

  absl::Status Verify(absl::string_view token, absl::Time now = kNow,
                      const std::vector<std::string>& audiences = {}) {
    return tokens_->Verify(token, audiences, now, &principal_);
  }

  FakeRandom random_;
  std::unique_ptr<KeyRing> keys_;
  Revocations revocations_;
  std::unique_ptr<AccessTokens> tokens_;
  SessionRecord session_;
  Principal principal_;
};

INSTANTIATE_TEST_SUITE_P(Cache, AccessTokensTest, ::testing::Values(0, 64));

TEST_P(AccessTokensTest, APrincipalComesBackWhole) {
  const std::string token = Mint();
  for (int i = 0; i < 3; ++i) {
    principal_ = Principal();
    ASSERT_THAT(Verify(token), IsOk());
    EXPECT_EQ(principal_.user_id, session_.user.value());
    EXPECT_EQ(principal_.app, "myapp-abcde");
    EXPECT_EQ(principal_.session_id, session_.id.value());
    EXPECT_EQ(principal_.provider, "okta");
    EXPECT_EQ(principal_.subject, "24601");
    EXPECT_THAT(principal_.roles, ElementsAre("reader", "writer"));
    EXPECT_THAT(principal_.audience, ElementsAre("myapp-abcde"));
    EXPECT_EQ(principal_.issued_at, kNow);
    EXPECT_EQ(principal_.expires_at, kNow + absl::Minutes(30));
  }
}

TEST_P(AccessTokensTest, TheTokenHasTheClaimsOfRfc9068) {
  const std::string token = Mint();
  absl::StatusOr<CompactToken> parts = SplitCompact(token);
  ASSERT_THAT(parts, IsOk());
  absl::StatusOr<JoseHeader> header = ParseHeader(parts->header);
  ASSERT_THAT(header, IsOk());
  EXPECT_EQ(header->typ, "at+jwt");
  EXPECT_EQ(header->kid, keys_->Current()->kid());

  absl::StatusOr<json::Value> payload =
      json::ParseObject(*Base64UrlDecode(parts->payload));
  ASSERT_THAT(payload, IsOk());
  json::Value expected = Valid();
  const json::Value* jti = payload->Find("jti");
  ASSERT_NE(jti, nullptr);
  EXPECT_EQ(Base64UrlDecode(*jti->as_string())->size(), 16u);
  for (const auto& [name, value] : *expected.as_object()) {
    ASSERT_NE(payload->Find(name), nullptr) << name;
    if (name != "jti") {
      EXPECT_EQ(json::Write(*payload->Find(name)), json::Write(value)) << name;
    }
  }
  ASSERT_NE(payload->Find("roles"), nullptr);
  EXPECT_EQ(json::Write(*payload->Find("roles")), R"(["reader","writer"])");
  EXPECT_NE(Mint(), token);
}

TEST_P(AccessTokensTest, WithoutRolesThereIsNoRolesClaim) {
  session_.roles.clear();
  ASSERT_THAT(Verify(Mint()), IsOk());
  EXPECT_THAT(principal_.roles, IsEmpty());
}

TEST_P(AccessTokensTest, ATokenNeverOutlivesItsSession) {
  session_.expires_at = kNow + absl::Milliseconds(5500);
  absl::StatusOr<AccessTokens::Minted> minted = tokens_->Mint(session_, kNow);
  ASSERT_THAT(minted, IsOk());
  EXPECT_EQ(minted->expires_at, kNow + absl::Seconds(5));
  session_.expires_at = kNow + absl::Milliseconds(500);
  EXPECT_THAT(tokens_->Mint(session_, kNow),
              HasReason(Reason::kSessionExpired));
}

TEST_P(AccessTokensTest, ExpiresAtTheSecond) {
  const std::string token = Mint();
  const absl::Time end = kNow + absl::Minutes(30);
  EXPECT_THAT(Verify(token, end - absl::Nanoseconds(1)), IsOk());
  EXPECT_THAT(Verify(token, end), HasReason(Reason::kTokenExpired));
  EXPECT_EQ(principal_.user_id, "");
}

TEST_P(AccessTokensTest, IsNotValidBeforeItWasIssued) {
  const std::string token = Mint();
  EXPECT_THAT(Verify(token, kNow - absl::Seconds(1)),
              HasReason(Reason::kTokenNotYetValid));
  EXPECT_THAT(Verify(token), IsOk());
  EXPECT_THAT(Verify(token, kNow - absl::Seconds(1)),
              HasReason(Reason::kTokenNotYetValid));
}

TEST_P(AccessTokensTest, LeewayBendsBothEnds) {
  AccessTokenOptions options;
  options.issuer = kIssuer;
  options.cache_entries = GetParam();
  options.leeway = absl::Seconds(30);
  tokens_ = Make(options);
  const std::string token = Mint();
  const absl::Time end = kNow + absl::Minutes(30);
  for (int i = 0; i < 2; ++i) {
    EXPECT_THAT(Verify(token, kNow - absl::Seconds(30)), IsOk());
    EXPECT_THAT(Verify(token, kNow - absl::Seconds(31)),
                HasReason(Reason::kTokenNotYetValid));
    EXPECT_THAT(Verify(token, end + absl::Seconds(29)), IsOk());
    EXPECT_THAT(Verify(token, end + absl::Seconds(30)),
                HasReason(Reason::kTokenExpired));
  }
}

TEST_P(AccessTokensTest, TokensOfALongerTtlAreRefusedOnceItIsSmaller) {
  AccessTokenOptions options;
  options.issuer = kIssuer;
  options.cache_entries = GetParam();
  const std::string old = Mint();
  options.ttl = absl::Minutes(30) - absl::Seconds(1);
  tokens_ = Make(options);
  EXPECT_THAT(Verify(old), HasReason(Reason::kTokenLifetimeTooLong));
  EXPECT_THAT(Verify(Mint()), IsOk());
  options.ttl = absl::Minutes(30);
  tokens_ = Make(options);
  EXPECT_THAT(Verify(old), IsOk());
}

TEST_P(AccessTokensTest, OneWantedAudienceMustBeThere) {
  const std::string token = Mint();
  for (int i = 0; i < 2; ++i) {
    EXPECT_THAT(Verify(token, kNow, {"other", "myapp-abcde"}), IsOk());
    EXPECT_THAT(Verify(token, kNow, {"other"}),
                HasReason(Reason::kTokenAudienceMismatch));
    EXPECT_THAT(Verify(token, kNow, {""}),
                HasReason(Reason::kTokenAudienceMismatch));
    EXPECT_THAT(Verify(token, kNow, {"myapp"}),
                HasReason(Reason::kTokenAudienceMismatch));
  }
}

TEST_P(AccessTokensTest, ARevokedSessionsTokenFailsAtOnce) {
  const std::string token = Mint();
  ASSERT_THAT(Verify(token), IsOk());
  revocations_.Add(session_.id, kNow);
  EXPECT_THAT(Verify(token), HasReason(Reason::kSessionRevoked));
  EXPECT_EQ(principal_.user_id, "");
}

TEST_P(AccessTokensTest, ARemovedKeysTokensFailAtOnce) {
  const std::string token = Mint();
  ASSERT_THAT(Verify(token), IsOk());
  const std::unique_ptr<KeyRing> other = NewKeyRing();
  keys_->Replace(other->Current(), {other->Current()->public_key()});
  EXPECT_THAT(Verify(token), HasReason(Reason::kTokenKeyUnknown));
}

TEST_P(AccessTokensTest, ARetiredKeysTokensStayGood) {
  const std::string token = Mint();
  const PublicKey retired = keys_->Current()->public_key();
  const std::unique_ptr<KeyRing> other = NewKeyRing();
  keys_->Replace(other->Current(), {other->Current()->public_key(), retired});
  EXPECT_THAT(Verify(token), IsOk());
  EXPECT_THAT(Verify(Mint()), IsOk());
}

TEST_P(AccessTokensTest, EveryChangedCharacterIsRefused) {
  const std::string token = Mint();
  ASSERT_THAT(Verify(token), IsOk());
  const size_t signature = token.rfind('.') + 1;
  for (size_t i = 0; i < token.size(); ++i) {
    std::string changed = token;
    changed[i] = changed[i] == 'A' ? 'Q' : 'A';
    if (changed == token) continue;
    const absl::Status status = Verify(changed);
    EXPECT_FALSE(status.ok()) << i;
    // The last character holds bits that must be zero.
    if (i >= signature && i + 1 < token.size()) {
      EXPECT_THAT(status, HasReason(Reason::kTokenSignatureInvalid)) << i;
    }
  }
  EXPECT_THAT(Verify(token), IsOk());
}

TEST_P(AccessTokensTest, MalformedTokens) {
  const std::string token = Mint();
  const std::vector<std::string> parts = absl::StrSplit(token, '.');
  for (const std::string& text :
       {std::string(), std::string("."), std::string(".."), std::string("a"),
        parts[0] + "." + parts[1], parts[0] + "." + parts[1] + ".", token + "=",
        " " + token, token + "\n", "." + token,
        "e30=." + parts[1] + "." + parts[2]}) {
    EXPECT_THAT(Verify(text), HasReason(Reason::kTokenMalformed)) << text;
  }
  // 16 KiB, as Verify: roles can be many.
  EXPECT_THAT(Verify(std::string(16 * 1024, 'a')),
              HasReason(Reason::kTokenMalformed));
  EXPECT_THAT(Verify(std::string(16 * 1024 + 1, 'a')),
              HasReason(Reason::kTokenTooLarge));
}

TEST_P(AccessTokensTest, UnsupportedTokens) {
  const std::string payload = Base64UrlEncode(json::Write(Valid()));
  const std::string kid = keys_->Current()->kid();
  const auto with_header = [&](const std::string& header) {
    return absl::StrCat(Base64UrlEncode(header), ".", payload, ".AAAA");
  };
  EXPECT_THAT(Verify(with_header(R"({"alg":"none","typ":"at+jwt"})")),
              HasReason(Reason::kTokenUnsupported));
  EXPECT_THAT(Verify(with_header(absl::StrCat(
                  R"({"alg":"ES256","typ":"at+jwt","crit":["x"],"kid":")", kid,
                  "\"}"))),
              HasReason(Reason::kTokenUnsupported));
  EXPECT_THAT(Verify("a.b.c.d.e"), HasReason(Reason::kTokenUnsupported));
}

TEST_P(AccessTokensTest, TheKeyDecidesTheAlgorithm) {
  const std::string header =
      absl::StrCat(R"({"alg":"HS256","typ":"at+jwt","kid":")",
                   keys_->Current()->kid(), "\"}");
  EXPECT_THAT(Verify(absl::StrCat(Base64UrlEncode(header), ".",
                                  Base64UrlEncode(json::Write(Valid())), ".",
                                  Base64UrlEncode(std::string(32, 'x')))),
              HasReason(Reason::kTokenAlgorithmMismatch));
}

TEST_P(AccessTokensTest, ForeignKeysAreUnknown) {
  const std::unique_ptr<KeyRing> other = NewKeyRing();
  absl::StatusOr<std::string> foreign =
      MintToken(Valid(), "at+jwt", *other->Current());
  ASSERT_THAT(foreign, IsOk());
  EXPECT_THAT(Verify(*foreign), HasReason(Reason::kTokenKeyUnknown));
  EXPECT_FALSE(tokens_->LooksOwn(*foreign));
}

TEST_P(AccessTokensTest, ARefreshTokenIsNoAccessToken) {
  absl::StatusOr<std::string> refresh =
      RefreshTokens(keys_.get()).Mint(session_);
  ASSERT_THAT(refresh, IsOk());
  EXPECT_THAT(Verify(*refresh), HasReason(Reason::kTokenKeyUnknown));
  // Not even one that was signed with the access key.
  EXPECT_THAT(Verify(Sign(Valid(), "rt+jwt")),
              HasReason(Reason::kTokenTypeMismatch));
  EXPECT_THAT(Verify(Sign(Valid(), "JWT")),
              HasReason(Reason::kTokenTypeMismatch));
}

TEST_P(AccessTokensTest, TheIssuerIsExact) {
  EXPECT_THAT(Verify(Sign(Valid())), IsOk());
  for (const char* issuer :
       {"https://auth.example.com/", "https://AUTH.example.com",
        "https://auth.exampl", ""}) {
    EXPECT_THAT(Verify(Sign(With("iss", issuer))),
                HasReason(Reason::kTokenIssuerMismatch))
        << issuer;
  }
}

TEST_P(AccessTokensTest, ClaimsOfTheWrongShapeAreRefused) {
  for (const char* member : {"sid", "app", "idp", "idp_sub", "roles", "sub"}) {
    EXPECT_THAT(Verify(Sign(With(member, int64_t{7}))),
                HasReason(Reason::kTokenClaimInvalid))
        << member;
  }
  EXPECT_THAT(
      Verify(Sign(With("roles", json::Value::Array{json::Value(int64_t{7})}))),
      HasReason(Reason::kTokenClaimInvalid));
  for (const char* missing :
       {"sub", "aud", "iat", "exp", "sid", "app", "idp", "idp_sub"}) {
    json::Value::Object members;
    const json::Value valid = Valid();
    for (const auto& [name, value] : *valid.as_object()) {
      if (name != missing) members.emplace_back(name, value);
    }
    EXPECT_THAT(Verify(Sign(json::Value(members))),
                HasReason(Reason::kTokenClaimInvalid))
        << missing;
  }
}

TEST_P(AccessTokensTest, NotBeforeIsRememberedToo) {
  const std::string token =
      Sign(With("nbf", absl::ToUnixSeconds(kNow + absl::Minutes(1))));
  const absl::Time start = kNow + absl::Minutes(1);
  EXPECT_THAT(Verify(token), HasReason(Reason::kTokenNotYetValid));
  EXPECT_THAT(Verify(token, start), IsOk());
  EXPECT_THAT(Verify(token, start - absl::Seconds(1)),
              HasReason(Reason::kTokenNotYetValid));
}

TEST_P(AccessTokensTest, CustomDataIsLeftOutRatherThanTheToken) {
  AccessTokenOptions options;
  options.issuer = kIssuer;
  options.max_user_data = 100;
  tokens_ = Make(options);
  session_.rotates = false;
  const auto has_data = [&](const std::string& data) {
    const auto minted = tokens_->Mint(session_, kNow, data);
    EXPECT_THAT(minted, IsOk());
    if (!minted.ok()) return false;
    EXPECT_THAT(Verify(minted->token), IsOk());
    const std::vector<std::string> parts = absl::StrSplit(minted->token, '.');
    const auto payload = json::ParseObject(*Base64UrlDecode(parts[1]));
    EXPECT_THAT(payload, IsOk());
    return payload.ok() && payload->Find("user_data") != nullptr;
  };
  const auto nested = [](size_t levels) {  // the object is one of them
    return absl::StrCat("{\"a\":", std::string(levels - 1, '['),
                        std::string(levels - 1, ']'), "}");
  };
  EXPECT_TRUE(has_data(nested(31)));
  EXPECT_FALSE(has_data(nested(32)));
  const auto sized = [](size_t bytes) {
    return absl::StrCat("{\"a\":\"", std::string(bytes - 8, 'x'), "\"}");
  };
  EXPECT_TRUE(has_data(sized(100)));
  EXPECT_FALSE(has_data(sized(101)));
}

TEST_P(AccessTokensTest, ATokenThatCannotBeIsNoMistakeOfTheCaller) {
  session_.subject = std::string(16 * 1024, 'x');
  EXPECT_THAT(tokens_->Mint(session_, kNow), HasReason(Reason::kInternal));
}

TEST_P(AccessTokensTest, LooksOwnGoesByTheKeyId) {
  EXPECT_TRUE(tokens_->LooksOwn(Mint()));
  for (const char* text :
       {"", "lk_1234_abc", "a.b.c", "eyJhbGciOiJFUzI1NiJ9.e30.AA"}) {
    EXPECT_FALSE(tokens_->LooksOwn(text)) << text;
  }
}

}  // namespace
}  // namespace latchkey
