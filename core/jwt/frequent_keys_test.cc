#include "core/jwt/frequent_keys.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/synchronization/notification.h"
#include "core/base/simulated_clock.h"
#include "core/crypto/signing_key.h"
#include "core/jwt/key_table.h"
#include "core/testing/jwt_fixture.h"
#include "core/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

using TablePtr = std::shared_ptr<const KeyTable>;

void UseOften(const SigningKey& key) {
  std::string signature;
  ASSERT_THAT(key.Sign("data", &signature), IsOk());
  for (int i = 0; i < 1024; ++i) {
    ASSERT_THAT(key.public_key().Verify("data", signature), IsOk());
  }
}

class FrequentKeysTest : public testing::Test {
 protected:
  void SetUp() override {
    const SigningKey probe = NewTestKey(Algorithm::kEs256);
    if (!probe.public_key().BuildTable()) {
      GTEST_SKIP() << "no tables with this crypto library";
    }
  }
  static TablePtr TableOf(const std::vector<const SigningKey*>& keys) {
    std::vector<PublicKey> list;
    for (const SigningKey* key : keys) list.push_back(key->public_key());
    return std::make_shared<const KeyTable>(std::move(list));
  }

  const SigningKey often_ = NewTestKey(Algorithm::kEs256, "often");
  const SigningKey seldom_ = NewTestKey(Algorithm::kEs256, "seldom");
  const SigningKey also_ = NewTestKey(Algorithm::kEs256, "also");
};

TEST_F(FrequentKeysTest, BuildsForTheKeysThatWantOne) {
  UseOften(often_);
  EXPECT_EQ(BuildWantedTables({TableOf({&seldom_, &often_})}, 10), 1);
  EXPECT_TRUE(often_.public_key().HasTable());
  EXPECT_FALSE(seldom_.public_key().HasTable());
}

TEST_F(FrequentKeysTest, BuildsNoMoreThanTheLimit) {
  UseOften(often_);
  UseOften(also_);
  const std::vector<TablePtr> tables = {TableOf({&often_}), TableOf({&also_})};
  EXPECT_EQ(BuildWantedTables(tables, 1), 1);
  EXPECT_EQ(BuildWantedTables(tables, 1), 1);
  EXPECT_NE(often_.public_key().HasTable(), also_.public_key().HasTable());
  // The key that has one is gone: there is room again.
  const SigningKey& waiting = often_.public_key().HasTable() ? also_ : often_;
  EXPECT_EQ(BuildWantedTables({TableOf({&waiting})}, 1), 1);
  EXPECT_TRUE(waiting.public_key().HasTable());
}

TEST_F(FrequentKeysTest, LooksAgainOnItsOwnThread) {
  SimulatedClock clock(absl::FromUnixSeconds(1'700'000'000));
  absl::Notification built;
  const auto tables = [&] {
    if (often_.public_key().HasTable() && !built.HasBeenNotified()) {
      built.Notify();
    }
    return std::vector<TablePtr>{TableOf({&often_})};
  };
  UseOften(often_);
  const FrequentKeys task({.max_tables = 1, .interval = absl::Seconds(1)},
                          tables, &clock);
  clock.WaitForWaiters(1);
  EXPECT_FALSE(built.HasBeenNotified());
  clock.AdvanceTime(absl::Seconds(1));
  built.WaitForNotification();
  EXPECT_TRUE(often_.public_key().HasTable());
}

}  // namespace
}  // namespace latchkey
