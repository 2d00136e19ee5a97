#include "core/outbound/credential_state.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "core/base/reason.h"
#include "core/outbound/token_reply.h"

namespace latchkey {
namespace {

// Evenly between `low` and `high`, in milliseconds.
absl::Duration Between(absl::Duration low, absl::Duration high,
                       Random* random) {
  const int64_t span = absl::ToInt64Milliseconds(high - low);
  if (span <= 0) return low;
  const uint64_t bound = static_cast<uint64_t>(span) + 1;
  return low + absl::Milliseconds(static_cast<int64_t>(random->Uniform(bound)));
}

// `first`, doubled for each of `times` after the first, `most` at most.
absl::Duration Doubled(absl::Duration first, int times, absl::Duration most) {
  absl::Duration result = first;
  for (int i = 1; i < times && result < most; ++i) result *= 2;
  return std::min(result, most);
}

}  // namespace

CredentialState::CredentialState(
    std::shared_ptr<const OutboundSettings> settings,
    const OutboundOptions* options, Random* random)
    : settings_(std::move(settings)),
      options_(options),
      random_(random),
      used_(std::make_shared<std::atomic<bool>>(false)) {}

absl::Status CredentialState::Drop(const Secret& refused, absl::Time now) {
  // Of two callers with the same refused token the second finds the new one.
  if (token_ == nullptr || token_->access_token != refused) {
    return absl::OkStatus();
  }
  const absl::Time next = dropped_at_ + options_->min_drop_interval;
  if (now < next) {
    return WithRetryAfter(
        Error(Reason::kThrottled, "a token was dropped a moment ago"),
        next - now);
  }
  dropped_at_ = now;
  token_ = nullptr;
  return absl::OkStatus();
}

absl::Status CredentialState::Failure(absl::Time now) const {
  if (failure_.ok() || !IsWorthRetrying(failure_)) return failure_;
  const absl::Time next = is_fetching_ ? next_try_ : paused_until_;
  return WithRetryAfter(failure_, next - now);
}

bool CredentialState::IsDue(absl::Time now) const {
  if (is_trying_) return false;
  if (is_fetching_) return now >= next_try_;
  if (WantsFirst()) return true;
  return IsUsable(now) && now >= refresh_at_ && now >= paused_until_ &&
         used_->load(std::memory_order_relaxed);
}

absl::Time CredentialState::NextDue(absl::Time now) const {
  if (is_trying_) return absl::InfiniteFuture();
  if (is_fetching_) return next_try_;
  if (WantsFirst()) return now;
  if (!IsUsable(now)) return absl::InfiniteFuture();
  const absl::Time due = std::max(refresh_at_, paused_until_);
  // Whoever uses it for the first time then wakes the scheduler.
  const bool is_left = now >= due && !used_->load(std::memory_order_relaxed);
  return is_left ? absl::InfiniteFuture() : due;
}

TokenTry CredentialState::Begin(absl::Time now) {
  if (!is_fetching_) fetch_tries_ = 0;
  is_fetching_ = true;
  is_trying_ = true;
  ++fetch_tries_;
  ++all_tries_;
  if (now >= discovered_at_ + options_->discovery_refresh) {
    discovered_url_.clear();
  }
  return {settings_, settings_->token_url.empty() ? discovered_url_
                                                  : settings_->token_url};
}

std::shared_ptr<const OutboundToken> CredentialState::End(TokenTryResult result,
                                                          bool wanted,
                                                          absl::Time now) {
  if (!result.token.ok()) {
    Fail(result.token.status(), now);
    return nullptr;
  }
  if (discovered_url_ != result.token_url) {
    discovered_url_ = std::move(result.token_url);
    discovered_at_ = now;
  }
  auto token = std::make_shared<const OutboundToken>(*std::move(result.token));
  Keep(token, wanted, now);
  return token;
}

void CredentialState::Keep(std::shared_ptr<const OutboundToken> token,
                           bool wanted, absl::Time now) {
  is_fetching_ = is_trying_ = false;
  failure_ = absl::OkStatus();
  failed_fetches_ = 0;
  paused_until_ = absl::InfinitePast();
  used_->store(wanted, std::memory_order_relaxed);
  if (!token->expires_at.has_value()) {
    token_ = nullptr;
    return;
  }
  const absl::Duration life =
      std::min(*token->expires_at - now, options_->max_life);
  usable_until_ = now + life - std::min(options_->skew, life * 0.1);
  // Replicas that started together drift apart. The last tenth is for an issuer
  // that is slow or away for a moment.
  const absl::Duration middle = life * options_->refresh_after;
  refresh_at_ = std::min(now + Between(middle * 0.9, middle * 1.1, random_),
                         usable_until_ - life * 0.1);
  token_ = std::move(token);
}

absl::Duration CredentialState::RetryDelay() const {
  return Between(
      absl::ZeroDuration(),
      Doubled(options_->retry_min, fetch_tries_, options_->retry_max), random_);
}

void CredentialState::Fail(const absl::Status& failure, absl::Time now) {
  is_trying_ = false;
  failure_ = failure;
  ++failed_tries_;
  discovered_url_.clear();  // it may have moved
  const bool is_refusal = !IsWorthRetrying(failure);
  const absl::Duration asked =
      GetRetryAfter(failure).value_or(absl::ZeroDuration());
  if (!is_refusal && fetch_tries_ <= options_->max_retries &&
      asked <= options_->retry_max) {
    next_try_ = now + std::max(asked, RetryDelay());
    return;
  }
  is_fetching_ = false;
  ++failed_fetches_;
  if (is_refusal) {
    paused_until_ = now + Doubled(options_->min_pause, failed_fetches_,
                                  options_->max_pause);
    return;
  }
  const absl::Duration most =
      Doubled(options_->retry_min, failed_fetches_ + 1, options_->retry_max);
  paused_until_ =
      now + std::max(asked, Between(options_->retry_min, most, random_));
}

}  // namespace latchkey
