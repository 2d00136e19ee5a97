// What every KeyStore must do, and a new Store as a whole.
#include <atomic>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/reason.h"
#include "core/base/secret.h"
#include "core/store/key_store.h"
#include "core/store/store_conformance.h"
#include "core/store/test_records.h"
#include "core/testing/status_matchers.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

StoredKey TestKey(absl::string_view kid, KeyState state) {
  StoredKey key;
  key.kid = std::string(kid);
  key.purpose = "access";
  key.algorithm = "ES256";
  key.state = state;
  key.material = Secret(absl::string_view("\0private\xff", 9));
  key.created_at = TestTime();
  return key;
}

TEST_P(KeyStoreTest, GivesBackKeysInOrder) {
  EXPECT_TRUE(store()->keys()->ListKeys()->empty());
  StoredKey retired = TestKey("z", KeyState::kRetired);
  retired.not_after = TestTime(60);
  ASSERT_THAT(store()->keys()->InsertKey(retired, false), IsOk());
  ASSERT_THAT(store()->keys()->InsertKey(TestKey("a", KeyState::kNext), false),
              IsOk());
  const auto keys = store()->keys()->ListKeys();
  ASSERT_THAT(keys, IsOk());
  ASSERT_EQ(keys->size(), 2u);
  const StoredKey& first = (*keys)[0];
  EXPECT_EQ(first.kid, "z");
  EXPECT_EQ(first.purpose, "access");
  EXPECT_EQ(first.algorithm, "ES256");
  EXPECT_EQ(first.state, KeyState::kRetired);
  EXPECT_TRUE(first.material == retired.material);
  EXPECT_EQ(first.created_at, TestTime());
  EXPECT_EQ(first.not_after, TestTime(60));
  EXPECT_EQ((*keys)[1].kid, "a");
  EXPECT_EQ((*keys)[1].state, KeyState::kNext);
  EXPECT_EQ((*keys)[1].not_after, absl::InfiniteFuture());
}

TEST_P(KeyStoreTest, RefusesTakenKid) {
  const StoredKey key = TestKey("a", KeyState::kActive);
  ASSERT_THAT(store()->keys()->InsertKey(key, false), IsOk());
  EXPECT_THAT(store()->keys()->InsertKey(key, false),
              HasReason(Reason::kResourceExists));
}

TEST_P(KeyStoreTest, InsertsOnlyIfNoneIsActive) {
  KeyStore* keys = store()->keys();
  ASSERT_THAT(keys->InsertKey(TestKey("a", KeyState::kRetired), true), IsOk());
  ASSERT_THAT(keys->InsertKey(TestKey("b", KeyState::kActive), true), IsOk());
  EXPECT_THAT(keys->InsertKey(TestKey("c", KeyState::kActive), true),
              HasReason(Reason::kResourceExists));
  StoredKey refresh = TestKey("d", KeyState::kActive);
  refresh.purpose = "refresh";
  EXPECT_THAT(keys->InsertKey(refresh, true), IsOk());
  EXPECT_THAT(keys->InsertKey(TestKey("e", KeyState::kActive), false), IsOk());
}

TEST_P(KeyStoreTest, ChangesState) {
  KeyStore* keys = store()->keys();
  ASSERT_THAT(keys->InsertKey(TestKey("a", KeyState::kActive), false), IsOk());
  ASSERT_THAT(keys->SetKeyState("a", KeyState::kRetired, TestTime(9)), IsOk());
  const auto listed = keys->ListKeys();
  ASSERT_THAT(listed, IsOk());
  EXPECT_EQ((*listed)[0].state, KeyState::kRetired);
  EXPECT_EQ((*listed)[0].not_after, TestTime(9));
  EXPECT_THAT(keys->SetKeyState("b", KeyState::kRetired, TestTime()),
              HasReason(Reason::kResourceNotFound));
}

TEST_P(KeyStoreTest, OneOfManyFirstKeysWins) {
  std::atomic<int> won = 0;
  std::atomic<int> exists = 0;
  Parallel(16, [this, &won, &exists](int i) {
    const absl::Status status = store()->keys()->InsertKey(
        TestKey(absl::StrCat(i), KeyState::kActive), true);
    if (status.ok()) ++won;
    if (GetReason(status) == Reason::kResourceExists) ++exists;
  });
  EXPECT_EQ(won, 1);
  EXPECT_EQ(exists, 15);
}

TEST_P(KeyStoreTest, StoreIsHealthy) {
  EXPECT_THAT(store()->Healthy(), IsOk());
}

}  // namespace
}  // namespace latchkey
