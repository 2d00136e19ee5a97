// What every SessionStore must do.
#include <atomic>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/reason.h"
#include "core/store/session_store.h"
#include "core/store/store_conformance.h"
#include "core/store/test_records.h"
#include "core/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

const AppId kApp("app");
const UserId kUser("user");
// Both have the shape of a real session id; they differ in the last bits.
constexpr char kId[] = "AAAAAAAAAAAAAAAAAAAAAA";
constexpr char kOtherId[] = "AAAAAAAAAAAAAAAAAAAAAQ";
// Would decode to the bytes of kId if its last bits were not looked at.
constexpr char kLookalikeId[] = "AAAAAAAAAAAAAAAAAAAAAB";

void ExpectSame(const SessionRecord& a, const SessionRecord& b) {
  EXPECT_EQ(a.id, b.id);
  EXPECT_EQ(a.app, b.app);
  EXPECT_EQ(a.user, b.user);
  EXPECT_EQ(a.provider, b.provider);
  EXPECT_EQ(a.subject, b.subject);
  EXPECT_EQ(a.roles, b.roles);
  EXPECT_EQ(a.device_json, b.device_json);
  EXPECT_EQ(a.counter, b.counter);
  EXPECT_EQ(a.advanced_at, b.advanced_at);
  EXPECT_EQ(a.created_at, b.created_at);
  EXPECT_EQ(a.expires_at, b.expires_at);
  EXPECT_EQ(a.rotates, b.rotates);
  EXPECT_EQ(a.revoked_at, b.revoked_at);
}

template <typename T>
std::vector<std::string> Ids(const absl::StatusOr<std::vector<T>>& found) {
  if (!found.ok()) return {found.status().ToString()};
  std::vector<std::string> ids;
  for (const T& one : *found) {
    if constexpr (std::is_same_v<T, SessionId>) {
      ids.push_back(one.value());
    } else {
      ids.push_back(one.id.value());
    }
  }
  return ids;
}

TEST_P(SessionStoreTest, GivesBackWhatWasInserted) {
  SessionRecord session = TestSession(kId);
  session.subject = std::string("a\0b", 3);
  session.roles = {"admin", "", "5:x", std::string("n\0l", 3)};
  session.device_json = R"({"platform":"test"})";
  session.counter = 7;
  session.advanced_at = TestTime(1);
  session.rotates = false;
  session.revoked_at = TestTime(2);
  ASSERT_THAT(store()->sessions()->Insert(session), IsOk());
  const auto found = store()->sessions()->Find(session.id);
  ASSERT_THAT(found, IsOk());
  ExpectSame(*found, session);
}

TEST_P(SessionStoreTest, KeepsExtremes) {
  SessionRecord session = TestSession("not of the usual shape");
  session.counter = std::numeric_limits<uint64_t>::max();
  session.expires_at = absl::InfiniteFuture();
  session.created_at = absl::InfinitePast();
  session.device_json = std::string(300'000, 'x');
  ASSERT_THAT(store()->sessions()->Insert(session), IsOk());
  const auto found = store()->sessions()->Find(session.id);
  ASSERT_THAT(found, IsOk());
  ExpectSame(*found, session);
}

TEST_P(SessionStoreTest, TellsIdsApart) {
  for (const char* id : {kId, kOtherId, kLookalikeId, "", "AAAA"}) {
    ASSERT_THAT(store()->sessions()->Insert(TestSession(id)), IsOk()) << id;
  }
  for (const char* id : {kId, kOtherId, kLookalikeId, "", "AAAA"}) {
    const auto found = store()->sessions()->Find(SessionId(id));
    ASSERT_THAT(found, IsOk());
    EXPECT_EQ(found->id.value(), id);
  }
}

TEST_P(SessionStoreTest, RefusesTakenId) {
  ASSERT_THAT(store()->sessions()->Insert(TestSession(kId)), IsOk());
  SessionRecord other = TestSession(kId);
  other.user = UserId("other");
  EXPECT_THAT(store()->sessions()->Insert(other),
              HasReason(Reason::kResourceExists));
  EXPECT_THAT(Ids(store()->sessions()->ListOf(kApp, UserId("other"), {}, 9)),
              IsEmpty());
}

TEST_P(SessionStoreTest, FindsNothing) {
  ASSERT_THAT(store()->sessions()->Insert(TestSession(kId)), IsOk());
  const SessionId missing(kOtherId);
  EXPECT_THAT(store()->sessions()->Find(missing),
              HasReason(Reason::kResourceNotFound));
  EXPECT_THAT(store()->sessions()->AdvanceCounter(missing, 0, TestTime()),
              HasReason(Reason::kResourceNotFound));
  EXPECT_THAT(store()->sessions()->Revoke(missing, TestTime()),
              HasReason(Reason::kResourceNotFound));
}

TEST_P(SessionStoreTest, AdvancesOnlyFromTheExpectedCounter) {
  SessionRecord session = TestSession(kId);
  session.roles = {"r"};
  ASSERT_THAT(store()->sessions()->Insert(session), IsOk());
  auto outcome =
      store()->sessions()->AdvanceCounter(session.id, 0, TestTime(3));
  ASSERT_THAT(outcome, IsOk());
  EXPECT_TRUE(outcome->advanced);
  session.counter = 1;
  session.advanced_at = TestTime(3);
  ExpectSame(outcome->session, session);
  for (const uint64_t wrong : {0u, 2u}) {
    outcome =
        store()->sessions()->AdvanceCounter(session.id, wrong, TestTime(4));
    ASSERT_THAT(outcome, IsOk());
    EXPECT_FALSE(outcome->advanced);
    ExpectSame(outcome->session, session);
  }
  const auto found = store()->sessions()->Find(session.id);
  ASSERT_THAT(found, IsOk());
  ExpectSame(*found, session);
}

TEST_P(SessionStoreTest, RevokedNeverAdvances) {
  ASSERT_THAT(store()->sessions()->Insert(TestSession(kId)), IsOk());
  ASSERT_THAT(store()->sessions()->Revoke(SessionId(kId), TestTime(1)), IsOk());
  const auto outcome =
      store()->sessions()->AdvanceCounter(SessionId(kId), 0, TestTime(2));
  ASSERT_THAT(outcome, IsOk());
  EXPECT_FALSE(outcome->advanced);
  EXPECT_EQ(outcome->session.counter, 0u);
  EXPECT_EQ(outcome->session.revoked_at, TestTime(1));
}

TEST_P(SessionStoreTest, ExpiredNeverAdvances) {
  SessionRecord session = TestSession(kId);
  session.expires_at = TestTime(10);
  ASSERT_THAT(store()->sessions()->Insert(session), IsOk());
  auto outcome =
      store()->sessions()->AdvanceCounter(session.id, 0, TestTime(10));
  ASSERT_THAT(outcome, IsOk());
  EXPECT_FALSE(outcome->advanced);
  outcome = store()->sessions()->AdvanceCounter(session.id, 0, TestTime(9));
  ASSERT_THAT(outcome, IsOk());
  EXPECT_TRUE(outcome->advanced);
}

TEST_P(SessionStoreTest, RevokingTwiceKeepsTheFirstTime) {
  const SessionId id(kId);
  ASSERT_THAT(store()->sessions()->Insert(TestSession(kId)), IsOk());
  ASSERT_THAT(store()->sessions()->Revoke(id, TestTime(1)), IsOk());
  ASSERT_THAT(store()->sessions()->Revoke(id, TestTime(2)), IsOk());
  const auto found = store()->sessions()->Find(id);
  ASSERT_THAT(found, IsOk());
  EXPECT_EQ(found->revoked_at, TestTime(1));
}

TEST_P(SessionStoreTest, RevokesAllOfOneUser) {
  SessionRecord expired = TestSession("c");
  expired.expires_at = TestTime(-1);
  SessionRecord of_other = TestSession("d");
  of_other.user = UserId("other");
  SessionRecord of_app = TestSession("e");
  of_app.app = AppId("other");
  for (const SessionRecord& session :
       {TestSession("a"), TestSession("b"), expired, of_other, of_app}) {
    ASSERT_THAT(store()->sessions()->Insert(session), IsOk());
  }
  ASSERT_THAT(store()->sessions()->Revoke(SessionId("a"), TestTime(1)), IsOk());
  EXPECT_THAT(
      Ids(store()->sessions()->RevokeAllOf(kApp, kUser, TestTime(2), {})),
      UnorderedElementsAre("b", "c"));
  EXPECT_THAT(
      Ids(store()->sessions()->RevokeAllOf(kApp, kUser, TestTime(3), {})),
      IsEmpty());
  EXPECT_THAT(Ids(store()->sessions()->RevokeAllOf(kApp, UserId("no"),
                                                   TestTime(3), {})),
              IsEmpty());
  EXPECT_EQ(store()->sessions()->Find(SessionId("a"))->revoked_at, TestTime(1));
  EXPECT_EQ(store()->sessions()->Find(SessionId("b"))->revoked_at, TestTime(2));
  EXPECT_EQ(store()->sessions()->Find(SessionId("d"))->revoked_at,
            std::nullopt);
  EXPECT_EQ(store()->sessions()->Find(SessionId("e"))->revoked_at,
            std::nullopt);
}

TEST_P(SessionStoreTest, RevokesAllButOne) {
  // An id in the shape of the service's, and one in none.
  for (const char* spared : {"AAECAwQFBgcICQoLDA0ODw", "b"}) {
    const UserId user(spared);
    for (const char* id : {spared, "a"}) {
      SessionRecord session = TestSession(absl::StrCat(id, spared));
      if (id == spared) session.id = SessionId(spared);
      session.user = user;
      ASSERT_THAT(store()->sessions()->Insert(session), IsOk());
    }
    EXPECT_THAT(
        Ids(store()->sessions()->RevokeAllOf(
            kApp, user, TestTime(2), SessionScope::AllBut(SessionId(spared)))),
        UnorderedElementsAre(absl::StrCat("a", spared)));
    EXPECT_EQ(store()->sessions()->Find(SessionId(spared))->revoked_at,
              std::nullopt);
  }
}

TEST_P(SessionStoreTest, RevokesThoseOfAnIdentityOrASubject) {
  const auto add = [&](const char* id, const char* provider,
                       const char* subject) {
    SessionRecord session = TestSession(id);
    session.provider = ProviderName(provider);
    session.subject = subject;
    ASSERT_THAT(store()->sessions()->Insert(session), IsOk());
  };
  add("a", "okta", "24601");
  add("b", "legacy", "24601");
  add("c", "older", "24601");
  add("d", "okta", "24602");
  SessionScope scope;
  scope.subject = "24601";
  scope.provider = ProviderName("okta");
  EXPECT_THAT(
      Ids(store()->sessions()->RevokeAllOf(kApp, kUser, TestTime(2), scope)),
      ElementsAre("a"));
  scope.provider = ProviderName();
  scope.except = SessionId("c");
  EXPECT_THAT(
      Ids(store()->sessions()->RevokeAllOf(kApp, kUser, TestTime(2), scope)),
      ElementsAre("b"));
  EXPECT_EQ(store()->sessions()->Find(SessionId("d"))->revoked_at,
            std::nullopt);
}

TEST_P(SessionStoreTest, ListsNewestFirst) {
  for (const char* id : {"a", "b", "c", "d"}) {
    SessionRecord session = TestSession(id);
    // "b" is the oldest; "c" and "d" are of the same time.
    if (*id == 'b') session.created_at = TestTime(-5);
    if (*id >= 'c') session.created_at = TestTime(5);
    ASSERT_THAT(store()->sessions()->Insert(session), IsOk());
  }
  SessionRecord of_app = TestSession("e");
  of_app.app = AppId("other");
  ASSERT_THAT(store()->sessions()->Insert(of_app), IsOk());
  ASSERT_THAT(store()->sessions()->Revoke(SessionId("a"), TestTime(1)), IsOk());
  EXPECT_THAT(Ids(store()->sessions()->ListOf(kApp, kUser, {}, 9)),
              ElementsAre("c", "d", "a", "b"));
  EXPECT_THAT(Ids(store()->sessions()->ListOf(kApp, kUser, {}, 3)),
              ElementsAre("c", "d", "a"));
  EXPECT_THAT(Ids(store()->sessions()->ListOf(kApp, UserId("no"), {}, 9)),
              IsEmpty());
}

TEST_P(SessionStoreTest, RevokesThoseOfOneIdentity) {
  for (const char* id : {"a", "b", "c", "d"}) {
    SessionRecord session = TestSession(id);
    session.provider = ProviderName(*id == 'a' ? "other" : "okta");
    session.subject = *id == 'b' ? "2" : "1";
    ASSERT_THAT(store()->sessions()->Insert(session), IsOk());
  }
  const auto revoke = [this](const char* except, const char* subject) {
    return Ids(store()->sessions()->RevokeAllOf(
        kApp, kUser, TestTime(2),
        {SessionId(except), ProviderName("okta"), subject}));
  };
  EXPECT_THAT(revoke("d", "1"), ElementsAre("c"));
  EXPECT_THAT(revoke("", "1"), ElementsAre("d"));
  EXPECT_THAT(revoke("", "3"), IsEmpty());
}

// Page after page gives every session once, those of one time too, whatever
// the shape of their ids, and though those that were read go away.
TEST_P(SessionStoreTest, PagesThroughAllSessions) {
  std::set<std::string> inserted;
  for (int i = 0; i < 40; ++i) {
    const std::string last(1, "AQgw"[i % 4]);  // of 22 base64url characters
    std::string id = absl::StrCat("_-", 10 + i, "efghijklmnopqrstu", last);
    if (i % 4 == 0) id = absl::StrCat(i, " of another shape");
    SessionRecord session = TestSession(id);
    session.created_at = TestTime(i / 10);
    ASSERT_THAT(store()->sessions()->Insert(session), IsOk());
    inserted.insert(id);
  }
  std::set<std::string> seen;
  SessionPosition after;
  while (true) {
    const auto page = store()->sessions()->ListOf(kApp, kUser, after, 3);
    ASSERT_THAT(page, IsOk());
    ASSERT_LE(page->size(), 3u);
    if (page->empty()) break;
    for (const SessionRecord& session : *page) {
      EXPECT_TRUE(seen.insert(session.id.value()).second) << session.id.value();
      EXPECT_LE(session.created_at, after.created_at);
      after = {session.created_at, session.id};
    }
    ASSERT_THAT(store()->sessions()->Revoke(after.id, TestTime(1)), IsOk());
    ASSERT_THAT(store()->sessions()->RemoveDead(TestTime(2)), IsOk());
  }
  EXPECT_EQ(seen, inserted);
}

TEST_P(SessionStoreTest, ListsRevokedSince) {
  for (const char* id : {"a", "b", "c"}) {
    ASSERT_THAT(store()->sessions()->Insert(TestSession(id)), IsOk());
  }
  ASSERT_THAT(store()->sessions()->Revoke(SessionId("a"), TestTime(1)), IsOk());
  ASSERT_THAT(store()->sessions()->Revoke(SessionId("b"), TestTime(2)), IsOk());
  SessionStore* sessions = store()->sessions();
  EXPECT_THAT(Ids(sessions->ListRevokedSince(absl::InfinitePast())),
              UnorderedElementsAre("a", "b"));
  EXPECT_THAT(Ids(sessions->ListRevokedSince(TestTime(2))), ElementsAre("b"));
  EXPECT_THAT(Ids(sessions->ListRevokedSince(TestTime(3))), IsEmpty());
}

TEST_P(SessionStoreTest, RemovesDead) {
  SessionRecord expired = TestSession("expired");
  expired.expires_at = TestTime(9);
  SessionRecord at_border = TestSession("border");
  at_border.expires_at = TestTime(10);
  SessionRecord revoked = TestSession("revoked");
  revoked.revoked_at = TestTime(9);
  SessionRecord revoked_at_border = TestSession("revoked border");
  revoked_at_border.revoked_at = TestTime(10);
  for (const SessionRecord& session :
       {TestSession("live"), expired, at_border, revoked, revoked_at_border}) {
    ASSERT_THAT(store()->sessions()->Insert(session), IsOk());
  }
  auto removed = store()->sessions()->RemoveDead(TestTime(10));
  ASSERT_THAT(removed, IsOk());
  EXPECT_EQ(*removed, 2u);
  EXPECT_THAT(Ids(store()->sessions()->ListOf(kApp, kUser, {}, 9)),
              UnorderedElementsAre("live", "border", "revoked border"));
  EXPECT_THAT(store()->sessions()->Find(SessionId("expired")),
              HasReason(Reason::kResourceNotFound));
  removed = store()->sessions()->RemoveDead(TestTime(10));
  ASSERT_THAT(removed, IsOk());
  EXPECT_EQ(*removed, 0u);
}

TEST_P(SessionStoreTest, RemovesManyDeadInBoundedSteps) {
  constexpr int kSessions = 1200;
  Parallel(8, [this](int thread) {
    for (int i = thread; i < kSessions; i += 8) {
      SessionRecord session = TestSession(absl::StrCat(i));
      session.expires_at = TestTime();
      if (i % 2 == 0) session.revoked_at = TestTime();
      EXPECT_THAT(store()->sessions()->Insert(session), IsOk());
    }
  });
  size_t total = 0;
  int calls = 0;
  while (true) {
    const auto removed = store()->sessions()->RemoveDead(TestTime(1));
    ASSERT_THAT(removed, IsOk());
    if (*removed == 0) break;
    EXPECT_LE(*removed, 1000u);
    total += *removed;
    ++calls;
  }
  EXPECT_EQ(total, static_cast<size_t>(kSessions));
  EXPECT_GT(calls, 1);
}

TEST_P(SessionStoreTest, OneOfManyAdvancesWins) {
  ASSERT_THAT(store()->sessions()->Insert(TestSession(kId)), IsOk());
  for (uint64_t round = 0; round < 10; ++round) {
    std::atomic<int> won = 0;
    std::atomic<int> saw_next = 0;
    Parallel(32, [this, round, &won, &saw_next](int) {
      const auto outcome = store()->sessions()->AdvanceCounter(
          SessionId(kId), round, TestTime());
      ASSERT_THAT(outcome, IsOk());
      if (outcome->advanced) ++won;
      if (outcome->session.counter == round + 1) ++saw_next;
    });
    EXPECT_EQ(won, 1);
    EXPECT_EQ(saw_next, 32);
  }
}

TEST_P(SessionStoreTest, OneOfManyInsertsWins) {
  std::atomic<int> won = 0;
  std::atomic<int> exists = 0;
  Parallel(32, [this, &won, &exists](int) {
    const absl::Status status = store()->sessions()->Insert(TestSession(kId));
    if (status.ok()) ++won;
    if (GetReason(status) == Reason::kResourceExists) ++exists;
  });
  EXPECT_EQ(won, 1);
  EXPECT_EQ(exists, 31);
}

// Once Revoke has returned, nothing advances any more.
TEST_P(SessionStoreTest, NothingAdvancesAfterRevoke) {
  ASSERT_THAT(store()->sessions()->Insert(TestSession(kId)), IsOk());
  std::atomic<bool> revoked = false;
  Parallel(8, [this, &revoked](int i) {
    uint64_t counter = 0;
    for (int step = 0; step < 50; ++step) {
      if (i == 0 && step == 10) {
        EXPECT_THAT(store()->sessions()->Revoke(SessionId(kId), TestTime()),
                    IsOk());
        revoked = true;
      }
      const bool before = revoked;
      const auto outcome = store()->sessions()->AdvanceCounter(
          SessionId(kId), counter, TestTime());
      ASSERT_THAT(outcome, IsOk());
      if (before) {
        EXPECT_FALSE(outcome->advanced);
      }
      counter = outcome->session.counter;
    }
  });
}

// What was acknowledged is seen by the next read of any thread.
TEST_P(SessionStoreTest, ReadsSeeAcknowledgedWrites) {
  Parallel(16, [this](int thread) {
    for (int i = 0; i < 20; ++i) {
      const std::string id = absl::StrCat(thread, "-", i);
      ASSERT_THAT(store()->sessions()->Insert(TestSession(id)), IsOk());
      EXPECT_THAT(store()->sessions()->Find(SessionId(id)), IsOk());
    }
  });
  EXPECT_EQ(Ids(store()->sessions()->ListOf(kApp, kUser, {}, 999)).size(),
            320u);
}

}  // namespace
}  // namespace latchkey
