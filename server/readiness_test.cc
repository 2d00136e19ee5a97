#include "server/readiness.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "core/base/named_thread.h"
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
  OneTimeTokenStore* one_time_tokens() override { return nullptr; }
  EventStore* events() override { return nullptr; }
  absl::Status UpdatePasswordByToken(const PasswordRecord& /*password*/,
                                     absl::string_view /*token*/) override {
    return absl::OkStatus();
  }
  absl::Status UpdateAndRemovePassword(
      const UserRecord& /*user*/, absl::string_view /*password*/) override {
    return absl::OkStatus();
  }
  absl::Status RecordLogin(const UserRecord& /*user*/,
                           const SessionRecord& /*session*/) override {
    return absl::OkStatus();
  }
  absl::Status Healthy() override {
    absl::MutexLock lock(&mu_);
    asked_ = true;
    mu_.Await(absl::Condition(this, &MoodyStore::Answers));
    return health_;
  }

  void Set(absl::Status health) {
    absl::MutexLock lock(&mu_);
    health_ = std::move(health);
  }
  // As on a disk that hangs: whoever asks waits (real time) for the end.
  void Hang() {
    absl::MutexLock lock(&mu_);
    hangs_ = true;
    asked_ = false;
  }
  void AwaitQuestion() {
    absl::MutexLock lock(&mu_);
    mu_.Await(absl::Condition(&asked_));
  }
  void StopHanging() {
    absl::MutexLock lock(&mu_);
    hangs_ = false;
  }

 private:
  bool Answers() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) { return !hangs_; }

  absl::Mutex mu_;
  absl::Status health_ ABSL_GUARDED_BY(mu_);
  bool hangs_ ABSL_GUARDED_BY(mu_) = false;
  bool asked_ ABSL_GUARDED_BY(mu_) = false;
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
  Readiness readiness_{&store_, &jwks_, &clock_};
};

TEST_F(ReadinessTest, FollowsTheStore) {
  EXPECT_EQ(readiness_.NotReadyBecause(), "starting");
  EXPECT_EQ(Look(), "");
  store_.Set(Error(Reason::kStoreUnavailable, "disk full"));
  EXPECT_EQ(Look(), "the store is unavailable");
  store_.Set(absl::OkStatus());
  // Until the next look the answer is the old one.
  EXPECT_EQ(readiness_.NotReadyBecause(), "the store is unavailable");
  EXPECT_EQ(Look(), "");
}

TEST_F(ReadinessTest, AStoreThatHangsIsUnavailable) {
  EXPECT_EQ(Look(), "");
  store_.Hang();
  {
    const NamedThread looking("lk-test", [this] { readiness_.Look(); });
    store_.AwaitQuestion();
    // The keys' scheduler, and Look; the thread that asks is in the store.
    clock_.WaitForWaiters(2);
    clock_.AdvanceTime(Readiness::kStoreTimeout);
  }
  EXPECT_EQ(readiness_.NotReadyBecause(), "the store is unavailable");
  // An answer that comes late is one to the old question.
  store_.StopHanging();
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
