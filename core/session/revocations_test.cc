#include "core/session/revocations.h"

#include <atomic>
#include <string>
#include <vector>

#include "core/base/work_queue.h"
#include "core/testing/fake_random.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);
constexpr absl::Duration kKeep = absl::Minutes(30);

std::vector<SessionId> Ids(size_t count, uint64_t seed = 1) {
  FakeRandom random(seed);
  std::vector<SessionId> ids;
  for (size_t i = 0; i < count; ++i) ids.push_back(NewSessionId(&random));
  return ids;
}

TEST(RevocationsTest, KnowsWhatWasAddedAndNothingElse) {
  Revocations revocations(kKeep);
  const std::vector<SessionId> ids = Ids(2);
  EXPECT_FALSE(revocations.IsRevoked(ids[0].value()));
  revocations.Add(ids[0], kNow);
  EXPECT_TRUE(revocations.IsRevoked(ids[0].value()));
  EXPECT_FALSE(revocations.IsRevoked(ids[1].value()));
  EXPECT_EQ(revocations.size(), 1u);
}

TEST(RevocationsTest, AddingTwiceCountsOnce) {
  Revocations revocations(kKeep);
  const SessionId id = Ids(1)[0];
  revocations.Add(id, kNow);
  revocations.Add(id, kNow);
  EXPECT_EQ(revocations.size(), 1u);
}

TEST(RevocationsTest, GrowsAndForgetsNothing) {
  Revocations revocations(kKeep);
  const std::vector<SessionId> ids = Ids(10'000);
  for (const SessionId& id : ids) revocations.Add(id, kNow);
  EXPECT_EQ(revocations.size(), ids.size());
  for (const SessionId& id : ids) {
    ASSERT_TRUE(revocations.IsRevoked(id.value()));
  }
  for (const SessionId& id : Ids(1000, 2)) {
    ASSERT_FALSE(revocations.IsRevoked(id.value()));
  }
}

TEST(RevocationsTest, ComparesAll128Bits) {
  Revocations revocations(kKeep);
  // Differ in the first, in the ninth and in the last byte.
  const SessionId zero("AAAAAAAAAAAAAAAAAAAAAA");
  revocations.Add(SessionId("BAAAAAAAAAAAAAAAAAAAAA"), kNow);
  EXPECT_FALSE(revocations.IsRevoked("CAAAAAAAAAAAAAAAAAAAAA"));
  EXPECT_FALSE(revocations.IsRevoked("BAAAAAAAAAAAEAAAAAAAAA"));
  EXPECT_FALSE(revocations.IsRevoked("BAAAAAAAAAAAAAAAAAAAAQ"));
  EXPECT_FALSE(revocations.IsRevoked(zero.value()));
  revocations.Add(zero, kNow);
  EXPECT_TRUE(revocations.IsRevoked(zero.value()));
}

TEST(RevocationsTest, KeepsEntriesAsLongAsTokensLiveAndDropsThemLater) {
  Revocations revocations(kKeep);
  const std::vector<SessionId> ids = Ids(4);
  revocations.Add(ids[0], kNow);
  revocations.Add(ids[1], kNow + kKeep - absl::Seconds(1));
  // A new generation; ids[1] has still almost kKeep to go.
  revocations.Add(ids[2], kNow + kKeep);
  EXPECT_TRUE(revocations.IsRevoked(ids[0].value()));
  EXPECT_TRUE(revocations.IsRevoked(ids[1].value()));
  revocations.Add(ids[3], kNow + 2 * kKeep);
  EXPECT_FALSE(revocations.IsRevoked(ids[0].value()));
  EXPECT_FALSE(revocations.IsRevoked(ids[1].value()));
  EXPECT_TRUE(revocations.IsRevoked(ids[2].value()));
  EXPECT_EQ(revocations.size(), 2u);
}

TEST(RevocationsTest, WhatIsNoSessionIdCountsAsRevoked) {
  Revocations revocations(kKeep);
  for (const char* text :
       {"", "AAAA", "AAAAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAAAA",
        "AAAAAAAAAAAAAAAAAAAAAB", "AAAAAAAAAAAAAAAAAAAAA="}) {
    EXPECT_TRUE(revocations.IsRevoked(text)) << text;
    revocations.Add(SessionId(text), kNow);
  }
  EXPECT_EQ(revocations.size(), 0u);
}

// Readers see each id as soon as the writer says that it was added.
TEST(RevocationsTest, ReadersSeeEveryFinishedAdd) {
  Revocations revocations(kKeep);
  const std::vector<SessionId> ids = Ids(5000);
  std::atomic<size_t> added{0};
  std::atomic<size_t> missed{0};
  {
    WorkQueue threads({.name = "lk-test", .threads = 4});
    for (int t = 0; t < 3; ++t) {
      ASSERT_TRUE(threads.TrySubmit([&] {
        while (true) {
          const size_t count = added.load(std::memory_order_acquire);
          if (count > 0 && !revocations.IsRevoked(ids[count - 1].value())) {
            ++missed;
          }
          if (count > 1 && !revocations.IsRevoked(ids[count / 2].value())) {
            ++missed;
          }
          if (count == ids.size()) return;
        }
      }));
    }
    ASSERT_TRUE(threads.TrySubmit([&] {
      for (size_t i = 0; i < ids.size(); ++i) {
        revocations.Add(ids[i], kNow + absl::Milliseconds(i));
        added.store(i + 1, std::memory_order_release);
      }
    }));
  }
  EXPECT_EQ(missed, 0u);
}

}  // namespace
}  // namespace latchkey
