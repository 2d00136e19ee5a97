#include "server/rpc/dispatcher.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "core/base/reason.h"
#include "core/base/simulated_clock.h"
#include "core/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "google/protobuf/empty.pb.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

using google::protobuf::Empty;

class FakeCall final : public RpcCall {
 public:
  explicit FakeCall(const Method* method) : method_(method) {}
  const Method& method() const override { return *method_; }
  const RpcContext& context() const override { return context_; }
  const google::protobuf::Message& request() const override { return request_; }
  google::protobuf::Message* response() override { return &response_; }
  void Finish(const absl::Status& status) override {
    status_ = status;
    done_.Notify();
  }

  RpcContext* mutable_context() { return &context_; }
  absl::Status Wait() {
    done_.WaitForNotification();
    return status_;
  }

 private:
  const Method* const method_;
  RpcContext context_;
  Empty request_;
  Empty response_;
  absl::Status status_;
  absl::Notification done_;
};

class DispatcherTest : public ::testing::Test {
 protected:
  DispatcherTest() {
    slow_ = &table_.Add<Empty, Empty>(
        "/test.Service/Slow", {.lane = Lane::kHash},
        [this](const Empty&, const RpcContext&, Empty*) {
          entered_.DecrementCount();
          release_.WaitForNotification();
          return absl::OkStatus();
        });
    quick_ = &table_.Add<Empty, Empty>(
        "/test.Service/Quick", {.lane = Lane::kStore},
        [this](const Empty&, const RpcContext&, Empty*) {
          ++handled_;
          return absl::OkStatus();
        });
    table_.RegisterSeries(&metrics_);
    DispatcherOptions options;
    options.hash_workers = 1;
    options.hash_queue_length = 1;
    dispatcher_ = std::make_unique<Dispatcher>(options, &clock_, &metrics_);
  }

  SimulatedClock clock_{absl::FromUnixSeconds(1'700'000'000)};
  absl::BlockingCounter entered_{1};
  absl::Notification release_;
  int handled_ = 0;
  Metrics metrics_;
  MethodTable table_;
  Method* slow_;
  Method* quick_;
  std::unique_ptr<Dispatcher> dispatcher_;
};

TEST_F(DispatcherTest, AFullLaneRefusesAtOnceAndOthersGoOn) {
  FakeCall running(slow_);
  FakeCall waiting(slow_);
  FakeCall refused(slow_);
  FakeCall other(quick_);
  dispatcher_->Run(&running);
  entered_.Wait();
  dispatcher_->Run(&waiting);
  dispatcher_->Run(&refused);
  const absl::Status status = refused.Wait();
  EXPECT_THAT(status, HasReason(Reason::kOverloaded));
  EXPECT_TRUE(GetRetryAfter(status).has_value());
  dispatcher_->Run(&other);
  EXPECT_THAT(other.Wait(), IsOk());
  // `waiting` would wait in the handler for the notification too.
  waiting.mutable_context()->call.cancelled = [] { return true; };
  release_.Notify();
  EXPECT_THAT(running.Wait(), IsOk());
  EXPECT_THAT(waiting.Wait(), HasReason(Reason::kCancelled));
}

TEST_F(DispatcherTest, LateCallsAreNotBegun) {
  FakeCall late(quick_);
  late.mutable_context()->call.deadline = clock_.TimeNow() - absl::Seconds(1);
  dispatcher_->Run(&late);
  EXPECT_THAT(late.Wait(), HasReason(Reason::kDeadlineExceeded));
  EXPECT_EQ(handled_, 0);
}

TEST_F(DispatcherTest, InlineAnswersOrHandsOn) {
  std::optional<absl::Status> answer =
      Error(Reason::kConflict, "from the inline handler");
  quick_->try_inline = [&answer](const google::protobuf::Message&,
                                 const RpcContext&,
                                 google::protobuf::Message*) { return answer; };
  FakeCall inline_call(quick_);
  dispatcher_->Run(&inline_call);
  EXPECT_THAT(inline_call.Wait(), HasReason(Reason::kConflict));
  EXPECT_EQ(handled_, 0);
  answer.reset();
  FakeCall handed_on(quick_);
  dispatcher_->Run(&handed_on);
  EXPECT_THAT(handed_on.Wait(), IsOk());
  EXPECT_EQ(handled_, 1);
}

TEST_F(DispatcherTest, OthersGetTheirTurnBetweenSlices) {
  DispatcherOptions options;
  options.hash_workers = 1;
  Dispatcher dispatcher(options, &clock_, &metrics_);
  std::vector<std::string> order;  // of the one thread of the lane
  FakeCall sliced(slow_);
  Method& other = table_.Add<Empty, Empty>(
      "/test.Service/Other", {.lane = Lane::kHash},
      [&order](const Empty&, const RpcContext&, Empty*) {
        order.push_back("other");
        return absl::OkStatus();
      });
  FakeCall waiting(&other);
  slow_->slice =
      [&](const google::protobuf::Message&, const RpcContext&,
          google::protobuf::Message*) -> std::optional<absl::Status> {
    order.push_back("slice");
    // Comes while the first slice runs.
    if (order.size() == 1) dispatcher.Run(&waiting);
    if (order.size() < 4) return std::nullopt;
    return absl::OkStatus();
  };
  dispatcher.Run(&sliced);
  EXPECT_THAT(sliced.Wait(), IsOk());
  EXPECT_THAT(waiting.Wait(), IsOk());
  EXPECT_THAT(order,
              ::testing::ElementsAre("slice", "other", "slice", "slice"));
}

// A lane that does not take the rest does not lose it either.
TEST_F(DispatcherTest, AFullLaneFinishesWhatItBegan) {
  int slices = 0;
  FakeCall sliced(slow_);
  FakeCall waiting(quick_);
  quick_->lane = slow_->lane;
  slow_->slice =
      [&](const google::protobuf::Message&, const RpcContext&,
          google::protobuf::Message*) -> std::optional<absl::Status> {
    if (++slices == 1) dispatcher_->Run(&waiting);  // fills the lane
    if (slices < 3) return std::nullopt;
    return absl::OkStatus();
  };
  dispatcher_->Run(&sliced);
  EXPECT_THAT(sliced.Wait(), IsOk());
  EXPECT_THAT(waiting.Wait(), IsOk());
  EXPECT_EQ(slices, 3);
}

TEST_F(DispatcherTest, CountsByMethodAndReason) {
  FakeCall call(quick_);
  dispatcher_->Run(&call);
  EXPECT_THAT(call.Wait(), IsOk());
  EXPECT_THAT(metrics_.Render(), ::testing::HasSubstr("Quick"));
}

// A call that is answered later keeps no thread: a hundred wait at once.
TEST_F(DispatcherTest, StartedCallsWaitWithoutALane) {
  std::vector<Method::Done> waiting;
  const Method& later = table_.AddStarter<Empty, Empty>(
      "/test.Service/Later", {},
      [&](const Empty&, const RpcContext&, Empty*, Method::Done done) {
        waiting.push_back(std::move(done));
      });
  std::vector<std::unique_ptr<FakeCall>> calls;
  for (int i = 0; i < 100; ++i) {
    calls.push_back(std::make_unique<FakeCall>(&later));
    dispatcher_->Run(calls.back().get());
  }
  EXPECT_EQ(waiting.size(), 100u);
  FakeCall quick(quick_);
  dispatcher_->Run(&quick);
  EXPECT_THAT(quick.Wait(), IsOk());

  // They hold up the end, and nothing new begins.
  EXPECT_FALSE(dispatcher_->Drain(absl::ZeroDuration()));
  FakeCall late(&later);
  dispatcher_->Run(&late);
  EXPECT_THAT(late.Wait(), HasReason(Reason::kOverloaded));
  for (Method::Done& done : waiting) {
    done(Error(Reason::kOutboundRejected, "test"));
  }
  for (const auto& call : calls) {
    EXPECT_THAT(call->Wait(), HasReason(Reason::kOutboundRejected));
  }
  EXPECT_TRUE(dispatcher_->Drain(absl::ZeroDuration()));
}

TEST_F(DispatcherTest, DrainRefusesNewWork) {
  EXPECT_TRUE(dispatcher_->Drain(absl::Seconds(5)));
  FakeCall call(quick_);
  dispatcher_->Run(&call);
  EXPECT_THAT(call.Wait(), HasReason(Reason::kOverloaded));
}

}  // namespace
}  // namespace latchkey
