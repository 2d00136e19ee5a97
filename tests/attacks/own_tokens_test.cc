// Cases of sections B and C that are about latchkey's own tokens: sessions,
// refresh tokens and remembered verifications.
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "core/base/base64url.h"
#include "core/base/reason.h"
#include "core/json/json.h"
#include "core/jwt/compact.h"
#include "core/jwt/token_minter.h"
#include "core/session/access_tokens.h"
#include "core/session/session_test_world.h"
#include "core/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

using ::testing::ElementsAre;

// Its access tokens remember what they verified.
class JwtAttacks : public ::testing::Test {
 protected:
  JwtAttacks() : user_(world_.AddUser()), issued_(world_.Begin(user_)) {}

  static json::Value PayloadOf(absl::string_view token) {
    const CompactToken parts = SplitCompact(token).value();
    return json::Parse(Base64UrlDecode(parts.payload).value()).value();
  }
  // With is the session's token with one claim changed.
  std::string With(absl::string_view claim, json::Value value) {
    json::Value payload = PayloadOf(issued_.access_token);
    payload.Set(claim, std::move(value));
    return Sign(payload, "at+jwt");
  }
  std::string Sign(const json::Value& payload, absl::string_view typ) {
    return MintToken(payload, typ, *world_.keys->Current()).value();
  }
  absl::Status Verify(const std::string& token) {
    return world_.Verify(token).status();
  }

  SessionTestWorld world_;
  const UserRecord user_;
  const IssuedSession issued_;
};

TEST_F(JwtAttacks, B48_OwnTokensOfOtherKinds) {
  EXPECT_THAT(Verify(issued_.access_token), IsOk());
  // The refresh token is of another key, algorithm and type.
  EXPECT_THAT(Verify(issued_.refresh_token),
              HasReason(Reason::kTokenKeyUnknown));
  const json::Value payload = PayloadOf(issued_.access_token);
  for (const char* typ : {"rt+jwt", "JWT", "", "logout+jwt", "link+jwt"}) {
    EXPECT_THAT(Verify(Sign(payload, typ)),
                HasReason(Reason::kTokenTypeMismatch))
        << typ;
  }
  // Nor does an access token refresh.
  EXPECT_THAT(world_.sessions.Refresh(issued_.access_token, world_.ctx()),
              HasReason(Reason::kRefreshTokenInvalid));
}

TEST_F(JwtAttacks, C64_EarlyTokenIsNotRemembered) {
  const int64_t now = absl::ToUnixSeconds(world_.clock.TimeNow());
  const std::string token = With("nbf", now + 60);
  for (int i = 0; i < 3; ++i) {
    EXPECT_THAT(Verify(token), HasReason(Reason::kTokenNotYetValid));
  }
  // Neither as bad for ever,
  world_.clock.AdvanceTime(absl::Seconds(60));
  EXPECT_THAT(Verify(token), IsOk());
  EXPECT_THAT(Verify(token), IsOk());
  // nor as good once and for all.
  world_.clock.AdvanceTime(-absl::Seconds(61));
  EXPECT_THAT(Verify(token), HasReason(Reason::kTokenNotYetValid));
  world_.clock.AdvanceTime(absl::Minutes(31));
  EXPECT_THAT(Verify(token), HasReason(Reason::kTokenExpired));
}

TEST_F(JwtAttacks, C69_TokenForOneUseIsReplayed) {
  const auto next =
      world_.sessions.Refresh(issued_.refresh_token, world_.ctx());
  ASSERT_THAT(next, IsOk());
  const auto third = world_.sessions.Refresh(next->refresh_token, world_.ctx());
  ASSERT_THAT(third, IsOk());
  EXPECT_THAT(world_.sessions.Refresh(issued_.refresh_token, world_.ctx()),
              HasReason(Reason::kRefreshReused));
  // Whoever else holds one of the family has to log in again.
  EXPECT_THAT(world_.sessions.Refresh(third->refresh_token, world_.ctx()),
              HasReason(Reason::kSessionRevoked));
  EXPECT_THAT(Verify(third->access_token), HasReason(Reason::kSessionRevoked));
}

// Access tokens carry no scope; what they allow is a list of roles.
TEST_F(JwtAttacks, C74_RolesAreWholeWords) {
  const auto roles = [this](json::Value value) {
    return world_.Verify(With("roles", std::move(value)));
  };
  using Array = json::Value::Array;
  const auto whole = roles(Array{json::Value("reader admin"), json::Value("  "),
                                 json::Value("Admin")});
  ASSERT_THAT(whole, IsOk());
  EXPECT_THAT(whole->roles, ElementsAre("reader admin", "  ", "Admin"));
  for (const json::Value& value :
       {json::Value("admin"), json::Value("reader admin"), json::Value(1),
        json::Value(), json::Value(json::Value::Object{}),
        json::Value(Array{json::Value("a"), json::Value(1)}),
        json::Value(Array{json::Value(Array{json::Value("admin")})})}) {
    EXPECT_THAT(roles(value), HasReason(Reason::kTokenClaimInvalid))
        << json::Write(value);
  }
  const auto scope = world_.Verify(With("scope", "admin"));
  ASSERT_THAT(scope, IsOk());
  EXPECT_TRUE(scope->roles.empty());
}

TEST_F(JwtAttacks, C77_TokenOfARevokedSession) {
  // Remembered or not.
  ASSERT_THAT(Verify(issued_.access_token), IsOk());
  ASSERT_THAT(Verify(issued_.access_token), IsOk());
  const IssuedSession fresh = world_.Begin(user_);
  const IssuedSession other = world_.Begin(user_);
  world_.revocations.Add(issued_.session.id, world_.clock.TimeNow());
  world_.revocations.Add(fresh.session.id, world_.clock.TimeNow());
  EXPECT_THAT(Verify(issued_.access_token), HasReason(Reason::kSessionRevoked));
  EXPECT_THAT(Verify(fresh.access_token), HasReason(Reason::kSessionRevoked));
  EXPECT_THAT(Verify(other.access_token), IsOk());
  // A session id that is none counts as revoked.
  EXPECT_THAT(Verify(With("sid", "x")), HasReason(Reason::kSessionRevoked));
  EXPECT_THAT(Verify(With("sid", 1)), HasReason(Reason::kTokenClaimInvalid));
}

}  // namespace
}  // namespace latchkey
