// What every EventStore must do.
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/reason.h"
#include "core/store/event_store.h"
#include "core/store/store_conformance.h"
#include "core/store/test_records.h"
#include "core/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

EventRecord TestEvent(absl::string_view action, int seconds = 0) {
  EventRecord event;
  event.time = TestTime(seconds);
  event.action = std::string(action);
  event.app = AppId("app");
  event.user = UserId("65f0c0ffee65f0c0ffee0001");
  return event;
}

// Stores `count` events, one a second, and expects their ids to be from 1 on.
void AppendMany(EventStore* events, int count) {
  std::vector<EventRecord> batch;
  for (int i = 0; i < count; ++i) {
    batch.push_back(TestEvent(absl::StrCat("a", i), i));
  }
  ASSERT_THAT(events->Append(batch),
              IsOkAndHolds(static_cast<uint64_t>(count)));
}

std::vector<uint64_t> Ids(const EventPage& page) {
  std::vector<uint64_t> ids;
  for (const EventRecord& event : page.events) ids.push_back(event.id);
  return ids;
}

TEST_P(EventStoreTest, GivesBackWhatWasAppended) {
  EventRecord event = TestEvent("login");
  event.session = SessionId("session");
  event.provider = ProviderName("okta");
  event.providers = "anonymous,okta";
  event.target = "target";
  event.actor = "unix:uid=7";
  event.peer = "127.0.0.1:1";
  event.request_id = "r1";
  event.detail = "detail";
  ASSERT_THAT(store()->events()->Append({event}), IsOkAndHolds(1u));
  const auto page = store()->events()->ListAfter(0, {}, 10);
  ASSERT_THAT(page, IsOk());
  ASSERT_EQ(page->events.size(), 1u);
  const EventRecord& found = page->events.front();
  EXPECT_EQ(found.id, 1u);
  EXPECT_EQ(found.time, event.time);
  EXPECT_EQ(found.action, event.action);
  EXPECT_EQ(found.app, event.app);
  EXPECT_EQ(found.user, event.user);
  EXPECT_EQ(found.session, event.session);
  EXPECT_EQ(found.provider, event.provider);
  EXPECT_EQ(found.providers, event.providers);
  EXPECT_EQ(found.target, event.target);
  EXPECT_EQ(found.actor, event.actor);
  EXPECT_EQ(found.peer, event.peer);
  EXPECT_EQ(found.request_id, event.request_id);
  EXPECT_EQ(found.detail, event.detail);
}

TEST_P(EventStoreTest, ListsBothWays) {
  EventStore* events = store()->events();
  AppendMany(events, 5);
  auto page = events->ListAfter(1, {}, 2);
  ASSERT_THAT(page, IsOk());
  EXPECT_THAT(Ids(*page), ElementsAre(2, 3));
  EXPECT_EQ(page->reached, 3u);
  EXPECT_TRUE(page->more);
  page = events->ListAfter(3, {}, 2);
  ASSERT_THAT(page, IsOk());
  EXPECT_THAT(Ids(*page), ElementsAre(4, 5));
  EXPECT_FALSE(page->more);
  page = events->ListBefore(0, {}, 2);
  ASSERT_THAT(page, IsOk());
  EXPECT_THAT(Ids(*page), ElementsAre(5, 4));
  EXPECT_EQ(page->reached, 4u);
  EXPECT_TRUE(page->more);
  page = events->ListBefore(4, {}, 10);
  ASSERT_THAT(page, IsOk());
  EXPECT_THAT(Ids(*page), ElementsAre(3, 2, 1));
  EXPECT_FALSE(page->more);
}

TEST_P(EventStoreTest, FiltersAndSaysHowFarItLooked) {
  EventStore* events = store()->events();
  AppendMany(events, 5);
  EventFilter filter;
  filter.actions = {"a1", "a3"};
  auto page = events->ListAfter(0, filter, 10);
  ASSERT_THAT(page, IsOk());
  EXPECT_THAT(Ids(*page), ElementsAre(2, 4));
  EXPECT_EQ(page->reached, 5u);
  filter = EventFilter();
  filter.since = TestTime(1);
  filter.until = TestTime(3);
  EXPECT_THAT(Ids(*events->ListBefore(0, filter, 10)), ElementsAre(3, 2));
  filter = EventFilter();
  filter.app = AppId("other");
  page = events->ListAfter(2, filter, 10);
  ASSERT_THAT(page, IsOk());
  EXPECT_THAT(Ids(*page), IsEmpty());
  EXPECT_EQ(page->reached, 5u);
  filter = EventFilter();
  filter.user = UserId("65f0c0ffee65f0c0ffee0009");
  EXPECT_THAT(Ids(*events->ListAfter(0, filter, 10)), IsEmpty());
  // With nothing behind it, a reader stays where it is.
  EXPECT_EQ(events->ListAfter(5, {}, 10)->reached, 5u);
}

TEST_P(EventStoreTest, TrimsByAgeAndNumberButTheNewestStays) {
  EventStore* events = store()->events();
  EXPECT_EQ(events->Range()->newest, 0u);
  EXPECT_THAT(events->Trim(TestTime(9), 0), IsOkAndHolds(0u));
  AppendMany(events, 6);
  EXPECT_THAT(events->Trim(TestTime(2), 100), IsOkAndHolds(2u));
  EXPECT_EQ(events->Range()->oldest, 3u);
  EXPECT_THAT(events->Trim(TestTime(0), 3), IsOkAndHolds(1u));
  EXPECT_THAT(Ids(*events->ListAfter(0, {}, 10)), ElementsAre(4, 5, 6));
  EXPECT_THAT(events->Trim(TestTime(99), 0), IsOkAndHolds(2u));
  EXPECT_EQ(events->Range()->oldest, 6u);
  // So that no id comes again.
  EXPECT_THAT(events->Append({TestEvent("b")}), IsOkAndHolds(7u));
}

TEST_P(EventStoreTest, KeepsCursors) {
  EventStore* events = store()->events();
  const auto none = events->LoadCursor("a");
  ASSERT_THAT(none, IsOk());
  EXPECT_FALSE(none->has_value());
  ASSERT_THAT(events->SaveCursor("a", 3), IsOk());
  ASSERT_THAT(events->SaveCursor("b", 4), IsOk());
  ASSERT_THAT(events->SaveCursor("a", 7), IsOk());
  EXPECT_EQ(*events->LoadCursor("a"), 7u);
  EXPECT_EQ(*events->LoadCursor("b"), 4u);
}

TEST_P(EventStoreTest, ParallelAppendsGetIdsOfTheirOwn) {
  EventStore* events = store()->events();
  Parallel(8, [events](int) {
    for (int i = 0; i < 10; ++i) {
      ASSERT_THAT(events->Append({TestEvent("x"), TestEvent("y")}), IsOk());
    }
  });
  const auto page = events->ListAfter(0, {}, 1000);
  ASSERT_THAT(page, IsOk());
  ASSERT_EQ(page->events.size(), 160u);
  for (size_t i = 0; i < page->events.size(); ++i) {
    EXPECT_EQ(page->events[i].id, i + 1);
    EXPECT_EQ(page->events[i].action, i % 2 == 0 ? "x" : "y");
  }
}

// What the sweep of anonymous users builds on.
TEST_P(UserStoreTest, RemovesOnlyWhoDidNotChange) {
  UserStore* users = store()->users();
  UserRecord idle = TestUser("app", "65f0c0ffee65f0c0ffee0001");
  UserRecord busy = TestUser("app", "65f0c0ffee65f0c0ffee0002");
  for (UserRecord* user : {&idle, &busy}) {
    ASSERT_THAT(users->Insert(*user), IsOk());
    user->version = 1;
  }
  UserRecord changed = busy;
  changed.last_login_at = TestTime(5);
  ASSERT_THAT(users->CompareAndUpdate(changed), IsOk());
  const auto removed = users->RemoveUnchanged({idle, busy});
  ASSERT_THAT(removed, IsOk());
  EXPECT_THAT(*removed, ElementsAre(idle.id));
  EXPECT_THAT(users->Find(idle.app, idle.id), HasReason(Reason::kUserNotFound));
  EXPECT_THAT(users->Find(busy.app, busy.id), IsOk());
  // The identity is free again.
  EXPECT_THAT(users->Insert(idle), IsOk());
}

}  // namespace
}  // namespace latchkey
