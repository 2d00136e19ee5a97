#include "core/base/identity.h"

#include "gtest/gtest.h"

namespace latchkey {
namespace {

TEST(ProviderKindTest, NamesOfTheApi) {
  EXPECT_STREQ(ProviderKindName(ProviderKind::kAnonymous), "anonymous");
  EXPECT_STREQ(ProviderKindName(ProviderKind::kEmailPassword),
               "email_password");
  EXPECT_STREQ(ProviderKindName(ProviderKind::kApiKey), "api_key");
  EXPECT_STREQ(ProviderKindName(ProviderKind::kCustomJwt), "custom_jwt");
  EXPECT_STREQ(ProviderKindName(ProviderKind::kFunction), "function");
  EXPECT_STREQ(ProviderKindName(ProviderKind::kOidc), "oidc");
  EXPECT_STREQ(ProviderKindName(ProviderKind::kGoogle), "google");
  EXPECT_STREQ(ProviderKindName(ProviderKind::kApple), "apple");
  EXPECT_STREQ(ProviderKindName(ProviderKind::kFacebook), "facebook");
}

}  // namespace
}  // namespace latchkey
