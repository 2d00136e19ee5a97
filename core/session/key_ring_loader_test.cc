#include "core/session/key_ring_loader.h"

#include <set>
#include <string>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "core/base/reason.h"
#include "core/base/simulated_clock.h"
#include "core/base/work_queue.h"
#include "core/store/store.h"
#include "core/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

using ::testing::SizeIs;

class KeyRingLoaderTest : public ::testing::Test {
 protected:
  absl::StatusOr<std::unique_ptr<KeyRing>> Load(
      Algorithm algorithm = Algorithm::kEs256) {
    return LoadKeyRing(store_->keys(), algorithm, absl::Minutes(31), &clock_);
  }
  std::vector<StoredKey> Keys() { return *store_->keys()->ListKeys(); }

  SimulatedClock clock_{absl::FromUnixSeconds(1'700'000'000)};
  std::unique_ptr<Store> store_ = NewMemoryStore();
};

TEST_F(KeyRingLoaderTest, TheFirstStartMakesBothKeys) {
  absl::StatusOr<std::unique_ptr<KeyRing>> ring = Load();
  ASSERT_THAT(ring, IsOk());
  EXPECT_EQ((*ring)->Current()->algorithm(), Algorithm::kEs256);
  EXPECT_EQ((*ring)->RefreshKey()->algorithm(), Algorithm::kHs256);
  ASSERT_THAT((*ring)->Published().keys(), SizeIs(1));
  EXPECT_EQ((*ring)->Published().keys()[0], (*ring)->Current()->public_key());
  EXPECT_THAT(Keys(), SizeIs(2));
}

TEST_F(KeyRingLoaderTest, TheNextStartFindsTheSameKeys) {
  absl::StatusOr<std::unique_ptr<KeyRing>> first = Load();
  ASSERT_THAT(first, IsOk());
  clock_.AdvanceTime(absl::Hours(1000));
  absl::StatusOr<std::unique_ptr<KeyRing>> second = Load();
  ASSERT_THAT(second, IsOk());
  EXPECT_EQ((*first)->Current()->kid(), (*second)->Current()->kid());
  EXPECT_EQ((*first)->RefreshKey()->kid(), (*second)->RefreshKey()->kid());
  EXPECT_THAT(Keys(), SizeIs(2));
  // The same secret, too: what one signs, the other verifies.
  std::string signature;
  ASSERT_THAT((*first)->RefreshKey()->Sign("text", &signature), IsOk());
  EXPECT_THAT((*second)->RefreshKey()->public_key().Verify("text", signature),
              IsOk());
}

TEST_F(KeyRingLoaderTest, AnotherAlgorithmRetiresTheOldKey) {
  absl::StatusOr<std::unique_ptr<KeyRing>> old = Load();
  ASSERT_THAT(old, IsOk());
  absl::StatusOr<std::unique_ptr<KeyRing>> ring = Load(Algorithm::kEdDsa);
  ASSERT_THAT(ring, IsOk());
  EXPECT_EQ((*ring)->Current()->algorithm(), Algorithm::kEdDsa);
  EXPECT_EQ((*ring)->RefreshKey()->kid(), (*old)->RefreshKey()->kid());
  // Tokens of the old key still verify, as long as they may live.
  EXPECT_THAT((*ring)->Published().keys(), SizeIs(2));
  EXPECT_TRUE((*ring)->Published().Contains((*old)->Current()->kid()));
  clock_.AdvanceTime(absl::Minutes(31));
  ring = Load(Algorithm::kEdDsa);
  ASSERT_THAT(ring, IsOk());
  EXPECT_THAT((*ring)->Published().keys(), SizeIs(1));
}

TEST_F(KeyRingLoaderTest, NextKeysArePublished) {
  absl::StatusOr<SigningKey> next = SigningKey::Generate(Algorithm::kEs256);
  ASSERT_THAT(next, IsOk());
  StoredKey stored;
  stored.kid = next->kid();
  stored.purpose = "access";
  stored.algorithm = "ES256";
  stored.state = KeyState::kNext;
  stored.material = *next->Serialize();
  stored.created_at = clock_.TimeNow();
  ASSERT_THAT(store_->keys()->InsertKey(stored, false), IsOk());
  absl::StatusOr<std::unique_ptr<KeyRing>> ring = Load();
  ASSERT_THAT(ring, IsOk());
  EXPECT_NE((*ring)->Current()->kid(), next->kid());
  EXPECT_TRUE((*ring)->Published().Contains(next->kid()));
}

TEST_F(KeyRingLoaderTest, ABrokenKeyStopsTheStart) {
  ASSERT_THAT(Load(), IsOk());
  absl::StatusOr<SigningKey> other = SigningKey::Generate(Algorithm::kEdDsa);
  ASSERT_THAT(other, IsOk());
  StoredKey broken;
  broken.kid = "broken";
  broken.purpose = "access";
  broken.algorithm = "ES256";  // but the key is an Ed25519 one
  broken.state = KeyState::kNext;
  broken.material = *other->Serialize();
  ASSERT_THAT(store_->keys()->InsertKey(broken, false), IsOk());
  EXPECT_THAT(Load(), HasReason(Reason::kInternal));
}

TEST_F(KeyRingLoaderTest, AnUnknownAlgorithmInTheStoreStopsTheStart) {
  StoredKey strange;
  strange.kid = "strange";
  strange.purpose = "access";
  strange.algorithm = "ES256K";
  strange.state = KeyState::kNext;
  strange.material = Secret("x");
  ASSERT_THAT(store_->keys()->InsertKey(strange, false), IsOk());
  EXPECT_THAT(Load(), HasReason(Reason::kInternal));
}

TEST_F(KeyRingLoaderTest, AccessTokensAreNeverMaced) {
  EXPECT_THAT(Load(Algorithm::kHs256), HasReason(Reason::kInvalidRequest));
}

TEST_F(KeyRingLoaderTest, ReplicasThatStartAtOnceAgree) {
  absl::Mutex mu;
  std::set<std::string> access;
  std::set<std::string> refresh;
  {
    WorkQueue replicas({.name = "lk-test", .threads = 8});
    for (int i = 0; i < 8; ++i) {
      ASSERT_TRUE(replicas.TrySubmit([&] {
        absl::StatusOr<std::unique_ptr<KeyRing>> ring = Load();
        ASSERT_THAT(ring, IsOk());
        absl::MutexLock lock(&mu);
        access.insert((*ring)->Current()->kid());
        refresh.insert((*ring)->RefreshKey()->kid());
      }));
    }
  }
  EXPECT_THAT(access, SizeIs(1));
  EXPECT_THAT(refresh, SizeIs(1));
  EXPECT_THAT(Keys(), SizeIs(2));
}

}  // namespace
}  // namespace latchkey
