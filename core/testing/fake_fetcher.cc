#include "core/testing/fake_fetcher.h"

#include <utility>

#include "absl/time/time.h"
#include "core/base/reason.h"

namespace latchkey {
namespace {

// How often a held fetch looks whether it was cancelled.
constexpr absl::Duration kLook = absl::Milliseconds(5);

}  // namespace

FakeFetcher::Place& FakeFetcher::At(const std::string& url) {
  const auto [place, is_new] = places_.try_emplace(url);
  if (is_new) {
    place->second.answer =
        Error(Reason::kIssuerUnavailable, "no answer was set");
  }
  return place->second;
}

absl::StatusOr<HttpResponse> FakeFetcher::Fetch(const std::string& url,
                                                const FetchOptions& options) {
  absl::MutexLock lock(&mu_);
  Place& place = At(url);
  ++place.fetches;
  place.last_options = options;
  const auto free = [&place] { return !place.held; };
  ++place.waiting;
  while (!mu_.AwaitWithTimeout(absl::Condition(&free), kLook)) {
    if (options.cancelled == nullptr || !options.cancelled->load()) continue;
    --place.waiting;
    return Error(Reason::kIssuerUnavailable, "cancelled");
  }
  --place.waiting;
  return place.answer;
}

void FakeFetcher::Answer(const std::string& url, HttpResponse response) {
  absl::MutexLock lock(&mu_);
  At(url).answer = std::move(response);
}

void FakeFetcher::Answer(const std::string& url, const std::string& body) {
  HttpResponse response;
  response.status = 200;
  response.body = body;
  Answer(url, std::move(response));
}

void FakeFetcher::Fail(const std::string& url, absl::Status error) {
  absl::MutexLock lock(&mu_);
  At(url).answer = std::move(error);
}

void FakeFetcher::Hold(const std::string& url) {
  absl::MutexLock lock(&mu_);
  At(url).held = true;
}

void FakeFetcher::Release(const std::string& url) {
  absl::MutexLock lock(&mu_);
  At(url).held = false;
}

void FakeFetcher::WaitForHeld(const std::string& url, int count) {
  absl::MutexLock lock(&mu_);
  Place& place = At(url);
  const auto enough = [&place, count] {
    return place.held && place.waiting >= count;
  };
  mu_.Await(absl::Condition(&enough));
}

int FakeFetcher::fetches(const std::string& url) const {
  absl::MutexLock lock(&mu_);
  const auto found = places_.find(url);
  return found == places_.end() ? 0 : found->second.fetches;
}

FetchOptions FakeFetcher::last_options(const std::string& url) const {
  absl::MutexLock lock(&mu_);
  const auto found = places_.find(url);
  return found == places_.end() ? FetchOptions() : found->second.last_options;
}

}  // namespace latchkey
