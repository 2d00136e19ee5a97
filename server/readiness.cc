#include "server/readiness.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/reason.h"

namespace latchkey {

Readiness::Readiness(Store* store, const JwksCache* jwks, Clock* clock)
    : store_(store),
      jwks_(jwks),
      clock_(clock),
      probe_("lk-probe", clock, [this] { return Probe(); }) {}

void Readiness::Look() {
  std::string cause = Cause();
  absl::MutexLock lock(&mu_);
  cause_ = std::move(cause);
}

std::string Readiness::NotReadyBecause() const {
  absl::MutexLock lock(&mu_);
  return stopping_ ? "stopping" : cause_;
}

absl::Time Readiness::Probe() {
  uint64_t question = 0;
  {
    absl::MutexLock lock(&mu_);
    question = asked_;
    if (answered_ == question) return absl::InfiniteFuture();
  }
  absl::Status answer = store_->Healthy();
  absl::MutexLock lock(&mu_);
  answered_ = question;
  answer_ = std::move(answer);
  return absl::InfiniteFuture();
}

absl::Status Readiness::StoreHealth() {
  uint64_t question = 0;
  {
    absl::MutexLock lock(&mu_);
    question = ++asked_;
  }
  probe_.Wake();
  absl::MutexLock lock(&mu_);
  const auto answered = [this, question]() ABSL_NO_THREAD_SAFETY_ANALYSIS {
    return answered_ >= question;
  };
  if (!clock_->AwaitWithDeadline(&mu_, absl::Condition(&answered),
                                 clock_->TimeNow() + kStoreTimeout)) {
    return Error(Reason::kStoreUnavailable, "no answer in time");
  }
  return answer_;
}

std::string Readiness::Cause() {
  if (!StoreHealth().ok()) return "the store is unavailable";
  for (const KeySourceStatus& source : jwks_->Status()) {
    if (!source.required) continue;
    if (source.keys.empty() || source.expired) {
      return absl::StrCat("key source ", source.id, " has no keys");
    }
  }
  return "";
}

void Readiness::SetStopping() {
  absl::MutexLock lock(&mu_);
  stopping_ = true;
}

void Readiness::SetReloadFailure(std::string failure) {
  absl::MutexLock lock(&mu_);
  reload_failure_ = std::move(failure);
}

std::string Readiness::reload_failure() const {
  absl::MutexLock lock(&mu_);
  return reload_failure_;
}

}  // namespace latchkey
