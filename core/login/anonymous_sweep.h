// AnonymousSweep deletes anonymous users that nobody uses any more.
#ifndef LATCHKEY_CORE_LOGIN_ANONYMOUS_SWEEP_H_
#define LATCHKEY_CORE_LOGIN_ANONYMOUS_SWEEP_H_

#include <cstdint>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "core/app/app.h"
#include "core/audit/audit.h"
#include "core/base/call_context.h"
#include "core/base/clock.h"
#include "core/base/snapshot.h"
#include "core/session/session_service.h"
#include "core/store/store.h"

namespace latchkey {

// AnonymousSweep walks over the users of every app, a page at each Step. A user
// is deleted when it has anonymous identities only, no API key, and was made,
// logged in, and used each of its sessions, longer ago than the app's
// delete_anonymous_after. It is deleted only as it was looked at: one that was
// linked or logged in meanwhile stays. Step is for one thread; figures() for
// any.
class AnonymousSweep final {
 public:
  // Users that one Step looks at.
  static constexpr size_t kPage = 500;
  // From the end of one walk to the next.
  static constexpr absl::Duration kPause = absl::Hours(1);

  struct Deps {  // borrowed
    const Snapshot<AppTable>* apps;
    Store* store;
    SessionService* sessions;
    AuditSink* audit;
    Clock* clock;
  };
  explicit AnonymousSweep(Deps deps);

  // Step returns when to go on. Blocks on the store.
  absl::Time Step();

  struct Figures {
    uint64_t deleted = 0;
    uint64_t spared = 0;  // changed at that very moment
    uint64_t failures = 0;
  };
  Figures figures() const;

 private:
  // NextApp gives the app to go on with; null: the walk is over.
  std::shared_ptr<const App> NextApp() const;
  // SweepPage: false when the app has no more users.
  absl::StatusOr<bool> SweepPage(const App& app, absl::Time cutoff);
  absl::StatusOr<bool> IsNeeded(const UserRecord& user, absl::Time cutoff);
  absl::StatusOr<bool> UsedSince(const UserRecord& user, absl::Time cutoff);
  absl::Status Delete(const std::vector<UserRecord>& idle);

  const Deps deps_;
  CallContext call_;
  // Where the walk is: behind `after_` in the app, or behind the whole app.
  AppId app_;
  UserId after_;
  bool app_done_ = false;
  mutable absl::Mutex mu_;
  Figures figures_ ABSL_GUARDED_BY(mu_);
};

}  // namespace latchkey

#endif  // LATCHKEY_CORE_LOGIN_ANONYMOUS_SWEEP_H_
