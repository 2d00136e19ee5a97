// Readiness decides, truthfully, whether the service can serve.
#ifndef LATCHKEY_SERVER_READINESS_H_
#define LATCHKEY_SERVER_READINESS_H_

#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "core/jwks/jwks_cache.h"
#include "core/store/store.h"

namespace latchkey {

// Readiness: not ready while the store is down, a required key source has never
// been loaded (or is past its stale bound), or the service is stopping.
// Thread-safe.
class Readiness final {
 public:
  Readiness(Store* store, const JwksCache* jwks);

  // Look asks the store and the key sources now and keeps the answer; may wait
  // for the store, so never on a transport's thread.
  void Look();
  // What the last Look found; empty when ready, else why not. Never blocks.
  std::string NotReadyBecause() const;

  // SetStopping: from now on the answer is "stopping".
  void SetStopping();
  // A failed reload does not make the service unready; it is shown only.
  void SetReloadFailure(std::string failure);
  std::string reload_failure() const;

 private:
  std::string Cause() const;

  Store* const store_;
  const JwksCache* const jwks_;
  mutable absl::Mutex mu_;
  std::string cause_ ABSL_GUARDED_BY(mu_) = "starting";
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;
  std::string reload_failure_ ABSL_GUARDED_BY(mu_);
};

}  // namespace latchkey

#endif  // LATCHKEY_SERVER_READINESS_H_
