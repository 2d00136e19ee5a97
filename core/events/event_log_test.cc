#include "core/events/event_log.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/synchronization/notification.h"
#include "core/audit/fake_audit_sink.h"
#include "core/base/call_context.h"
#include "core/base/reason.h"
#include "core/base/simulated_clock.h"
#include "core/store/store.h"
#include "core/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

using testing::ElementsAre;

// MoodyEvents fails, or waits, as told.
class MoodyEvents final : public EventStore {
 public:
  explicit MoodyEvents(EventStore* base) : base_(base) {}
  absl::StatusOr<uint64_t> Append(
      absl::Span<const EventRecord> events) override {
    {
      absl::MutexLock lock(&mu_);
      ++appends_;
      mu_.Await(absl::Condition(&open_));
      if (fail_) return Error(Reason::kStoreUnavailable, "moody");
    }
    return base_->Append(events);
  }
  absl::StatusOr<EventPage> ListAfter(uint64_t after, const EventFilter& filter,
                                      size_t limit) override {
    return base_->ListAfter(after, filter, limit);
  }
  absl::StatusOr<EventPage> ListBefore(uint64_t before,
                                       const EventFilter& filter,
                                       size_t limit) override {
    return base_->ListBefore(before, filter, limit);
  }
  absl::StatusOr<EventRange> Range() override { return base_->Range(); }
  absl::StatusOr<size_t> Trim(absl::Time before, size_t keep) override {
    return base_->Trim(before, keep);
  }
  absl::StatusOr<std::optional<uint64_t>> LoadCursor(
      absl::string_view name) override {
    return base_->LoadCursor(name);
  }
  absl::Status SaveCursor(absl::string_view name, uint64_t id) override {
    return base_->SaveCursor(name, id);
  }

  void SetOpen(bool open) {
    absl::MutexLock lock(&mu_);
    open_ = open;
  }
  void SetFail(bool fail) {
    absl::MutexLock lock(&mu_);
    fail_ = fail;
  }
  void WaitForAppends(int count) {
    absl::MutexLock lock(&mu_);
    const auto there = [&] { return appends_ >= count; };
    mu_.Await(absl::Condition(&there));
  }
  int appends() {
    absl::MutexLock lock(&mu_);
    return appends_;
  }

 private:
  EventStore* const base_;
  absl::Mutex mu_;
  bool open_ ABSL_GUARDED_BY(mu_) = true;
  bool fail_ ABSL_GUARDED_BY(mu_) = false;
  int appends_ = 0;
};

class EventLogTest : public testing::Test {
 protected:
  void Make(EventLogOptions options = {}) {
    log_ = std::make_unique<EventLog>(
        options, EventLog::Deps{&lines_, &events_, &clock_});
  }
  void Record(absl::string_view action) {
    AuditEvent event;
    event.action = action;
    event.app = AppId("app");
    log_->Record(event);
  }
  void Flush() { log_->Flush(clock_.TimeNow() + absl::Hours(1)); }
  std::vector<std::string> Stored() {
    std::vector<std::string> actions;
    const auto page = events_.ListAfter(0, {}, 1000);
    for (const EventRecord& event : page->events) {
      actions.push_back(event.action);
    }
    return actions;
  }

  SimulatedClock clock_{absl::FromUnixSeconds(1'800'000'000)};
  FakeAuditSink lines_;
  const std::unique_ptr<Store> store_ = NewMemoryStore();
  MoodyEvents events_{store_->events()};
  std::unique_ptr<EventLog> log_;
};

TEST_F(EventLogTest, KeepsAllThatAnEventSays) {
  Make();
  CallContext call;
  call.peer = "127.0.0.1:9";
  call.request_id = "r";
  call.actor = "unix:uid=1";
  AuditEvent event(audit_action::kUserDeleted, call);
  event.app = AppId("app");
  event.user = UserId("u");
  event.session = SessionId("s");
  event.provider = ProviderName("p");
  event.providers = "p,q";
  event.target = std::string(5000, 't');
  event.detail = "d";
  log_->Record(event);
  Flush();
  const auto page = events_.ListAfter(0, {}, 10);
  ASSERT_THAT(page, IsOk());
  ASSERT_EQ(page->events.size(), 1u);
  const EventRecord& stored = page->events.front();
  EXPECT_EQ(stored.time, clock_.TimeNow());
  EXPECT_EQ(stored.action, "user_deleted");
  EXPECT_EQ(stored.app.value(), "app");
  EXPECT_EQ(stored.user.value(), "u");
  EXPECT_EQ(stored.session.value(), "s");
  EXPECT_EQ(stored.provider.value(), "p");
  EXPECT_EQ(stored.providers, "p,q");
  EXPECT_EQ(stored.target.size(), 1024u);
  EXPECT_EQ(stored.peer, "127.0.0.1:9");
  EXPECT_EQ(stored.actor, "unix:uid=1");
  EXPECT_EQ(stored.detail, "d");
  EXPECT_EQ(lines_.events().size(), 1u);  // the log has it, too
  EXPECT_EQ(log_->newest(), 1u);
}

TEST_F(EventLogTest, RecordDoesNotWaitForTheStore) {
  Make();
  events_.SetOpen(false);
  Record("a");
  events_.WaitForAppends(1);
  // The thread hangs in the store; nobody else does.
  Record("b");
  Record("c");
  EXPECT_EQ(log_->figures().waiting, 2u);
  events_.SetOpen(true);
  Flush();
  EXPECT_THAT(Stored(), ElementsAre("a", "b", "c"));
}

TEST_F(EventLogTest, ManyEventsAreFewWrites) {
  Make();
  Record("first");
  events_.WaitForAppends(1);
  for (int i = 0; i < 50; ++i) Record("more");
  // Nothing is written until the time has come.
  EXPECT_EQ(events_.appends(), 1);
  clock_.WaitForWaiters(1);
  clock_.AdvanceTime(EventLog::kLinger);
  events_.WaitForAppends(2);
  Flush();
  EXPECT_EQ(Stored().size(), 51u);
  EXPECT_EQ(events_.appends(), 2);
}

TEST_F(EventLogTest, AFullQueueDropsAndCounts) {
  Make({.queue_length = 2});
  events_.SetOpen(false);
  Record("a");
  events_.WaitForAppends(1);
  for (const char* action : {"b", "c", "d", "e"}) Record(action);
  EXPECT_EQ(log_->figures().dropped, 2u);
  events_.SetOpen(true);
  Flush();
  EXPECT_THAT(Stored(), ElementsAre("a", "b", "c"));
  EXPECT_EQ(log_->figures().written, 3u);
}

TEST_F(EventLogTest, AFailedWriteIsTriedAgainInOrder) {
  Make();
  events_.SetFail(true);
  Record("a");
  events_.WaitForAppends(1);
  clock_.WaitForWaiters(1);
  Record("b");
  EXPECT_EQ(log_->figures().failed_writes, 1u);
  events_.SetFail(false);
  clock_.AdvanceTime(absl::Seconds(1));
  events_.WaitForAppends(2);
  Flush();
  EXPECT_THAT(Stored(), ElementsAre("a", "b"));
}

TEST_F(EventLogTest, RemovesWhatIsOldOrTooMuch) {
  EventLogOptions options;
  options.retention = absl::Hours(1);
  options.max_events = 3;
  Make(options);
  for (int i = 0; i < 5; ++i) Record("x");
  Flush();
  clock_.WaitForWaiters(1);
  clock_.AdvanceTime(absl::Minutes(1));
  clock_.WaitForWaiters(1);
  EXPECT_EQ(events_.Range()->oldest, 3u);
  clock_.AdvanceTime(absl::Hours(2));
  clock_.WaitForWaiters(1);
  EXPECT_EQ(events_.Range()->oldest, 5u);
  EXPECT_EQ(log_->figures().trimmed, 4u);
}

TEST_F(EventLogTest, WhatWaitsAtTheEndIsWritten) {
  Make();
  Record("a");
  events_.WaitForAppends(1);
  Record("b");
  log_ = nullptr;
  EXPECT_THAT(Stored(), ElementsAre("a", "b"));
}

TEST_F(EventLogTest, TellsListenersUntilTheyGo) {
  Make();
  absl::Notification told;
  int calls = 0;
  log_->AddListener([&] {
    ++calls;
    if (!told.HasBeenNotified()) told.Notify();
  });
  Record("a");
  told.WaitForNotification();
  log_->RemoveListeners();
  Record("b");
  Flush();
  EXPECT_EQ(calls, 1);
}

}  // namespace
}  // namespace latchkey
