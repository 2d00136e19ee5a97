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

  // Check looks now; empty when ready, else why not. Cheap.
  std::string NotReadyBecause() const;

  // From now on the answer is "stopping".
  void SetStopping();
  // A failed reload does not make the service unready; it is shown only.
  void SetReloadFailure(std::string failure);
  std::string reload_failure() const;

 private:
  Store* const store_;
  const JwksCache* const jwks_;
  mutable absl::Mutex mu_;
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;
  std::string reload_failure_ ABSL_GUARDED_BY(mu_);
};

}  // namespace latchkey

#endif  // LATCHKEY_SERVER_READINESS_H_
