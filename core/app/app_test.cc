#include "core/app/app.h"

#include <string>
#include <utility>
#include <vector>

#include "core/base/reason.h"
#include "core/provider/provider_test_world.h"
#include "core/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

ProviderSettings Named(const char* name) {
  ProviderSettings settings;
  settings.name = ProviderName(name);
  return settings;
}

AppSettings WithProviders(const char* id) {
  AppSettings app;
  app.id = AppId(id);
  app.providers.push_back(Named("anonymous"));
  app.providers.push_back(Named("members"));
  EmailPasswordSettings automatic;
  automatic.confirmation = EmailPasswordSettings::Confirmation::kAutomatic;
  app.providers.back().arm = automatic;
  app.providers.push_back(Named("guests"));
  app.providers.back().arm = EmailPasswordSettings();
  return app;
}

class AppTest : public testing::Test {
 protected:
  absl::StatusOr<std::shared_ptr<const AppTable>> Build() {
    return BuildAppTable(settings_, world_.deps());
  }
  ProviderTestWorld world_;
  std::vector<AppSettings> settings_;
};

TEST_F(AppTest, FindsAppsAndTheirProviders) {
  settings_.push_back(WithProviders("zeta-abcde"));
  settings_.push_back(WithProviders("alfa-abcde"));
  settings_.back().direct_api_keys = true;
  const auto table = Build();
  ASSERT_THAT(table, IsOk());
  ASSERT_EQ((*table)->apps().size(), 2u);
  EXPECT_EQ((*table)->apps()[0]->id.value(), "alfa-abcde");
  const auto app = (*table)->Find(AppId("alfa-abcde"));
  ASSERT_NE(app, nullptr);
  EXPECT_TRUE(app->direct_api_keys);
  EXPECT_THAT(app->registry.Find(ProviderKind::kAnonymous, ProviderName()),
              IsOk());
  using Confirmation = EmailPasswordSettings::Confirmation;
  EXPECT_EQ(app->email_accounts.at("members")->settings.confirmation,
            Confirmation::kAutomatic);
  EXPECT_EQ(app->email_accounts.at("guests")->settings.confirmation,
            Confirmation::kNone);
  EXPECT_EQ(app->email_accounts.count("anonymous"), 0u);
  EXPECT_EQ((*table)->Find(AppId("other-abcde")), nullptr);
  EXPECT_EQ((*table)->Find(AppId()), nullptr);
}

TEST_F(AppTest, DisabledAppsAndProvidersAreNotThere) {
  settings_.push_back(WithProviders("alfa-abcde"));
  settings_.push_back(WithProviders("zeta-abcde"));
  settings_[0].disabled = true;
  settings_[1].providers[1].disabled = true;
  const auto table = Build();
  ASSERT_THAT(table, IsOk());
  EXPECT_EQ((*table)->Find(AppId("alfa-abcde")), nullptr);
  const auto app = (*table)->Find(AppId("zeta-abcde"));
  ASSERT_NE(app, nullptr);
  EXPECT_EQ(app->email_accounts.count("members"), 0u);
  EXPECT_EQ(app->email_accounts.count("guests"), 1u);
}

TEST_F(AppTest, ErrorsNameTheApp) {
  settings_.push_back(WithProviders("alfa-abcde"));
  settings_[0].providers.push_back(Named("guests"));
  const auto taken = Build();
  ASSERT_THAT(taken, HasReason(Reason::kInvalidRequest));
  EXPECT_THAT(std::string(taken.status().message()),
              testing::StartsWith("app alfa-abcde: provider guests: "));
}

TEST_F(AppTest, RefusesEqualIds) {
  settings_.push_back(WithProviders("alfa-abcde"));
  settings_.push_back(WithProviders("alfa-abcde"));
  EXPECT_THAT(Build(), HasReason(Reason::kInvalidRequest));
}

TEST_F(AppTest, DirectVerificationNeedsItsProvider) {
  settings_.push_back(WithProviders("alfa-abcde"));
  settings_[0].direct_custom_jwt = {ProviderName("okta")};
  EXPECT_THAT(Build(), HasReason(Reason::kInvalidRequest));

  CustomJwtSettings jwt;
  jwt.signing_keys.push_back({"one", Secret(std::string(32, 'k'))});
  settings_[0].providers.push_back(Named("okta"));
  settings_[0].providers.back().arm = std::move(jwt);
  const auto table = Build();
  ASSERT_THAT(table, IsOk());
  EXPECT_EQ((*table)->apps()[0]->direct_custom_jwt.at(0).value(), "okta");
}

}  // namespace
}  // namespace latchkey
