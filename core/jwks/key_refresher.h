// The thread and the pool that keep all sources fresh.
#ifndef LATCHKEY_CORE_JWKS_KEY_REFRESHER_H_
#define LATCHKEY_CORE_JWKS_KEY_REFRESHER_H_

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "core/base/background_task.h"
#include "core/base/clock.h"
#include "core/base/random.h"
#include "core/base/snapshot.h"
#include "core/base/work_queue.h"
#include "core/jwks/disk_copy.h"
#include "core/jwks/http_fetcher.h"
#include "core/jwks/jwks_cache_options.h"
#include "core/jwks/key_load.h"
#include "core/jwks/key_source.h"
#include "core/jwks/published_keys.h"
#include "core/jwks/source_state.h"

namespace latchkey {

// SourceHandle keeps a source alive. It may outlive the refresher (an idle
// thread's snapshot of a configuration can hold it), so it knows nothing of it.
// Numbers, unlike addresses, are not used twice.
struct SourceHandle {
  explicit SourceHandle(uint64_t source_number) : number(source_number) {}
  const uint64_t number;
};

// KeyRefresher owns the states of all sources and moves them: one scheduler
// thread ("lk-jwks") starts what is due, a small pool fetches, and every change
// is published as a whole. Thread-safe; the destructor cancels transfers and
// joins.
//
// Lock order: mu(), then those of the pool, of the scheduler and of the clock.
class KeyRefresher final {
 public:
  KeyRefresher(JwksCacheOptions options, HttpFetcher* fetcher, Clock* clock,
               Random* random);
  ~KeyRefresher();
  KeyRefresher(const KeyRefresher&) = delete;
  KeyRefresher& operator=(const KeyRefresher&) = delete;

  // Use returns the live handle of an equal spec, or makes the source. A
  // source is dropped some time after its last handle.
  std::shared_ptr<SourceHandle> Use(const KeySourceSpec& spec)
      ABSL_LOCKS_EXCLUDED(mu_);

  // FindPublished takes no lock: the set of the source when it may be served
  // and holds `kid` (when one is given), else null.
  std::shared_ptr<const KeyTable> FindPublished(
      uint64_t number, const std::optional<std::string>& kid) const;

  // mu guards every SourceState.
  absl::Mutex* mu() ABSL_LOCK_RETURNED(mu_) { return &mu_; }

  // Find returns null for a source that is not (any longer) here. The pointer
  // is good while somebody holds the handle.
  SourceState* Find(uint64_t number) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  // Join joins the attempt under way or starts one, and returns its number: it
  // is over when state->finished() has come that far.
  uint64_t Join(uint64_t number, SourceState* state, SourceState::AskedBy who)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  // Live is every source that somebody holds, with its handle.
  struct LiveSource {
    std::shared_ptr<SourceHandle> handle;
    SourceState* state;
  };
  std::vector<LiveSource> Live() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  const JwksCacheOptions& options() const { return options_; }
  Clock* clock() const { return clock_; }

 private:
  struct Entry {
    Entry(KeySourceSpec spec, const JwksCacheOptions* options, Random* random)
        : state(std::move(spec), options, random) {}
    SourceState state;
    std::weak_ptr<SourceHandle> handle;
  };

  // Tick is the scheduler's run: starts what is due, returns when to come next.
  absl::Time Tick() ABSL_LOCKS_EXCLUDED(mu_);
  // Attempt runs on the pool.
  void Attempt(uint64_t number, const KeyLoadRequest& request)
      ABSL_LOCKS_EXCLUDED(mu_);
  void Keep(const KeyLoadRequest& request, const KeyLoad& load);
  void Start(uint64_t number, SourceState* state, SourceState::AskedBy who)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  std::shared_ptr<SourceHandle> FindLive(const KeySourceSpec& spec)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Sweep() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Publish() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  std::atomic<bool> stopping_{false};
  const JwksCacheOptions options_;
  HttpFetcher* const fetcher_;
  Clock* const clock_;
  Random* const random_;
  const DiskCopy disk_;
  Snapshot<PublishedKeys> published_{std::make_shared<const PublishedKeys>()};

  absl::Mutex mu_;
  uint64_t last_number_ ABSL_GUARDED_BY(mu_) = 0;
  std::map<uint64_t, Entry> entries_ ABSL_GUARDED_BY(mu_);

  std::unique_ptr<WorkQueue> pool_;
  std::unique_ptr<BackgroundTask> scheduler_;
};

}  // namespace latchkey

#endif  // LATCHKEY_CORE_JWKS_KEY_REFRESHER_H_
