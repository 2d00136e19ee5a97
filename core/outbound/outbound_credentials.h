// OutboundCredentials gets access tokens for other services and keeps them.
#ifndef LATCHKEY_CORE_OUTBOUND_OUTBOUND_CREDENTIALS_H_
#define LATCHKEY_CORE_OUTBOUND_OUTBOUND_CREDENTIALS_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "core/base/background_task.h"
#include "core/base/clock.h"
#include "core/base/random.h"
#include "core/base/reason.h"
#include "core/base/secret.h"
#include "core/base/snapshot.h"
#include "core/base/work_queue.h"
#include "core/jwks/http_fetcher.h"
#include "core/outbound/credential_state.h"
#include "core/outbound/outbound_options.h"
#include "core/outbound/outbound_settings.h"
#include "core/outbound/outbound_token.h"
#include "core/outbound/published_tokens.h"

namespace latchkey {

// OutboundStatus is one credential, for people.
struct OutboundStatus {
  std::string name;
  std::string endpoint;  // or the issuer whose discovery document names it
  std::vector<std::string> scopes;
  std::optional<absl::Time> expires_at;  // of a token that is handed out
  std::optional<absl::Time> refresh_at;
  Reason last_failure = Reason::kUnspecified;  // none
  uint64_t tries = 0;
  uint64_t failed_tries = 0;
};

// OutboundCredentials owns a scheduler thread ("lk-outbound") and a pool
// ("lk-out-fetch"). A token in use is renewed before it must not be handed out
// any more, so that its callers never wait; many callers that do wait cause one
// request. Thread-safe.
class OutboundCredentials final {
 public:
  using TokenOr = absl::StatusOr<std::shared_ptr<const OutboundToken>>;
  using Done = absl::AnyInvocable<void(const TokenOr&)>;

  // Borrows the three.
  OutboundCredentials(OutboundOptions options, HttpFetcher* fetcher,
                      Clock* clock, Random* random);
  // Cancels transfers, answers whoever waits, and joins.
  ~OutboundCredentials();
  OutboundCredentials(const OutboundCredentials&) = delete;
  OutboundCredentials& operator=(const OutboundCredentials&) = delete;

  // Replace sets the credentials. Those of the same name and version keep their
  // tokens; what is on its way for others is thrown away, and who waits for a
  // name that is still there gets a token of the new version.
  void Replace(std::vector<OutboundSettings> credentials)
      ABSL_LOCKS_EXCLUDED(mu_);

  // TryFetch calls `use` with the token of `name` when one can be handed out at
  // once; it takes no lock then. nullopt: Fetch has to wait for it.
  // RESOURCE_NOT_FOUND; CALLER_NOT_ALLOWED when the credential is not for
  // `caller` (CallContext::actor).
  std::optional<absl::Status> TryFetch(
      absl::string_view name, absl::string_view caller,
      absl::FunctionRef<void(const OutboundToken&)> use)
      ABSL_LOCKS_EXCLUDED(mu_);

  // Who wants a token, and for how long.
  struct Request {
    std::string name;
    std::string caller;
    absl::Time deadline;
    // True when nobody waits any more; thread-safe. May be empty.
    std::function<bool()> cancelled;
    // A token that a resource server refused; it is dropped (RFC 6750 §3.1,
    // invalid_token). Empty: none.
    Secret refused = {};
  };
  // Fetch calls `done` exactly once, from this thread or another, and never
  // with a lock held: with the errors of TryFetch and ReadTokenReply,
  // DEADLINE_EXCEEDED, CANCELLED, OVERLOADED when too many wait, or THROTTLED
  // when tokens are refused too often. Does not block.
  void Fetch(Request request, Done done) ABSL_LOCKS_EXCLUDED(mu_);

  // List gives those that are for `caller`, by name.
  std::vector<OutboundStatus> List(absl::string_view caller) const
      ABSL_LOCKS_EXCLUDED(mu_);
  // All of them, for metrics.
  std::vector<OutboundStatus> List() const ABSL_LOCKS_EXCLUDED(mu_);

 private:
  struct Waiter {
    Request request;
    Done done;
  };
  struct Entry {
    Entry(std::shared_ptr<const OutboundSettings> settings,
          const OutboundOptions* options, Random* random)
        : state(std::move(settings), options, random) {}
    CredentialState state;
    std::vector<Waiter> waiters;
  };
  // Answers to be given when the lock has been let go.
  struct Answer {
    Done done;
    TokenOr token;
  };
  using Answers = std::vector<Answer>;
  static void Give(Answers answers);

  absl::Time Tick() ABSL_LOCKS_EXCLUDED(mu_);
  void Try(uint64_t number, const TokenTry& attempt) ABSL_LOCKS_EXCLUDED(mu_);
  void Start(uint64_t number, Entry* entry, Answers* answers)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Enter(Request request, Done done, Answers* answers)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // Answers the waiters of whom `pick` gives a status or a token.
  using Pick = absl::FunctionRef<std::optional<TokenOr>(const Request&)>;
  void Release(Entry* entry, Pick pick, Answers* answers)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void ReleaseFailed(Entry* entry, Answers* answers)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  uint64_t FindNumber(absl::string_view name) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Publish() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  std::atomic<bool> stopping_{false};
  const OutboundOptions options_;
  HttpFetcher* const fetcher_;
  Clock* const clock_;
  Random* const random_;
  Snapshot<PublishedTokens> published_{
      std::make_shared<const PublishedTokens>()};

  mutable absl::Mutex mu_;
  // By a number that is not used twice: a late answer finds its own or nothing.
  uint64_t last_number_ ABSL_GUARDED_BY(mu_) = 0;
  std::map<uint64_t, Entry> entries_ ABSL_GUARDED_BY(mu_);
  size_t waiting_ ABSL_GUARDED_BY(mu_) = 0;

  std::unique_ptr<WorkQueue> pool_;
  std::unique_ptr<BackgroundTask> scheduler_;
};

}  // namespace latchkey

#endif  // LATCHKEY_CORE_OUTBOUND_OUTBOUND_CREDENTIALS_H_
