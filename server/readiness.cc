#include "server/readiness.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace latchkey {

Readiness::Readiness(Store* store, const JwksCache* jwks)
    : store_(store), jwks_(jwks) {}

void Readiness::Look() {
  std::string cause = Cause();
  absl::MutexLock lock(&mu_);
  cause_ = std::move(cause);
}

std::string Readiness::NotReadyBecause() const {
  absl::MutexLock lock(&mu_);
  return stopping_ ? "stopping" : cause_;
}

std::string Readiness::Cause() const {
  if (!store_->Healthy().ok()) return "the store is unavailable";
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
