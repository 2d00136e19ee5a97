#include "server/rpc/outbound_service.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/synchronization/notification.h"
#include "core/audit/fake_audit_sink.h"
#include "core/base/reason.h"
#include "core/base/simulated_clock.h"
#include "core/crypto/digest.h"
#include "core/testing/fake_fetcher.h"
#include "core/testing/fake_random.h"
#include "core/testing/status_matchers.h"
#include "gtest/gtest.h"
#include "server/rpc/dispatcher.h"

namespace latchkey {
namespace {

const absl::Time kStart = absl::FromUnixSeconds(1'700'000'000);
constexpr char kUrl[] = "https://op.example/token";
constexpr char kAdminKey[] = "lka_ops_secret";
constexpr char kBody[] =
    R"({"access_token":"t1","token_type":"bearer","expires_in":3600,)"
    R"("scope":"a b"})";

// One call with messages of the row's types.
class Call final : public RpcCall {
 public:
  explicit Call(const Method* method)
      : method_(method),
        request_(method->request->New()),
        response_(method->response->New()) {
    context_.call.deadline = kStart + absl::Seconds(5);
    context_.peer_is_admin = true;
    context_.admin_peer = "unix:uid=7";
  }
  const Method& method() const override { return *method_; }
  const RpcContext& context() const override { return context_; }
  const google::protobuf::Message& request() const override {
    return *request_;
  }
  google::protobuf::Message* response() override { return response_.get(); }
  void Finish(const absl::Status& status) override {
    status_ = status;
    done_.Notify();
  }

  RpcContext* mutable_context() { return &context_; }
  template <typename Request>
  Request* mutable_request() {
    return static_cast<Request*>(request_.get());
  }
  template <typename Response>
  const Response& answer() const {
    return static_cast<const Response&>(*response_);
  }
  bool IsDone() const { return done_.HasBeenNotified(); }
  absl::Status Wait() {
    done_.WaitForNotification();
    return status_;
  }

 private:
  const Method* const method_;
  RpcContext context_;
  const std::unique_ptr<google::protobuf::Message> request_;
  const std::unique_ptr<google::protobuf::Message> response_;
  absl::Status status_;
  absl::Notification done_;
};

OutboundOptions OnDemand() {
  OutboundOptions options;
  options.prefetch = false;
  return options;
}

class OutboundServiceTest : public ::testing::Test {
 protected:
  OutboundServiceTest() {
    fetcher_.Answer(kUrl, kBody);
    std::vector<OutboundSettings> all;
    for (const char* name : {"open", "closed"}) {
      OutboundSettings settings;
      settings.name = name;
      settings.token_url = kUrl;
      settings.client_id = "svc";
      settings.client_secret = Secret("secret");
      settings.scopes = {"a", "b"};
      all.push_back(std::move(settings));
    }
    all.back().allowed_callers = {"admin-key:ops"};
    credentials_.Replace(std::move(all));
    service_.Register(&table_);
  }

  std::unique_ptr<Call> Fetch(const std::string& name) {
    auto call = std::make_unique<Call>(
        table_.Find("/latchkey.v1.OutboundCredentialService/FetchAccessToken"));
    call->mutable_request<v1::FetchAccessTokenRequest>()->set_name(name);
    return call;
  }
  std::unique_ptr<Call> List() {
    return std::make_unique<Call>(table_.Find(
        "/latchkey.v1.OutboundCredentialService/ListOutboundCredentials"));
  }
  absl::Status Run(Call* call) {
    dispatcher_.Run(call);
    return call->Wait();
  }

  SimulatedClock clock_{kStart};
  FakeRandom random_;
  FakeFetcher fetcher_;
  FakeAuditSink audit_;
  Metrics metrics_;
  AdminGuard guard_{{{"ops", std::string(AsStringView(Sha256(kAdminKey)))}},
                    &audit_};
  OutboundCredentials credentials_{OnDemand(), &fetcher_, &clock_, &random_};
  OutboundService service_{{&credentials_, &guard_, &audit_}};
  MethodTable table_;
  Dispatcher dispatcher_{DispatcherOptions(), &clock_, &metrics_};
};

TEST_F(OutboundServiceTest, GivesTheTokenWithItsScopeAndEnd) {
  for (int i = 0; i < 2; ++i) {  // fetched, then from memory
    const auto call = Fetch("open");
    ASSERT_THAT(Run(call.get()), IsOk());
    const auto& answer = call->answer<v1::FetchAccessTokenResponse>();
    EXPECT_EQ(answer.access_token(), "t1");
    EXPECT_EQ(answer.token_type(), "Bearer");
    EXPECT_EQ(answer.expires_at().seconds(), 1'700'003'600);
    EXPECT_EQ(answer.scope(), "a b");
  }
  EXPECT_EQ(fetcher_.fetches(kUrl), 1);
}

TEST_F(OutboundServiceTest, FromMemoryNobodyWaits) {
  ASSERT_THAT(Run(Fetch("open").get()), IsOk());
  const auto call = Fetch("open");
  const auto done = call->method().try_inline(call->request(), call->context(),
                                              call->response());
  ASSERT_TRUE(done.has_value());
  EXPECT_THAT(*done, IsOk());
}

TEST_F(OutboundServiceTest, AThousandCallsWaitForOneRequest) {
  fetcher_.Hold(kUrl);
  std::vector<std::unique_ptr<Call>> calls;
  for (int i = 0; i < 1000; ++i) {
    calls.push_back(Fetch("open"));
    dispatcher_.Run(calls.back().get());
  }
  // More than there are threads or places in a lane, and the others are served.
  ASSERT_THAT(Run(List().get()), IsOk());
  fetcher_.WaitForHeld(kUrl, 1);
  for (const auto& call : calls) EXPECT_FALSE(call->IsDone());
  fetcher_.Release(kUrl);
  for (const auto& call : calls) ASSERT_THAT(call->Wait(), IsOk());
  EXPECT_EQ(fetcher_.fetches(kUrl), 1);
}

TEST_F(OutboundServiceTest, AsksWhoIsThere) {
  const auto fetch = Fetch("open");
  const auto list = List();
  for (Call* call : {fetch.get(), list.get()}) {
    call->mutable_context()->peer_is_admin = false;
    EXPECT_THAT(Run(call), HasReason(Reason::kCallerNotAllowed));
  }
  const auto wrong = Fetch("open");
  wrong->mutable_context()->peer_is_admin = false;
  wrong->mutable_context()->authorization = {"Bearer lka_ops_other"};
  EXPECT_THAT(Run(wrong.get()), HasReason(Reason::kCallerNotAllowed));
  EXPECT_EQ(fetcher_.fetches(kUrl), 0);
}

TEST_F(OutboundServiceTest, EachCredentialHasItsCallers) {
  const auto other = Fetch("closed");
  EXPECT_THAT(Run(other.get()), HasReason(Reason::kCallerNotAllowed));
  ASSERT_EQ(audit_.events().size(), 1u);
  EXPECT_EQ(audit_.events()[0].action, audit_action::kAdminRefused);
  EXPECT_EQ(audit_.events()[0].actor, "unix:uid=7");
  EXPECT_EQ(audit_.events()[0].target, "closed");

  const auto ops = Fetch("closed");
  ops->mutable_context()->peer_is_admin = false;
  ops->mutable_context()->authorization = {std::string("Bearer ") + kAdminKey};
  EXPECT_THAT(Run(ops.get()), IsOk());
}

TEST_F(OutboundServiceTest, ARefusedTokenIsFetchedAnew) {
  ASSERT_THAT(Run(Fetch("open").get()), IsOk());
  const auto call = Fetch("open");
  auto* const request = call->mutable_request<v1::FetchAccessTokenRequest>();
  request->set_refused_token("t1");
  EXPECT_THAT(Run(call.get()), IsOk());
  EXPECT_EQ(fetcher_.fetches(kUrl), 2);

  const auto closed = Fetch("closed");
  closed->mutable_request<v1::FetchAccessTokenRequest>()->set_refused_token(
      "t1");
  EXPECT_THAT(Run(closed.get()), HasReason(Reason::kCallerNotAllowed));
  EXPECT_EQ(audit_.Of(audit_action::kAdminRefused).actor, "unix:uid=7");
}

TEST_F(OutboundServiceTest, NamesAreChecked) {
  const auto none = Fetch("");
  EXPECT_THAT(Run(none.get()), HasReason(Reason::kInvalidRequest));
  const auto unknown = Fetch("unknown");
  EXPECT_THAT(Run(unknown.get()), HasReason(Reason::kResourceNotFound));
}

TEST_F(OutboundServiceTest, ListsWhatTheCallerMayFetch) {
  ASSERT_THAT(Run(Fetch("open").get()), IsOk());
  const auto call = List();
  ASSERT_THAT(Run(call.get()), IsOk());
  const auto& answer = call->answer<v1::ListOutboundCredentialsResponse>();
  ASSERT_EQ(answer.credentials_size(), 1);
  const v1::OutboundCredential& one = answer.credentials(0);
  EXPECT_EQ(one.name(), "open");
  EXPECT_EQ(one.endpoint(), kUrl);
  EXPECT_EQ(one.scopes_size(), 2);
  EXPECT_EQ(one.expires_at().seconds(), 1'700'003'600);
  EXPECT_LT(one.refresh_at().seconds(), one.expires_at().seconds() - 60);
  EXPECT_EQ(one.requests(), 1u);
  EXPECT_EQ(one.failed_requests(), 0u);
  EXPECT_EQ(one.last_failure(), v1::REASON_UNSPECIFIED);
}

TEST_F(OutboundServiceTest, ARefusalHasItsReason) {
  HttpResponse refusal;
  refusal.status = 400;
  refusal.body = R"({"error":"unauthorized_client"})";
  fetcher_.Answer(kUrl, refusal);
  const auto call = Fetch("open");
  EXPECT_THAT(Run(call.get()), HasReason(Reason::kOutboundNotPermitted));
  const auto list = List();
  ASSERT_THAT(Run(list.get()), IsOk());
  const auto& one =
      list->answer<v1::ListOutboundCredentialsResponse>().credentials(0);
  EXPECT_EQ(one.last_failure(), v1::REASON_OUTBOUND_NOT_PERMITTED);
  EXPECT_FALSE(one.has_expires_at());
}

}  // namespace
}  // namespace latchkey
