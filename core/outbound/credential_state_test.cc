#include "core/outbound/credential_state.h"

#include <memory>
#include <optional>
#include <string>

#include "core/base/reason.h"
#include "core/testing/fake_random.h"
#include "core/testing/status_matchers.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

const absl::Time kStart = absl::FromUnixSeconds(1'700'000'000);

TokenTryResult Token(std::optional<absl::Time> expires_at) {
  OutboundToken token;
  token.access_token = Secret("t");
  token.token_type = "Bearer";
  token.expires_at = expires_at;
  return {std::move(token), "https://op.example/token"};
}

TokenTryResult Failure(absl::Status status) {
  return {std::move(status), "https://op.example/token"};
}
TokenTryResult Away() {
  return Failure(Error(Reason::kIssuerUnavailable, "away"));
}
TokenTryResult Refusal() {
  return Failure(Error(Reason::kOutboundRejected, "refused"));
}

class CredentialStateTest : public ::testing::Test {
 protected:
  explicit CredentialStateTest() { Reset(0); }

  void Reset(uint64_t seed) {
    random_ = std::make_unique<FakeRandom>(seed);
    auto settings = std::make_shared<OutboundSettings>();
    settings->name = "reports";
    settings->issuer = "https://op.example";
    state_ = std::make_unique<CredentialState>(std::move(settings), &options_,
                                               random_.get());
  }

  // A whole fetch that ends well at once.
  void Fetch(absl::Duration life, bool wanted, absl::Time now = kStart) {
    state_->Begin(now);
    EXPECT_NE(state_->End(Token(now + life), wanted, now), nullptr);
  }
  // Tries until the fetch is over; when it was.
  absl::Time FailFetch(absl::Time now) {
    state_->Begin(now);
    while (true) {
      EXPECT_EQ(state_->End(Away(), true, now), nullptr);
      if (!state_->is_fetching()) return now;
      now = state_->NextDue(now);
      EXPECT_TRUE(state_->IsDue(now));
      state_->Begin(now);
    }
  }

  OutboundOptions options_;
  std::unique_ptr<FakeRandom> random_;
  std::unique_ptr<CredentialState> state_;
};

TEST_F(CredentialStateTest, ATokenIsUsableButForItsLastMinuteOrTenth) {
  Fetch(absl::Hours(1), true);
  EXPECT_EQ(state_->usable_until(), kStart + absl::Minutes(59));
  Fetch(absl::Seconds(100), true);
  EXPECT_EQ(state_->usable_until(), kStart + absl::Seconds(90));
  EXPECT_TRUE(state_->IsUsable(kStart + absl::Seconds(89)));
  EXPECT_FALSE(state_->IsUsable(kStart + absl::Seconds(90)));
  Fetch(absl::Hours(100), true);
  EXPECT_EQ(state_->usable_until(), kStart + absl::Minutes(24 * 60 - 1));
}

TEST_F(CredentialStateTest, IsRenewedAroundFourFifthsOfItsLife) {
  absl::Duration least = absl::InfiniteDuration();
  absl::Duration most = absl::ZeroDuration();
  for (uint64_t seed = 0; seed < 200; ++seed) {
    Reset(seed);
    Fetch(absl::Seconds(1000), true);
    const absl::Duration after = state_->refresh_at() - kStart;
    least = std::min(least, after);
    most = std::max(most, after);
    Fetch(absl::Seconds(100), true);
    EXPECT_LE(state_->refresh_at(), kStart + absl::Seconds(80));
  }
  EXPECT_GE(least, absl::Seconds(720));
  EXPECT_LT(least, absl::Seconds(740));
  // Never in the tenth before it becomes unusable at 940 s.
  EXPECT_GT(most, absl::Seconds(820));
  EXPECT_LE(most, absl::Seconds(840));
}

TEST_F(CredentialStateTest, ATokenInUseIsRenewedAndAnotherIsLeft) {
  Fetch(absl::Hours(1), false);
  const absl::Time due = state_->refresh_at();
  EXPECT_EQ(state_->NextDue(kStart), due);
  EXPECT_FALSE(state_->IsDue(due));
  EXPECT_EQ(state_->NextDue(due), absl::InfiniteFuture());
  state_->used()->store(true);
  EXPECT_FALSE(state_->IsDue(due - absl::Milliseconds(1)));
  EXPECT_TRUE(state_->IsDue(due));
  EXPECT_FALSE(state_->IsDue(state_->usable_until()));
  // Whoever waited for it is a user, too.
  Fetch(absl::Hours(1), true);
  EXPECT_TRUE(state_->used()->load());
}

TEST_F(CredentialStateTest, AFirstTokenIsDueAtOnceUnlessNobodyWantsThat) {
  EXPECT_TRUE(state_->IsDue(kStart));
  EXPECT_EQ(state_->NextDue(kStart), kStart);
  Fetch(absl::Hours(1), false);
  EXPECT_FALSE(state_->IsDue(kStart));
  options_.prefetch = false;
  Reset(0);
  EXPECT_FALSE(state_->IsDue(kStart));
  EXPECT_EQ(state_->NextDue(kStart), absl::InfiniteFuture());
}

TEST_F(CredentialStateTest, ATokenOfUnknownLifeIsNotKept) {
  Fetch(absl::Hours(1), true);
  state_->Begin(kStart);
  EXPECT_NE(state_->End(Token(std::nullopt), true, kStart), nullptr);
  EXPECT_EQ(state_->token(), nullptr);
  EXPECT_FALSE(state_->IsUsable(kStart));
  EXPECT_EQ(state_->NextDue(kStart), absl::InfiniteFuture());
}

TEST_F(CredentialStateTest, RetriesAtRandomTimesAndGivesUp) {
  for (uint64_t seed = 0; seed < 100; ++seed) {
    Reset(seed);
    absl::Time now = kStart;
    absl::Duration most = absl::Milliseconds(500);
    state_->Begin(now);
    for (int retry = 0; retry < 3; ++retry) {
      state_->End(Away(), true, now);
      EXPECT_TRUE(state_->is_fetching());
      EXPECT_FALSE(state_->IsPaused(now));
      const absl::Time next = state_->NextDue(now);
      EXPECT_GE(next, now);
      EXPECT_LE(next, now + most);
      EXPECT_TRUE(state_->CanAnswerBy(next));
      EXPECT_FALSE(state_->CanAnswerBy(next - absl::Nanoseconds(1)));
      most *= 2;
      now = next;
      state_->Begin(now);
    }
    state_->End(Away(), true, now);
    EXPECT_FALSE(state_->is_fetching());
    EXPECT_EQ(state_->tries(), 4u);
    EXPECT_TRUE(state_->IsPaused(now + absl::Milliseconds(499)));
    EXPECT_FALSE(state_->IsPaused(now + absl::Seconds(1)));
    EXPECT_THAT(state_->Failure(now), HasReason(Reason::kIssuerUnavailable));
    EXPECT_GE(*GetRetryAfter(state_->Failure(now)), absl::Milliseconds(500));
  }
}

TEST_F(CredentialStateTest, ThePauseGrowsWithFailuresUpToABound) {
  absl::Time now = kStart;
  absl::Duration longest = absl::ZeroDuration();
  for (int i = 0; i < 40; ++i) {
    now = FailFetch(now);
    const absl::Duration pause = *GetRetryAfter(state_->Failure(now));
    longest = std::max(longest, pause);
    now += pause;
  }
  EXPECT_GT(longest, absl::Seconds(15));
  EXPECT_LE(longest, absl::Seconds(30));
  Fetch(absl::Hours(1), true, now);
  EXPECT_THAT(state_->Failure(now), IsOk());
  now = FailFetch(now);
  EXPECT_LE(*GetRetryAfter(state_->Failure(now)), absl::Seconds(1));
}

TEST_F(CredentialStateTest, WaitsAsLongAsTheIssuerAsks) {
  state_->Begin(kStart);
  const absl::Status busy = Error(Reason::kThrottled, "429");
  state_->End(Failure(WithRetryAfter(busy, absl::Seconds(20))), true, kStart);
  EXPECT_TRUE(state_->is_fetching());
  EXPECT_EQ(state_->NextDue(kStart), kStart + absl::Seconds(20));
  // Longer than a retry would ever wait: it is over.
  state_->Begin(kStart);
  state_->End(Failure(WithRetryAfter(busy, absl::Minutes(10))), true, kStart);
  EXPECT_FALSE(state_->is_fetching());
  EXPECT_TRUE(
      state_->IsPaused(kStart + absl::Minutes(10) - absl::Milliseconds(1)));
  EXPECT_FALSE(state_->IsPaused(kStart + absl::Minutes(10)));
  EXPECT_EQ(GetRetryAfter(state_->Failure(kStart + absl::Minutes(1))),
            absl::Minutes(9));
}

TEST_F(CredentialStateTest, ARefusalIsNotRetriedAndPausesForLong) {
  for (const Reason reason :
       {Reason::kOutboundRejected, Reason::kOutboundNotPermitted,
        Reason::kInternal}) {
    Reset(0);
    absl::Time now = kStart;
    for (const int seconds : {30, 60, 120, 240, 300, 300}) {
      state_->Begin(now);
      state_->End(Failure(Error(reason, "refused")), true, now);
      EXPECT_FALSE(state_->is_fetching());
      EXPECT_THAT(state_->Failure(now), HasReason(reason));
      EXPECT_EQ(GetRetryAfter(state_->Failure(now)), std::nullopt);
      now += absl::Seconds(seconds);
      EXPECT_TRUE(state_->IsPaused(now - absl::Milliseconds(1)));
      EXPECT_FALSE(state_->IsPaused(now));
    }
  }
}

TEST_F(CredentialStateTest, AFailedRenewalLeavesTheTokenAndIsTriedAgain) {
  Fetch(absl::Hours(1), true);
  const absl::Time due = state_->refresh_at();
  state_->Begin(due);
  state_->End(Refusal(), false, due);
  EXPECT_TRUE(state_->IsUsable(due));
  EXPECT_FALSE(state_->IsDue(due + absl::Seconds(29)));
  EXPECT_EQ(state_->NextDue(due), due + absl::Seconds(30));
  EXPECT_TRUE(state_->IsDue(due + absl::Seconds(30)));
}

TEST_F(CredentialStateTest, ADiscoveredEndpointIsKeptForAWhile) {
  EXPECT_EQ(state_->Begin(kStart).token_url, "");
  state_->End(Token(kStart + absl::Minutes(5)), true, kStart);
  const absl::Time later = kStart + absl::Minutes(59);
  EXPECT_EQ(state_->Begin(later).token_url, "https://op.example/token");
  state_->End(Token(later + absl::Minutes(5)), true, later);
  const absl::Time old = kStart + absl::Hours(1);
  EXPECT_EQ(state_->Begin(old).token_url, "");
  state_->End(Token(old + absl::Minutes(5)), true, old);
  // It may have moved when it fails.
  EXPECT_EQ(state_->Begin(old).token_url, "https://op.example/token");
  state_->End(Refusal(), true, old);
  EXPECT_EQ(state_->Begin(old + absl::Minutes(1)).token_url, "");
}

}  // namespace
}  // namespace latchkey
