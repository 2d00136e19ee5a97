// Revocations remembers which sessions have ended while their access tokens
// may still be alive.
#ifndef LATCHKEY_CORE_SESSION_REVOCATIONS_H_
#define LATCHKEY_CORE_SESSION_REVOCATIONS_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "core/base/ids.h"

namespace latchkey {

// Revocations is a set of session ids. IsRevoked takes no lock (but for one
// short one after the table grew) and does not allocate; Add is amortised O(1)
// and seen by every later IsRevoked in the process. Entries are kept for `keep`
// (the longest access token life, plus leeway) and dropped, by a later Add, not
// before that. Thread-safe.
class Revocations final {
 public:
  explicit Revocations(absl::Duration keep);
  ~Revocations();

  // Also true for what has not the shape of a session id.
  bool IsRevoked(absl::string_view session_id) const;
  // Ignores what has not the shape of a session id.
  void Add(const SessionId& session, absl::Time now);
  // size: one that was added again after `keep` may count twice.
  size_t size() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace latchkey

#endif  // LATCHKEY_CORE_SESSION_REVOCATIONS_H_
