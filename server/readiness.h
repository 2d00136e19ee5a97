// Readiness decides, truthfully, whether the service can serve.
#ifndef LATCHKEY_SERVER_READINESS_H_
#define LATCHKEY_SERVER_READINESS_H_

#include <cstdint>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "core/base/background_task.h"
#include "core/base/clock.h"
#include "core/jwks/jwks_cache.h"
#include "core/store/store.h"

namespace latchkey {

// Readiness: not ready while the store is down or does not answer, a required
// key source has never been loaded (or is past its stale bound), or the service
// is stopping. Thread-safe. The store is asked on a thread of its own
// ("lk-probe"), because a disk that hangs gives no answer at all; the
// destructor waits for that thread.
class Readiness final {
 public:
  // How long the store may take to answer: as long as a call that brings no
  // deadline waits for it. With the time between two looks it bounds how long
  // a hung disk is not noticed.
  static constexpr absl::Duration kStoreTimeout = absl::Seconds(5);

  Readiness(Store* store, const JwksCache* jwks, Clock* clock);

  // Look asks the store and the key sources now and keeps the answer; may wait
  // kStoreTimeout for the store, so never on a transport's thread.
  void Look();
  // What the last Look found; empty when ready, else why not. Never blocks.
  std::string NotReadyBecause() const;

  // SetStopping: from now on the answer is "stopping".
  void SetStopping();
  // A failed reload does not make the service unready; it is shown only.
  void SetReloadFailure(std::string failure);
  std::string reload_failure() const;

 private:
  // The body of the thread.
  absl::Time Probe();
  // Asks the thread and waits for it.
  absl::Status StoreHealth();
  std::string Cause();

  Store* const store_;
  const JwksCache* const jwks_;
  Clock* const clock_;
  mutable absl::Mutex mu_;
  std::string cause_ ABSL_GUARDED_BY(mu_) = "starting";
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;
  std::string reload_failure_ ABSL_GUARDED_BY(mu_);
  // Questions to the store, counted, and the answer to the last one answered.
  uint64_t asked_ ABSL_GUARDED_BY(mu_) = 0;
  uint64_t answered_ ABSL_GUARDED_BY(mu_) = 0;
  absl::Status answer_ ABSL_GUARDED_BY(mu_);

  BackgroundTask probe_;  // last: uses all the others
};

}  // namespace latchkey

#endif  // LATCHKEY_SERVER_READINESS_H_
