#include "server/http/well_known.h"

#include <memory>
#include <utility>

#include "core/crypto/signing_key.h"
#include "core/jwt/jwk.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class WellKnownTest : public ::testing::Test {
 protected:
  WellKnownTest() {
    auto active = std::make_shared<const SigningKey>(
        *SigningKey::Generate(Algorithm::kEs256));
    auto refresh = std::make_shared<const SigningKey>(
        *SigningKey::Generate(Algorithm::kHs256));
    kid_ = active->kid();
    ring_ = std::make_unique<KeyRing>(
        active, std::vector<PublicKey>{active->public_key()}, refresh);
  }
  std::string kid_;
  std::unique_ptr<KeyRing> ring_;
};

TEST_F(WellKnownTest, PublishesOnlyPublicMembersOfAccessKeys) {
  const WellKnown well_known("https://id.example", ring_.get());
  const auto reply = well_known.Get("/.well-known/jwks.json");
  ASSERT_TRUE(reply.has_value());
  EXPECT_EQ(reply->content_type, "application/jwk-set+json");
  EXPECT_THAT(reply->body, HasSubstr(kid_));
  EXPECT_THAT(reply->body, Not(HasSubstr("\"d\"")));
  EXPECT_THAT(reply->body, Not(HasSubstr("oct")));
  const auto parsed = ParseJwks(reply->body);
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(parsed->keys.size(), 1u);
}

TEST_F(WellKnownTest, MetadataNamesIssuerAndKeys) {
  const WellKnown well_known("https://id.example/", ring_.get());
  const auto reply = well_known.Get("/.well-known/openid-configuration");
  ASSERT_TRUE(reply.has_value());
  EXPECT_THAT(reply->body, HasSubstr(R"("issuer":"https://id.example/")"));
  EXPECT_THAT(
      reply->body,
      HasSubstr(R"("jwks_uri":"https://id.example/.well-known/jwks.json")"));
  EXPECT_THAT(reply->body, HasSubstr(R"(["ES256"])"));
  EXPECT_EQ(well_known.Get("/.well-known/oauth-authorization-server")->body,
            reply->body);
}

TEST_F(WellKnownTest, NothingElseIsThere) {
  const WellKnown well_known("https://id.example", ring_.get());
  EXPECT_FALSE(well_known.Get("/.well-known/other").has_value());
}

}  // namespace
}  // namespace latchkey
