// FakeFetcher is an HttpFetcher with answers set by the test.
#ifndef LATCHKEY_CORE_TESTING_FAKE_FETCHER_H_
#define LATCHKEY_CORE_TESTING_FAKE_FETCHER_H_

#include <map>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "core/jwks/http_fetcher.h"

namespace latchkey {

// Thread-safe. A URL without an answer is ISSUER_UNAVAILABLE.
class FakeFetcher final : public HttpFetcher {
 public:
  absl::StatusOr<HttpResponse> Fetch(const std::string& url,
                                     const FetchOptions& options) override;

  // Answer sets what every further Fetch of `url` gets.
  void Answer(const std::string& url, HttpResponse response);
  // Answer with status 200 and no headers.
  void Answer(const std::string& url, const std::string& body);
  void Fail(const std::string& url, absl::Status error);

  // Hold makes fetches of `url` wait (real time) until Release or until their
  // caller cancels them. What they then get is the answer at that time.
  void Hold(const std::string& url);
  void Release(const std::string& url);
  // WaitForHeld blocks until so many fetches of `url` wait.
  void WaitForHeld(const std::string& url, int count);

  // fetches counts those begun.
  int fetches(const std::string& url) const;
  // Options of the last fetch of `url`.
  FetchOptions last_options(const std::string& url) const;

 private:
  struct Place {
    absl::StatusOr<HttpResponse> answer;
    bool held = false;
    int waiting = 0;
    int fetches = 0;
    FetchOptions last_options;
  };
  Place& At(const std::string& url) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  mutable absl::Mutex mu_;
  std::map<std::string, Place> places_ ABSL_GUARDED_BY(mu_);
};

}  // namespace latchkey

#endif  // LATCHKEY_CORE_TESTING_FAKE_FETCHER_H_
