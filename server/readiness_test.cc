#include "server/readiness.h"

#include <memory>
#include <string>

#include "core/base/reason.h"
#include "core/base/simulated_clock.h"
#include "core/testing/fake_fetcher.h"
#include "core/testing/fake_random.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

using ::testing::HasSubstr;

// A store that is as healthy as told.
class MoodyStore final : public Store {
 public:
  UserStore* users() override { return nullptr; }
  SessionStore* sessions() override { return nullptr; }
  PasswordStore* passwords() override { return nullptr; }
  ApiKeyStore* api_keys() override { return nullptr; }
  KeyStore* keys() override { return nullptr; }
  absl::Status UpdateAndRemovePassword(
      const UserRecord& /*user*/, absl::string_view /*password*/) override {
    return absl::OkStatus();
  }
  absl::Status Healthy() override { return health; }

  absl::Status health;
};

class ReadinessTest : public ::testing::Test {
 protected:
  std::string Look() {
    readiness_.Look();
    return readiness_.NotReadyBecause();
  }

  SimulatedClock clock_{absl::FromUnixSeconds(1'700'000'000)};
  FakeRandom random_;
  FakeFetcher fetcher_;
  MoodyStore store_;
  JwksCache jwks_{JwksCacheOptions(), &fetcher_, &clock_, &random_};
  Readiness readiness_{&store_, &jwks_};
};

TEST_F(ReadinessTest, FollowsTheStore) {
  EXPECT_EQ(readiness_.NotReadyBecause(), "starting");
  EXPECT_EQ(Look(), "");
  store_.health = Error(Reason::kStoreUnavailable, "disk full");
  EXPECT_EQ(Look(), "the store is unavailable");
  store_.health = absl::OkStatus();
  // Until the next look the answer is the old one.
  EXPECT_EQ(readiness_.NotReadyBecause(), "the store is unavailable");
  EXPECT_EQ(Look(), "");
}

TEST_F(ReadinessTest, WaitsForRequiredKeySourcesOnly) {
  KeySourceSpec optional;
  optional.jwks_uri = "https://optional.example/keys";
  const auto first = jwks_.Use(optional);
  EXPECT_EQ(Look(), "");
  KeySourceSpec required;
  required.jwks_uri = "https://required.example/keys";
  required.required = true;
  const auto second = jwks_.Use(required);
  EXPECT_THAT(Look(), HasSubstr("https://required.example/keys has no keys"));
}

TEST_F(ReadinessTest, StoppingIsFinalAndReloadsAreOnlyShown) {
  readiness_.SetReloadFailure("bad file");
  EXPECT_EQ(Look(), "");
  EXPECT_EQ(readiness_.reload_failure(), "bad file");
  readiness_.SetStopping();
  EXPECT_EQ(Look(), "stopping");
}

}  // namespace
}  // namespace latchkey
