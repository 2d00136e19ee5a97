#include "server/rpc/audit_service.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "core/audit/audit.h"
#include "core/audit/fake_audit_sink.h"
#include "core/base/ids.h"
#include "core/base/reason.h"
#include "core/base/simulated_clock.h"
#include "core/events/event_log.h"
#include "core/metrics/metrics.h"
#include "core/store/store.h"
#include "core/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/rpc/dispatcher.h"
#include "server/rpc/event_codec.h"
#include "server/rpc/event_watches.h"

namespace latchkey {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// FakeStream takes messages at once, or keeps them until told.
class FakeStream final : public RpcStream {
 public:
  void Notify(std::function<void()> on_change) override {
    absl::MutexLock lock(&mu_);
    on_change_ = std::move(on_change);
  }
  void Send(const google::protobuf::Message& message) override {
    absl::MutexLock lock(&mu_);
    if (end_.has_value()) return;
    events_.push_back(
        static_cast<const v1::WatchEventsResponse&>(message).event());
  }
  void Finish(const absl::Status& status) override {
    absl::MutexLock lock(&mu_);
    if (!end_.has_value()) end_ = status;
  }
  bool idle() const override {
    absl::MutexLock lock(&mu_);
    return !slow_ || events_.empty();
  }
  bool closed() const override {
    absl::MutexLock lock(&mu_);
    return end_.has_value();
  }

  // Busy with the first message until SetQuick.
  void SetSlow() {
    absl::MutexLock lock(&mu_);
    slow_ = true;
  }
  void SetQuick() {
    std::function<void()> on_change;
    {
      absl::MutexLock lock(&mu_);
      slow_ = false;
      on_change = on_change_;
    }
    on_change();
  }
  std::vector<std::string> WaitForActions(size_t count) {
    absl::MutexLock lock(&mu_);
    const auto there = [&]() ABSL_SHARED_LOCKS_REQUIRED(mu_) {
      return events_.size() >= count;
    };
    mu_.AwaitWithTimeout(absl::Condition(&there), absl::Seconds(10));
    std::vector<std::string> actions;
    for (const v1::AuditEvent& event : events_) {
      actions.push_back(event.action());
    }
    return actions;
  }
  Reason WaitForEnd() {
    absl::MutexLock lock(&mu_);
    const auto there = [this]() ABSL_SHARED_LOCKS_REQUIRED(mu_) {
      return end_.has_value();
    };
    mu_.AwaitWithTimeout(absl::Condition(&there), absl::Seconds(10));
    return end_.has_value() ? GetReason(*end_) : Reason::kUnspecified;
  }
  std::string IdOf(size_t index) {
    absl::MutexLock lock(&mu_);
    return events_.at(index).id();
  }

 private:
  mutable absl::Mutex mu_;
  std::function<void()> on_change_ ABSL_GUARDED_BY(mu_);
  std::vector<v1::AuditEvent> events_ ABSL_GUARDED_BY(mu_);
  std::optional<absl::Status> end_ ABSL_GUARDED_BY(mu_);
  bool slow_ ABSL_GUARDED_BY(mu_) = false;
};

class AuditServiceTest : public testing::Test {
 protected:
  AuditServiceTest() {
    log_.AddListener([this] { watches_.Wake(); });
    service_.Register(&table_);
  }
  ~AuditServiceTest() override { watches_.Stop(); }

  static RpcContext Admin() {
    RpcContext context;
    context.peer_is_admin = true;
    context.admin_peer = "unix:uid=1";
    return context;
  }
  void Record(absl::string_view action, const std::string& app = "app",
              const std::string& detail = "") {
    AuditEvent event;
    event.action = action;
    event.app = AppId(app);
    event.detail = detail;
    log_.Record(event);
    log_.Flush(clock_.TimeNow() + absl::Hours(1));
  }
  absl::StatusOr<v1::ListEventsResponse> List(
      const v1::ListEventsRequest& request,
      const RpcContext& context = Admin()) {
    v1::ListEventsResponse response;
    const absl::Status status =
        table_.Find("/latchkey.v1.AuditService/ListEvents")
            ->handle(request, context, &response);
    if (!status.ok()) return status;
    return response;
  }
  std::shared_ptr<FakeStream> Watch(const v1::WatchEventsRequest& request,
                                    const RpcContext& context = Admin(),
                                    bool slow = false) {
    auto stream = std::make_shared<FakeStream>();
    if (slow) stream->SetSlow();
    table_.Find("/latchkey.v1.AuditService/WatchEvents")
        ->stream(request, context, stream);
    return stream;
  }

  SimulatedClock clock_{absl::FromUnixSeconds(1'800'000'000)};
  FakeAuditSink lines_;
  std::unique_ptr<Store> store_ = NewMemoryStore();
  EventLog log_{EventLogOptions(), {&lines_, store_->events(), &clock_}};
  EventWatches watches_{2, store_->events(), &clock_};
  AdminGuard guard_{{}, &lines_};
  AuditService service_{{store_->events(), &log_, &watches_, &guard_}};
  MethodTable table_;
};

std::vector<std::string> Actions(const v1::ListEventsResponse& response) {
  std::vector<std::string> actions;
  for (const auto& event : response.events()) {
    actions.push_back(event.action());
  }
  return actions;
}

TEST_F(AuditServiceTest, ListsNewestFirstInPages) {
  Record("login");
  Record("link");
  Record("user_deleted");
  v1::ListEventsRequest request;
  request.set_page_size(2);
  auto page = List(request);
  ASSERT_THAT(page, IsOk());
  EXPECT_THAT(Actions(*page), ElementsAre("user_deleted", "link"));
  request.set_page_token(page->next_page_token());
  page = List(request);
  ASSERT_THAT(page, IsOk());
  EXPECT_THAT(Actions(*page), ElementsAre("login"));
  EXPECT_EQ(page->next_page_token(), "");
  const v1::AuditEvent& event = page->events(0);
  EXPECT_EQ(event.id(), EventId(1));
  EXPECT_EQ(event.type(), v1::AUDIT_EVENT_TYPE_LOGIN);
  EXPECT_EQ(event.app(), "app");
  EXPECT_EQ(event.time().seconds(), 1'800'000'000);
}

TEST_F(AuditServiceTest, SaysALogoutFromOtherEndings) {
  Record("sessions_revoked", "app", "logout_all");
  Record("session_revoked", "app", "admin");
  Record("login_failed", "app", "CREDENTIAL_REJECTED");
  const auto all = List({});
  ASSERT_THAT(all, IsOk());
  ASSERT_EQ(all->events_size(), 3);
  EXPECT_EQ(all->events(0).reason(), v1::REASON_CREDENTIAL_REJECTED);
  EXPECT_EQ(all->events(0).detail(), "");
  EXPECT_EQ(all->events(1).type(), v1::AUDIT_EVENT_TYPE_SESSION_REVOKED);
  EXPECT_EQ(all->events(1).detail(), "admin");
  EXPECT_EQ(all->events(2).type(), v1::AUDIT_EVENT_TYPE_LOGOUT);
  v1::ListEventsRequest request;
  request.add_types(v1::AUDIT_EVENT_TYPE_LOGOUT);
  EXPECT_THAT(Actions(*List(request)), ElementsAre("logout"));
  // Nothing writes these yet.
  request.set_types(0, v1::AUDIT_EVENT_TYPE_CONFIG_RELOADED);
  EXPECT_THAT(Actions(*List(request)), IsEmpty());
}

TEST_F(AuditServiceTest, FiltersByAppUserAndTime) {
  Record("login", "a");
  clock_.AdvanceTime(absl::Seconds(10));
  Record("link", "b");
  v1::ListEventsRequest request;
  request.set_app("a");
  EXPECT_THAT(Actions(*List(request)), ElementsAre("login"));
  request.Clear();
  request.mutable_start_time()->set_seconds(1'800'000'005);
  EXPECT_THAT(Actions(*List(request)), ElementsAre("link"));
  request.Clear();
  request.mutable_end_time()->set_seconds(1'800'000'010);
  EXPECT_THAT(Actions(*List(request)), ElementsAre("login"));
  request.Clear();
  request.set_user_id("65f0c0ffee65f0c0ffee0001");
  EXPECT_THAT(Actions(*List(request)), IsEmpty());
}

TEST_F(AuditServiceTest, RefusesBadRequestsAndStrangers) {
  v1::ListEventsRequest request;
  request.set_user_id("x");
  EXPECT_THAT(List(request), HasReason(Reason::kInvalidRequest));
  request.Clear();
  request.set_page_size(1001);
  EXPECT_THAT(List(request), HasReason(Reason::kInvalidRequest));
  request.Clear();
  request.mutable_start_time()->set_nanos(-1);
  EXPECT_THAT(List(request), HasReason(Reason::kInvalidRequest));
  EXPECT_THAT(List({}, RpcContext()), HasReason(Reason::kCallerNotAllowed));
  v1::WatchEventsRequest watch;
  watch.set_after_id("1");
  EXPECT_EQ(Watch(watch)->WaitForEnd(), Reason::kInvalidRequest);
  EXPECT_EQ(Watch({}, RpcContext())->WaitForEnd(), Reason::kCallerNotAllowed);
}

TEST_F(AuditServiceTest, WatchesFromNowOn) {
  Record("login");
  const auto stream = Watch({});
  Record("link");
  Record("user_deleted");
  EXPECT_THAT(stream->WaitForActions(2), ElementsAre("link", "user_deleted"));
}

TEST_F(AuditServiceTest, WatchGoesOnFromACursorWithAFilter) {
  Record("login", "a");
  Record("link", "a");
  Record("login", "b");
  v1::WatchEventsRequest request;
  request.set_after_id(EventId(1));
  EXPECT_THAT(Watch(request)->WaitForActions(2), ElementsAre("link", "login"));
  request.set_app("a");
  request.add_types(v1::AUDIT_EVENT_TYPE_LOGIN);
  const auto stream = Watch(request);
  Record("login", "a");
  EXPECT_THAT(stream->WaitForActions(1), ElementsAre("login"));
  EXPECT_EQ(stream->IdOf(0), EventId(4));
}

TEST_F(AuditServiceTest, ASlowReaderLosesNothingButItsPlace) {
  Record("login");
  v1::WatchEventsRequest request;
  request.set_after_id(EventId(0));
  const auto slow = Watch(request, Admin(), /*slow=*/true);
  EXPECT_THAT(slow->WaitForActions(1), ElementsAre("login"));
  Record("link");
  Record("unlink");
  slow->SetQuick();
  EXPECT_THAT(slow->WaitForActions(3), ElementsAre("login", "link", "unlink"));
  slow->SetSlow();
  Record("login");
  Record("login");
  ASSERT_THAT(store_->events()->Trim(absl::InfinitePast(), 1), IsOk());
  slow->SetQuick();
  EXPECT_EQ(slow->WaitForEnd(), Reason::kOverloaded);
  // Whoever comes back with that place learns that it is gone.
  EXPECT_EQ(Watch(request)->WaitForEnd(), Reason::kResourceNotFound);
  request.set_after_id(EventId(99));
  EXPECT_EQ(Watch(request)->WaitForEnd(), Reason::kResourceNotFound);
}

TEST_F(AuditServiceTest, WatchersAreBoundedAndEndAtAStop) {
  const auto first = Watch({});
  const auto second = Watch({});
  EXPECT_EQ(Watch({})->WaitForEnd(), Reason::kOverloaded);
  // One that has gone makes room.
  first->Finish(Error(Reason::kCancelled, "gone"));
  Record("login");
  EXPECT_THAT(second->WaitForActions(1), ElementsAre("login"));
  const auto third = Watch({});
  watches_.Stop();
  EXPECT_EQ(second->WaitForEnd(), Reason::kOverloaded);
  EXPECT_EQ(third->WaitForEnd(), Reason::kOverloaded);
  EXPECT_EQ(Watch({})->WaitForEnd(), Reason::kOverloaded);
}

// As a transport of unary calls would.
class UnaryCall final : public RpcCall {
 public:
  explicit UnaryCall(const Method* method) : method_(method) {}
  const Method& method() const override { return *method_; }
  const RpcContext& context() const override { return context_; }
  const google::protobuf::Message& request() const override { return request_; }
  google::protobuf::Message* response() override { return &response_; }
  void Finish(const absl::Status& status) override { status_ = status; }
  const absl::Status& status() const { return status_; }

 private:
  const Method* const method_;
  RpcContext context_;
  v1::WatchEventsRequest request_;
  v1::WatchEventsResponse response_;
  absl::Status status_;
};

TEST_F(AuditServiceTest, UnaryTransportsSayThatTheyCannotStream) {
  Metrics metrics;
  Dispatcher dispatcher(DispatcherOptions(), &clock_, &metrics);
  UnaryCall call(table_.Find("/latchkey.v1.AuditService/WatchEvents"));
  dispatcher.Run(&call);
  EXPECT_THAT(call.status(), HasReason(Reason::kUnimplemented));
}

}  // namespace
}  // namespace latchkey
