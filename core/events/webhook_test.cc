#include "core/events/webhook.h"

#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/base/reason.h"
#include "core/base/simulated_clock.h"
#include "core/json/json.h"
#include "core/store/store.h"
#include "core/testing/fake_random.h"
#include "core/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

using testing::ElementsAre;

constexpr char kUser[] = "65f0c0ffee65f0c0ffee0001";

// Endpoint answers 200 unless told otherwise, and remembers.
class Endpoint final : public HttpFetcher {
 public:
  absl::StatusOr<HttpResponse> Fetch(const std::string& /*url*/,
                                     const FetchOptions& options) override {
    absl::MutexLock lock(&mu_);
    requests_.push_back(options);
    bodies_.push_back(*options.post_body);
    HttpResponse response;
    response.status = 200;
    if (!answers_.empty()) {
      response.status = answers_.front();
      answers_.pop_front();
    }
    if (response.status == 0) {
      return Error(Reason::kIssuerUnavailable, "nobody there");
    }
    return response;
  }
  // The next requests get these; 0: no answer at all.
  void Answer(std::deque<int> statuses) {
    absl::MutexLock lock(&mu_);
    answers_ = std::move(statuses);
  }
  // WaitFor gives the ids of the events of the first `count` requests.
  std::vector<std::string> WaitFor(size_t count) {
    absl::MutexLock lock(&mu_);
    const auto there = [&] { return bodies_.size() >= count; };
    mu_.AwaitWithTimeout(absl::Condition(&there), absl::Seconds(10));
    std::vector<std::string> ids;
    for (const FetchOptions& one : requests_) {
      ids.push_back(one.headers.at("Latchkey-Event-Id"));
    }
    return ids;
  }
  FetchOptions last() {
    absl::MutexLock lock(&mu_);
    return requests_.back();
  }

 private:
  absl::Mutex mu_;
  std::deque<int> answers_ ABSL_GUARDED_BY(mu_);
  std::vector<FetchOptions> requests_;
  std::vector<std::string> bodies_;
};

class WebhookTest : public testing::Test {
 protected:
  WebhookTest() {
    UserRecord user;
    user.id = UserId(kUser);
    user.app = AppId("app");
    user.data_json = R"({"name":"Ann"})";
    user.identities.push_back({ProviderName("anonymous"),
                               ProviderKind::kAnonymous, "subject", "{}",
                               clock_.TimeNow()});
    user.created_at = clock_.TimeNow();
    EXPECT_THAT(store_->users()->Insert(user), IsOk());
  }

  static WebhookSettings Settings() {
    WebhookSettings settings;
    settings.name = "hook";
    settings.app = AppId("app");
    settings.actions = {"login", "user_deleted"};
    settings.kinds = {{"anonymous", ProviderKind::kAnonymous},
                      {"okta", ProviderKind::kCustomJwt}};
    settings.url = "https://hooks.example/x";
    settings.secret = Secret("0123456789abcdef0123456789abcdef");
    return settings;
  }
  void Make(WebhookSettings settings = Settings()) {
    webhook_ = std::make_unique<Webhook>(
        std::move(settings), Webhook::Deps{store_->events(), store_->users(),
                                           &endpoint_, &clock_, &random_});
    clock_.WaitForWaiters(1);  // it has found its place
  }
  EventRecord Event(absl::string_view action,
                    absl::string_view provider = "anonymous") {
    EventRecord event;
    event.time = clock_.TimeNow();
    event.action = std::string(action);
    event.app = AppId("app");
    event.user = UserId(kUser);
    event.provider = ProviderName(provider);
    return event;
  }
  void Append(const EventRecord& event) {
    ASSERT_THAT(store_->events()->Append({event}), IsOk());
    if (webhook_ != nullptr) webhook_->Wake();
  }

  SimulatedClock clock_{absl::FromUnixSeconds(1'800'000'000)};
  FakeRandom random_;
  const std::unique_ptr<Store> store_ = NewMemoryStore();
  Endpoint endpoint_;
  std::unique_ptr<Webhook> webhook_;
};

TEST_F(WebhookTest, PostsWhatItIsForSignedAndInOrder) {
  Append(Event("login"));  // before its time
  Make();
  Append(Event("link"));
  Append(Event("login"));
  EventRecord other = Event("login");
  other.app = AppId("other");
  Append(other);
  Append(Event("login"));
  EXPECT_THAT(endpoint_.WaitFor(2), ElementsAre("3", "5"));
  const FetchOptions request = endpoint_.last();
  EXPECT_EQ(request.headers.at("Content-Type"), "application/json");
  EXPECT_EQ(request.headers.at("Latchkey-Timestamp"), "1800000000");
  EXPECT_EQ(request.headers.at("Latchkey-Signature"),
            SignWebhook(Settings().secret, "1800000000", *request.post_body));
  const auto body = json::ParseObject(*request.post_body);
  ASSERT_THAT(body, IsOk());
  EXPECT_EQ(*body->Find("id")->as_string(), "5");
  EXPECT_EQ(*body->Find("operationType")->as_string(), "LOGIN");
  EXPECT_EQ(*body->Find("time")->as_string(), "2027-01-15T08:00:00.000Z");
  EXPECT_EQ(json::Write(*body->Find("providers")), R"(["anon-user"])");
  const json::Value* const user = body->Find("user");
  EXPECT_EQ(*user->Find("id")->as_string(), kUser);
  EXPECT_EQ(json::Write(*user->Find("data")), R"({"name":"Ann"})");
  EXPECT_EQ(user->Find("identities")->as_array()->size(), 1u);
}

// Made with Python's hmac module.
TEST_F(WebhookTest, SignsAsTheDocumentSays) {
  EXPECT_EQ(SignWebhook(Secret("key"), "1700000000", R"({"id":"1"})"),
            "v1="
            "9e040cb90cefc5a04ab9a9848a74e2ff0489b4d8837b38d54555cb67e4f8e76e");
}

TEST_F(WebhookTest, ADeletionNamesAllProvidersOfItsUser) {
  EventRecord event = Event("user_deleted", "");
  event.user = UserId("65f0c0ffee65f0c0ffee0009");
  event.providers = "anonymous,okta,gone";
  WebhookSettings settings = Settings();
  settings.providers = {ProviderName("okta")};
  Make(std::move(settings));
  Append(Event("login", "anonymous"));
  Append(event);
  EXPECT_THAT(endpoint_.WaitFor(1), ElementsAre("2"));
  const auto body = json::ParseObject(*endpoint_.last().post_body);
  ASSERT_THAT(body, IsOk());
  EXPECT_EQ(json::Write(*body->Find("providers")),
            R"(["anon-user","custom-token","gone"])");
  EXPECT_EQ(json::Write(*body->Find("user")),
            R"({"id":"65f0c0ffee65f0c0ffee0009"})");
}

TEST_F(WebhookTest, TriesAgainAndKeepsTheOrder) {
  Make();
  endpoint_.Answer({500, 0, 429, 200});
  Append(Event("login"));
  Append(Event("login"));
  for (size_t tries = 1; tries <= 3; ++tries) {
    EXPECT_EQ(endpoint_.WaitFor(tries).size(), tries);
    clock_.WaitForWaiters(1);
    clock_.AdvanceTime(absl::Seconds(8));
  }
  EXPECT_THAT(endpoint_.WaitFor(5), ElementsAre("1", "1", "1", "1", "2"));
  clock_.WaitForWaiters(1);
  EXPECT_EQ(webhook_->figures().retries, 3u);
  EXPECT_EQ(webhook_->figures().delivered, 2u);
}

TEST_F(WebhookTest, WaitsLongerAfterEachFailure) {
  Make();
  endpoint_.Answer({500, 500, 200});
  Append(Event("login"));
  EXPECT_EQ(endpoint_.WaitFor(1).size(), 1u);
  clock_.WaitForWaiters(1);
  clock_.AdvanceTime(absl::Milliseconds(499));  // at least half of 1 s
  webhook_->Wake();
  clock_.WaitForWaiters(1);
  EXPECT_EQ(endpoint_.WaitFor(1).size(), 1u);
  clock_.AdvanceTime(absl::Milliseconds(501));
  EXPECT_EQ(endpoint_.WaitFor(2).size(), 2u);
  clock_.WaitForWaiters(1);
  clock_.AdvanceTime(absl::Milliseconds(999));  // of 2 s
  clock_.WaitForWaiters(1);
  EXPECT_EQ(endpoint_.WaitFor(2).size(), 2u);
}

TEST_F(WebhookTest, GivesUpWhatIsRefusedAndWhatIsOld) {
  WebhookSettings settings = Settings();
  settings.max_refusals = 2;
  settings.give_up_after = absl::Seconds(10);
  Make(std::move(settings));
  endpoint_.Answer({400, 404, 500, 500, 200});
  Append(Event("login"));
  endpoint_.WaitFor(1);
  clock_.WaitForWaiters(1);
  clock_.AdvanceTime(absl::Seconds(2));
  endpoint_.WaitFor(2);
  clock_.WaitForWaiters(1);
  EXPECT_EQ(webhook_->figures().given_up, 1u);
  Append(Event("login"));
  endpoint_.WaitFor(3);
  clock_.WaitForWaiters(1);
  clock_.AdvanceTime(absl::Seconds(11));
  endpoint_.WaitFor(4);
  clock_.WaitForWaiters(1);
  EXPECT_EQ(webhook_->figures().given_up, 2u);
  Append(Event("login"));
  clock_.AdvanceTime(absl::Seconds(2));
  EXPECT_THAT(endpoint_.WaitFor(5), ElementsAre("1", "1", "2", "2", "3"));
}

TEST_F(WebhookTest, AnEndpointThatIsAwayIsNotAskedForEachOldEvent) {
  WebhookSettings settings = Settings();
  settings.give_up_after = absl::Seconds(10);
  Make(std::move(settings));
  endpoint_.Answer({0, 0, 200, 200});
  for (int i = 0; i < 3; ++i) Append(Event("login"));
  endpoint_.WaitFor(1);
  clock_.WaitForWaiters(1);
  clock_.AdvanceTime(absl::Seconds(11));
  endpoint_.WaitFor(2);
  clock_.WaitForWaiters(1);
  EXPECT_THAT(endpoint_.WaitFor(2), ElementsAre("1", "1"));
  EXPECT_EQ(webhook_->figures().given_up, 1u);
  // It is back: what is old is taken all the same.
  clock_.AdvanceTime(absl::Seconds(2));
  EXPECT_THAT(endpoint_.WaitFor(4), ElementsAre("1", "1", "2", "3"));
}

TEST_F(WebhookTest, GoesOnAfterARestart) {
  Make();
  endpoint_.Answer({200, 500});
  Append(Event("login"));
  endpoint_.WaitFor(1);
  Append(Event("login"));
  endpoint_.WaitFor(2);
  clock_.WaitForWaiters(1);
  webhook_ = nullptr;
  Append(Event("login"));
  Make();
  EXPECT_THAT(endpoint_.WaitFor(4), ElementsAre("1", "2", "2", "3"));
}

TEST_F(WebhookTest, SaysWhatItMissed) {
  Make();
  webhook_ = nullptr;
  for (int i = 0; i < 5; ++i) Append(Event("login"));
  ASSERT_THAT(store_->events()->Trim(absl::InfinitePast(), 2),
              IsOkAndHolds(3u));
  Make();
  EXPECT_THAT(endpoint_.WaitFor(2), ElementsAre("4", "5"));
  EXPECT_EQ(webhook_->figures().missed, 3u);
}

}  // namespace
}  // namespace latchkey
