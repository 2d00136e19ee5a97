// What is known of one outbound credential, and what happens next.
#ifndef LATCHKEY_CORE_OUTBOUND_CREDENTIAL_STATE_H_
#define LATCHKEY_CORE_OUTBOUND_CREDENTIAL_STATE_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "core/base/random.h"
#include "core/base/secret.h"
#include "core/outbound/outbound_options.h"
#include "core/outbound/outbound_settings.h"
#include "core/outbound/outbound_token.h"
#include "core/outbound/token_try.h"

namespace latchkey {

// CredentialState decides and does nothing itself: no thread, no clock, no
// network. A fetch is a first try and its retries; there is one at a time.
// Thread-compatible.
class CredentialState final {
 public:
  // `options` and `random` are borrowed.
  CredentialState(std::shared_ptr<const OutboundSettings> settings,
                  const OutboundOptions* options, Random* random);

  const OutboundSettings& settings() const { return *settings_; }
  // Takes settings of the same version.
  void Reconfigure(std::shared_ptr<const OutboundSettings> settings) {
    settings_ = std::move(settings);
  }

  // token is the last one; null when there is none. It may be handed out before
  // usable_until, and a new one is wanted from refresh_at on.
  const std::shared_ptr<const OutboundToken>& token() const { return token_; }
  absl::Time usable_until() const { return usable_until_; }
  absl::Time refresh_at() const { return refresh_at_; }
  bool IsUsable(absl::Time now) const {
    return token_ != nullptr && now < usable_until_;
  }
  // used is set by whoever hands out the token: one that nobody asks for is
  // left to expire.
  const std::shared_ptr<std::atomic<bool>>& used() const { return used_; }

  // Drop forgets the token if it is `refused`, so that a new one is fetched.
  // THROTTLED when that was done a moment ago.
  absl::Status Drop(const Secret& refused, absl::Time now);

  bool is_fetching() const { return is_fetching_; }
  // Nobody may begin a fetch before the pause after the last one is over.
  bool IsPaused(absl::Time now) const {
    return !is_fetching_ && now < paused_until_;
  }
  // CanAnswerBy: a fetch under way may end by `deadline`.
  bool CanAnswerBy(absl::Time deadline) const {
    return is_trying_ || next_try_ <= deadline;
  }
  // Failure is why the last try failed, with the time to wait where another one
  // makes sense. OK when it did not fail.
  absl::Status Failure(absl::Time now) const;

  // IsDue: a try should begin, because a token in use nears its end, a retry
  // has come, or nobody has ever asked the issuer (options.prefetch). NextDue:
  // when to look again.
  bool IsDue(absl::Time now) const;
  absl::Time NextDue(absl::Time now) const;

  // Begin starts a fetch, or the next try of the one under way.
  TokenTry Begin(absl::Time now);
  // End takes the outcome of that try and returns the token, which is not kept
  // when the issuer does not say how long it lives. Null: it failed;
  // is_fetching says whether there will be another try. `wanted`: calls wait
  // for it.
  std::shared_ptr<const OutboundToken> End(TokenTryResult result, bool wanted,
                                           absl::Time now);
  // Abandon ends a try that could not be begun after all.
  void Abandon(const absl::Status& failure, absl::Time now) {
    Fail(failure, now);
  }

  uint64_t tries() const { return all_tries_; }
  uint64_t failed_tries() const { return failed_tries_; }

 private:
  bool WantsFirst() const { return options_->prefetch && all_tries_ == 0; }
  void Keep(std::shared_ptr<const OutboundToken> token, bool wanted,
            absl::Time now);
  void Fail(const absl::Status& failure, absl::Time now);
  absl::Duration RetryDelay() const;

  std::shared_ptr<const OutboundSettings> settings_;
  const OutboundOptions* const options_;
  Random* const random_;

  std::shared_ptr<const OutboundToken> token_;
  absl::Time refresh_at_ = absl::InfiniteFuture();
  absl::Time usable_until_ = absl::InfinitePast();
  std::shared_ptr<std::atomic<bool>> used_;
  absl::Time dropped_at_ = absl::InfinitePast();

  bool is_fetching_ = false;
  bool is_trying_ = false;
  int fetch_tries_ = 0;  // of the fetch under way
  absl::Time next_try_ = absl::InfinitePast();

  absl::Status failure_;
  int failed_fetches_ = 0;  // in a row
  absl::Time paused_until_ = absl::InfinitePast();

  std::string discovered_url_;
  absl::Time discovered_at_ = absl::InfinitePast();

  uint64_t all_tries_ = 0;
  uint64_t failed_tries_ = 0;
};

}  // namespace latchkey

#endif  // LATCHKEY_CORE_OUTBOUND_CREDENTIAL_STATE_H_
