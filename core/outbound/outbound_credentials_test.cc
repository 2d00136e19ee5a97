#include "core/outbound/outbound_credentials.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "core/base/reason.h"
#include "core/base/simulated_clock.h"
#include "core/jwks/hostile_server.h"
#include "core/testing/fake_fetcher.h"
#include "core/testing/fake_random.h"
#include "core/testing/status_matchers.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

const absl::Time kStart = absl::FromUnixSeconds(1'700'000'000);
constexpr char kUrl[] = "https://op.example/token";
constexpr absl::Duration kLongest = absl::Seconds(20);  // real, for a failure

OutboundSettings Settings(const std::string& name,
                          const std::string& url = kUrl,
                          const std::string& version = "1") {
  OutboundSettings settings;
  settings.name = name;
  settings.token_url = url;
  settings.client_id = "svc";
  settings.client_secret = Secret("secret");
  settings.version = version;
  return settings;
}

std::vector<OutboundSettings> Of(OutboundSettings one) {
  std::vector<OutboundSettings> all;
  all.push_back(std::move(one));
  return all;
}

std::string Body(const std::string& token, int life = 3600) {
  return absl::StrCat(R"({"access_token":")", token,
                      R"(","token_type":"Bearer","expires_in":)", life, "}");
}

// Outcome of one Fetch: the token's text or a status.
class Outcome final {
 public:
  OutboundCredentials::Done Taker() {
    return [this](const OutboundCredentials::TokenOr& token) {
      if (token.ok()) {
        text_ = std::string((*token)->access_token.RevealSecret());
      } else {
        text_ = token.status();
      }
      done_.Notify();
    };
  }
  absl::StatusOr<std::string> Wait() {
    if (!done_.WaitForNotificationWithTimeout(kLongest)) {
      return absl::UnknownError("no outcome");
    }
    return text_;
  }
  bool IsThere() const { return done_.HasBeenNotified(); }

 private:
  absl::StatusOr<std::string> text_ = absl::UnknownError("none yet");
  absl::Notification done_;
};

class OutboundCredentialsTest : public ::testing::Test {
 protected:
  // Nobody is asked but for a caller, unless a test says so.
  OutboundCredentialsTest() { options_.prefetch = false; }

  void Start(HttpFetcher* fetcher = nullptr) {
    if (fetcher == nullptr) fetcher = &fetcher_;
    credentials_ = std::make_unique<OutboundCredentials>(options_, fetcher,
                                                         &clock_, &random_);
  }

  void Fetch(const std::string& name, Outcome* outcome,
             absl::Duration timeout = absl::Seconds(5),
             const std::string& caller = "unix:uid=1") {
    credentials_->Fetch({name, caller, clock_.TimeNow() + timeout, nullptr},
                        outcome->Taker());
  }
  absl::StatusOr<std::string> FetchNow(const std::string& name) {
    Outcome outcome;
    Fetch(name, &outcome);
    return outcome.Wait();
  }
  // What is in memory: the token's text; nullopt when one would have to wait.
  std::optional<std::string> InMemory(const std::string& name) {
    std::string text;
    const std::optional<absl::Status> status = credentials_->TryFetch(
        name, "unix:uid=1", [&](const OutboundToken& token) {
          text = std::string(token.access_token.RevealSecret());
        });
    if (!status.has_value()) return std::nullopt;
    EXPECT_THAT(*status, IsOk());
    return text;
  }
  void WaitUntil(absl::FunctionRef<bool()> holds) {
    const absl::Time limit = absl::Now() + kLongest;
    while (!holds() && absl::Now() < limit) std::this_thread::yield();
    EXPECT_TRUE(holds());
  }
  // So many requests of the only credential were made, and the last one ended
  // with a token that is not due yet.
  void WaitForTokens(uint64_t requests) {
    WaitUntil([&] {
      const OutboundStatus status = Status();
      return status.tries == requests && status.refresh_at.has_value() &&
             *status.refresh_at > clock_.TimeNow();
    });
  }
  OutboundStatus Status() { return credentials_->List().front(); }

  SimulatedClock clock_{kStart};
  FakeRandom random_;
  FakeFetcher fetcher_;
  OutboundOptions options_;
  std::unique_ptr<OutboundCredentials> credentials_;
};

TEST_F(OutboundCredentialsTest, FetchesOnceAndAnswersFromMemory) {
  fetcher_.Answer(kUrl, Body("t1"));
  Start();
  credentials_->Replace(Of(Settings("reports")));
  EXPECT_EQ(InMemory("reports"), std::nullopt);
  EXPECT_EQ(fetcher_.fetches(kUrl), 0);  // nobody wants it yet
  EXPECT_THAT(FetchNow("reports"), IsOkAndHolds("t1"));
  EXPECT_EQ(InMemory("reports"), "t1");
  EXPECT_THAT(FetchNow("reports"), IsOkAndHolds("t1"));
  EXPECT_EQ(fetcher_.fetches(kUrl), 1);
  const FetchOptions used = fetcher_.last_options(kUrl);
  EXPECT_EQ(used.total_timeout, absl::Seconds(10));
  EXPECT_EQ(used.connect_timeout, absl::Seconds(2));
  EXPECT_EQ(used.max_redirects, 0);
  EXPECT_EQ(used.max_body_bytes, 256u * 1024);
}

TEST_F(OutboundCredentialsTest, TheFirstCallerFindsATokenThere) {
  options_.prefetch = true;
  fetcher_.Answer(kUrl, Body("t1"));
  Start();
  credentials_->Replace(Of(Settings("reports")));
  WaitForTokens(1);
  EXPECT_EQ(InMemory("reports"), "t1");
  // A reload asks for those that are new or other ones.
  credentials_->Replace(Of(Settings("reports")));
  EXPECT_EQ(InMemory("reports"), "t1");
  fetcher_.Answer(kUrl, Body("t2"));
  credentials_->Replace(Of(Settings("reports", kUrl, "2")));
  WaitForTokens(1);
  EXPECT_EQ(InMemory("reports"), "t2");
  EXPECT_EQ(fetcher_.fetches(kUrl), 2);
}

// Who comes while the first request is under way waits for that one.
TEST_F(OutboundCredentialsTest, AnEarlyCallerJoinsTheFirstRequest) {
  options_.prefetch = true;
  fetcher_.Answer(kUrl, Body("t1"));
  fetcher_.Hold(kUrl);
  Start();
  credentials_->Replace(Of(Settings("reports")));
  fetcher_.WaitForHeld(kUrl, 1);
  Outcome early;
  Fetch("reports", &early);
  EXPECT_FALSE(early.IsThere());
  fetcher_.Release(kUrl);
  EXPECT_THAT(early.Wait(), IsOkAndHolds("t1"));
  EXPECT_EQ(fetcher_.fetches(kUrl), 1);
}

// Nobody knocks at a door that stays shut.
TEST_F(OutboundCredentialsTest, AFirstRequestThatIsRefusedIsNotRepeated) {
  options_.prefetch = true;
  HttpResponse refusal;
  refusal.status = 401;
  refusal.body = R"({"error":"invalid_client"})";
  fetcher_.Answer(kUrl, refusal);
  Start();
  credentials_->Replace(Of(Settings("reports")));
  WaitUntil([&] { return Status().last_failure == Reason::kOutboundRejected; });
  EXPECT_THAT(FetchNow("reports"), HasReason(Reason::kOutboundRejected));
  clock_.AdvanceTime(absl::Minutes(10));
  clock_.WaitForWaiters(1);
  EXPECT_EQ(fetcher_.fetches(kUrl), 1);
}

TEST_F(OutboundCredentialsTest, AThousandFirstFetchesMakeOneRequest) {
  fetcher_.Answer(kUrl, Body("t1"));
  fetcher_.Hold(kUrl);
  Start();
  credentials_->Replace(Of(Settings("reports")));
  std::vector<Outcome> outcomes(1000);
  std::vector<std::thread> threads;
  for (size_t t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (size_t i = t; i < outcomes.size(); i += 8) {
        Fetch("reports", &outcomes[i]);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  fetcher_.WaitForHeld(kUrl, 1);
  for (const Outcome& outcome : outcomes) EXPECT_FALSE(outcome.IsThere());
  fetcher_.Release(kUrl);
  for (Outcome& outcome : outcomes) {
    EXPECT_THAT(outcome.Wait(), IsOkAndHolds("t1"));
  }
  EXPECT_EQ(fetcher_.fetches(kUrl), 1);
}

TEST_F(OutboundCredentialsTest, OneSlowIssuerHoldsUpNobodyElse) {
  options_.fetch_threads = 2;
  fetcher_.Hold(kUrl);
  fetcher_.Answer("https://b.example/token", Body("b"));
  Start();
  std::vector<OutboundSettings> two = Of(Settings("a"));
  two.push_back(Settings("b", "https://b.example/token"));
  credentials_->Replace(std::move(two));
  std::vector<Outcome> slow(100);
  for (Outcome& outcome : slow) Fetch("a", &outcome);
  EXPECT_THAT(FetchNow("b"), IsOkAndHolds("b"));
  fetcher_.WaitForHeld(kUrl, 1);
  credentials_.reset();
  for (Outcome& outcome : slow) {
    EXPECT_THAT(outcome.Wait(), HasReason(Reason::kIssuerUnavailable));
  }
}

TEST_F(OutboundCredentialsTest, NamesAndCallersAreChecked) {
  fetcher_.Answer(kUrl, Body("t1"));
  Start();
  OutboundSettings settings = Settings("reports");
  settings.allowed_callers = {"unix:uid=7", "admin-key:ops"};
  credentials_->Replace(Of(std::move(settings)));
  const auto try_fetch = [&](const char* name, const char* caller) {
    return credentials_->TryFetch(name, caller, [](const OutboundToken&) {});
  };
  for (const char* caller : {"", "unix:uid=1", "unix:uid=77", "ops"}) {
    EXPECT_THAT(*try_fetch("reports", caller),
                HasReason(Reason::kCallerNotAllowed));
    Outcome outcome;
    Fetch("reports", &outcome, absl::Seconds(5), caller);
    EXPECT_THAT(outcome.Wait(), HasReason(Reason::kCallerNotAllowed));
    EXPECT_TRUE(credentials_->List(caller).empty());
  }
  EXPECT_THAT(*try_fetch("other", "unix:uid=7"),
              HasReason(Reason::kResourceNotFound));
  EXPECT_THAT(FetchNow("other"), HasReason(Reason::kResourceNotFound));
  EXPECT_EQ(fetcher_.fetches(kUrl), 0);
  Outcome outcome;
  Fetch("reports", &outcome, absl::Seconds(5), "unix:uid=7");
  EXPECT_THAT(outcome.Wait(), IsOkAndHolds("t1"));
  EXPECT_THAT(*try_fetch("reports", "admin-key:ops"), IsOk());
  EXPECT_EQ(credentials_->List("admin-key:ops").size(), 1u);
}

TEST_F(OutboundCredentialsTest, WhoWaitsKeepsItsOwnDeadline) {
  fetcher_.Answer(kUrl, Body("t1"));
  fetcher_.Hold(kUrl);
  Start();
  credentials_->Replace(Of(Settings("reports")));
  Outcome hasty;
  Outcome patient;
  Outcome gone;
  std::atomic<bool> cancelled{false};
  Fetch("reports", &hasty, absl::Seconds(1));
  Fetch("reports", &patient, absl::Seconds(9));
  credentials_->Fetch({"reports", "x", kStart + absl::Seconds(9),
                       [&] { return cancelled.load(); }},
                      gone.Taker());
  fetcher_.WaitForHeld(kUrl, 1);
  clock_.AdvanceTime(absl::Seconds(1));
  EXPECT_THAT(hasty.Wait(), HasReason(Reason::kDeadlineExceeded));
  cancelled = true;
  clock_.AdvanceTime(absl::Seconds(1));
  EXPECT_THAT(gone.Wait(), HasReason(Reason::kCancelled));
  EXPECT_FALSE(patient.IsThere());
  fetcher_.Release(kUrl);
  EXPECT_THAT(patient.Wait(), IsOkAndHolds("t1"));
}

TEST_F(OutboundCredentialsTest, ABoundedNumberWaits) {
  options_.max_waiters = 2;
  fetcher_.Answer(kUrl, Body("t1"));
  fetcher_.Hold(kUrl);
  Start();
  credentials_->Replace(Of(Settings("reports")));
  std::vector<Outcome> outcomes(3);
  for (Outcome& outcome : outcomes) Fetch("reports", &outcome);
  EXPECT_THAT(outcomes[2].Wait(), HasReason(Reason::kOverloaded));
  fetcher_.Release(kUrl);
  EXPECT_THAT(outcomes[0].Wait(), IsOkAndHolds("t1"));
  EXPECT_THAT(outcomes[1].Wait(), IsOkAndHolds("t1"));
}

TEST_F(OutboundCredentialsTest, RetriesWhileSomebodyHasTheTime) {
  HttpResponse busy;
  busy.status = 503;
  busy.headers["retry-after"] = "3";
  fetcher_.Answer(kUrl, busy);
  Start();
  credentials_->Replace(Of(Settings("reports")));
  Outcome hasty;
  Outcome patient;
  Fetch("reports", &patient, absl::Seconds(9));
  Fetch("reports", &hasty, absl::Seconds(2));
  // Its deadline comes before the retry, so waiting for that makes no sense.
  const auto failure = hasty.Wait();
  EXPECT_THAT(failure, HasReason(Reason::kIssuerUnavailable));
  EXPECT_EQ(GetRetryAfter(failure.status()), absl::Seconds(3));
  EXPECT_FALSE(patient.IsThere());
  fetcher_.Answer(kUrl, Body("t1"));
  clock_.AdvanceTime(absl::Seconds(3));
  EXPECT_THAT(patient.Wait(), IsOkAndHolds("t1"));
  EXPECT_EQ(fetcher_.fetches(kUrl), 2);
}

TEST_F(OutboundCredentialsTest, ARefusalIsSharedAndNotAskedForAgainForAWhile) {
  HttpResponse refusal;
  refusal.status = 401;
  refusal.body = R"({"error":"invalid_client"})";
  fetcher_.Answer(kUrl, refusal);
  Start();
  credentials_->Replace(Of(Settings("reports")));
  for (int i = 0; i < 10; ++i) {
    EXPECT_THAT(FetchNow("reports"), HasReason(Reason::kOutboundRejected));
  }
  EXPECT_EQ(fetcher_.fetches(kUrl), 1);
  EXPECT_EQ(Status().last_failure, Reason::kOutboundRejected);
  clock_.AdvanceTime(absl::Seconds(30));
  fetcher_.Answer(kUrl, Body("t1"));
  EXPECT_THAT(FetchNow("reports"), IsOkAndHolds("t1"));
  EXPECT_EQ(Status().last_failure, Reason::kUnspecified);
  EXPECT_EQ(Status().tries, 2u);
  EXPECT_EQ(Status().failed_tries, 1u);
}

TEST_F(OutboundCredentialsTest, ATokenWithoutALifeIsForWhoWaited) {
  fetcher_.Answer(kUrl, R"({"access_token":"t1","token_type":"Bearer"})");
  Start();
  credentials_->Replace(Of(Settings("reports")));
  EXPECT_THAT(FetchNow("reports"), IsOkAndHolds("t1"));
  EXPECT_EQ(InMemory("reports"), std::nullopt);
  EXPECT_THAT(FetchNow("reports"), IsOkAndHolds("t1"));
  EXPECT_EQ(fetcher_.fetches(kUrl), 2);
}

TEST_F(OutboundCredentialsTest, DiscoveryNamesTheEndpoint) {
  const std::string well_known =
      "https://op.example/.well-known/openid-configuration";
  const std::string document =
      R"({"issuer":"https://op.example","jwks_uri":"https://op.example/k")";
  fetcher_.Answer(kUrl, Body("t1"));
  fetcher_.Answer(well_known, document + "}");
  Start();
  OutboundSettings settings = Settings("reports", "");
  settings.issuer = "https://op.example";
  credentials_->Replace(Of(std::move(settings)));
  Outcome outcome;
  Fetch("reports", &outcome, absl::Hours(1'000'000));
  WaitUntil([&] { return fetcher_.fetches(well_known) == 1; });
  fetcher_.Answer(well_known, absl::StrCat(document, R"(,"token_endpoint":")",
                                           kUrl, "\"}"));
  // At the retry.
  while (!outcome.IsThere()) clock_.AdvanceTime(absl::Milliseconds(100));
  EXPECT_THAT(outcome.Wait(), IsOkAndHolds("t1"));
  EXPECT_EQ(fetcher_.fetches(well_known), 2);
}

TEST_F(OutboundCredentialsTest, AnotherSecretTakesNoTokenOfTheOldOne) {
  fetcher_.Answer(kUrl, Body("old"));
  fetcher_.Hold(kUrl);
  Start();
  credentials_->Replace(Of(Settings("reports")));
  Outcome waiting;
  Fetch("reports", &waiting);
  fetcher_.WaitForHeld(kUrl, 1);
  const std::string url = "https://op.example/new";
  fetcher_.Answer(url, Body("new"));
  credentials_->Replace(Of(Settings("reports", url, "2")));
  EXPECT_THAT(waiting.Wait(), IsOkAndHolds("new"));
  fetcher_.Release(kUrl);
  credentials_->Replace(Of(Settings("reports", url, "2")));
  EXPECT_EQ(InMemory("reports"), "new");  // the same version keeps it
  EXPECT_EQ(fetcher_.fetches(url), 1);
  credentials_->Replace({});
  EXPECT_THAT(FetchNow("reports"), HasReason(Reason::kResourceNotFound));
}

// spec: oidc §6.3: dropped by comparison, fetched once more, then no more.
TEST_F(OutboundCredentialsTest, ARefusedTokenIsReplacedOnce) {
  fetcher_.Answer(kUrl, Body("t1"));
  Start();
  credentials_->Replace(Of(Settings("reports")));
  ASSERT_THAT(FetchNow("reports"), IsOkAndHolds("t1"));
  const auto refuse = [&](const char* token) {
    Outcome outcome;
    credentials_->Fetch({"reports", "x", clock_.TimeNow() + absl::Seconds(5),
                         nullptr, Secret(token)},
                        outcome.Taker());
    return outcome.Wait();
  };
  fetcher_.Answer(kUrl, Body("t2"));
  EXPECT_THAT(refuse("other"), IsOkAndHolds("t1"));
  EXPECT_THAT(refuse("t1"), IsOkAndHolds("t2"));
  EXPECT_EQ(InMemory("reports"), "t2");
  EXPECT_THAT(refuse("t1"), IsOkAndHolds("t2"));  // a second caller
  const auto again = refuse("t2");
  EXPECT_THAT(again, HasReason(Reason::kThrottled));
  EXPECT_EQ(GetRetryAfter(again.status()), absl::Seconds(10));
  EXPECT_EQ(InMemory("reports"), "t2");
  EXPECT_EQ(fetcher_.fetches(kUrl), 2);
  clock_.AdvanceTime(absl::Seconds(10));
  EXPECT_THAT(refuse("t2"), IsOkAndHolds("t2"));
  EXPECT_EQ(fetcher_.fetches(kUrl), 3);
}

// spec: oidc §6.3. In real sockets, with an endpoint that answers only when the
// test lets it.
TEST_F(OutboundCredentialsTest, AHotCredentialNeverMakesItsCallersWait) {
  absl::Mutex mu;
  int allowed = 1;
  int served = 0;
  HostileServer server([&](Connection* connection) {
    int number;
    {
      absl::MutexLock lock(&mu);
      const auto may = [&] { return served < allowed; };
      mu.Await(absl::Condition(&may));
      number = ++served;
    }
    const std::string body = Body(absl::StrCat("t", number), 600);
    connection->Send(absl::StrCat(
        "HTTP/1.1 200 OK\r\nContent-Length: ", body.size(), "\r\n\r\n", body));
    connection->WaitForClose(kLongest);
  });
  const auto allow = [&](int count) {
    absl::MutexLock lock(&mu);
    allowed = count;
  };
  const std::unique_ptr<HttpFetcher> curl = NewCurlFetcher();
  Start(curl.get());
  credentials_->Replace(Of(Settings("hot", server.Url("/token"))));
  ASSERT_THAT(FetchNow("hot"), IsOkAndHolds("t1"));

  for (int life = 1; life <= 5; ++life) {
    // All along the token's life, to the last moment before the next one has to
    // be there, and with a request under way for the last part of it.
    const absl::Time until = *Status().expires_at - absl::Seconds(61);
    while (clock_.TimeNow() < until) {
      ASSERT_EQ(InMemory("hot"), absl::StrCat("t", life));
      clock_.AdvanceTime(absl::Seconds(1));
    }
    ASSERT_EQ(InMemory("hot"), absl::StrCat("t", life));
    allow(life + 1);
    WaitUntil([&] { return InMemory("hot") == absl::StrCat("t", life + 1); });
  }
  EXPECT_EQ(server.requests().size(), 6u);
  allow(1000);
}

// What nobody asks for is not asked for.
TEST_F(OutboundCredentialsTest, ATokenThatNobodyUsesIsLeftToExpire) {
  fetcher_.Answer(kUrl, Body("t1"));
  Start();
  credentials_->Replace(Of(Settings("cold")));
  ASSERT_THAT(FetchNow("cold"), IsOkAndHolds("t1"));
  // Who fetched it may want it again.
  clock_.SetTime(*Status().refresh_at);
  WaitForTokens(2);
  clock_.SetTime(*Status().refresh_at);
  clock_.WaitForWaiters(1);
  clock_.AdvanceTime(absl::Seconds(61));
  clock_.WaitForWaiters(1);
  EXPECT_EQ(fetcher_.fetches(kUrl), 2);
  // One use, however late, has it renewed.
  EXPECT_EQ(InMemory("cold"), "t1");
  WaitForTokens(3);
  clock_.AdvanceTime(absl::Hours(5));
  clock_.WaitForWaiters(1);
  EXPECT_EQ(InMemory("cold"), std::nullopt);
  EXPECT_EQ(fetcher_.fetches(kUrl), 3);
}

}  // namespace
}  // namespace latchkey
