// Tells ThreadSanitizer what absl's locks and counts do. Debian's Abseil is
// built without it, so that every access guarded by an absl::Mutex would be
// reported as a race. Linked into every program of --config=tsan with --wrap
// (wrap.bzl).
//
// While inside a lock operation TSan ignores memory accesses, so that absl may
// evaluate the conditions of other waiters.

#include <sanitizer/tsan_interface.h>

#include <cstdint>
#include <mutex>

#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"

#define REAL(name) __real__ZN4absl7debian3##name
#define REAL_CONST(name) __real__ZNK4absl7debian3##name
#define WRAP(name) __wrap__ZN4absl7debian3##name
#define WRAP_CONST(name) __wrap__ZNK4absl7debian3##name

namespace {

constexpr unsigned kShared = __tsan_mutex_read_lock;
constexpr unsigned kTry = __tsan_mutex_try_lock;

void BeforeLock(absl::Mutex* mu, unsigned flags = 0) {
  __tsan_mutex_pre_lock(mu, flags);
}

void AfterLock(absl::Mutex* mu, unsigned flags = 0) {
  __tsan_mutex_post_lock(mu, flags, 0);
}

void AfterTryLock(absl::Mutex* mu, unsigned flags, bool locked) {
  if (!locked) flags |= __tsan_mutex_try_lock_failed;
  __tsan_mutex_post_lock(mu, flags, 0);
}

// A wait inside a lock: given back, then taken again.
void BeforeWait(absl::Mutex* mu) {
  __tsan_mutex_pre_unlock(mu, 0);
  __tsan_mutex_post_unlock(mu, 0);
  BeforeLock(mu);
}

// The flag of absl::Notification, read inline by HasBeenNotified().
void* FlagOf(const absl::Notification* n) {
  return const_cast<char*>(reinterpret_cast<const char*>(n)) +
         sizeof(absl::Mutex);
}

// Debian's Abseil looks for deadlocks, under a lock of its own that TSan cannot
// see. TSan looks for them by itself.
[[maybe_unused]] const bool kDeadlocksLeftToTsan = [] {
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  return true;
}();

constinit std::mutex status_mu;

}  // namespace

extern "C" {

void REAL(5MutexD1Ev)(absl::Mutex* mu);
void WRAP(5MutexD1Ev)(absl::Mutex* mu) {
  __tsan_mutex_destroy(mu, 0);
  REAL(5MutexD1Ev)(mu);
}

void REAL(5Mutex4LockEv)(absl::Mutex* mu);
void WRAP(5Mutex4LockEv)(absl::Mutex* mu) {
  BeforeLock(mu);
  REAL(5Mutex4LockEv)(mu);
  AfterLock(mu);
}

void REAL(5Mutex6UnlockEv)(absl::Mutex* mu);
void WRAP(5Mutex6UnlockEv)(absl::Mutex* mu) {
  __tsan_mutex_pre_unlock(mu, 0);
  REAL(5Mutex6UnlockEv)(mu);
  __tsan_mutex_post_unlock(mu, 0);
}

bool REAL(5Mutex7TryLockEv)(absl::Mutex* mu);
bool WRAP(5Mutex7TryLockEv)(absl::Mutex* mu) {
  BeforeLock(mu, kTry);
  const bool locked = REAL(5Mutex7TryLockEv)(mu);
  AfterTryLock(mu, kTry, locked);
  return locked;
}

void REAL(5Mutex10ReaderLockEv)(absl::Mutex* mu);
void WRAP(5Mutex10ReaderLockEv)(absl::Mutex* mu) {
  BeforeLock(mu, kShared);
  REAL(5Mutex10ReaderLockEv)(mu);
  AfterLock(mu, kShared);
}

void REAL(5Mutex12ReaderUnlockEv)(absl::Mutex* mu);
void WRAP(5Mutex12ReaderUnlockEv)(absl::Mutex* mu) {
  __tsan_mutex_pre_unlock(mu, kShared);
  REAL(5Mutex12ReaderUnlockEv)(mu);
  __tsan_mutex_post_unlock(mu, kShared);
}

bool REAL(5Mutex13ReaderTryLockEv)(absl::Mutex* mu);
bool WRAP(5Mutex13ReaderTryLockEv)(absl::Mutex* mu) {
  BeforeLock(mu, kShared | kTry);
  const bool locked = REAL(5Mutex13ReaderTryLockEv)(mu);
  AfterTryLock(mu, kShared | kTry, locked);
  return locked;
}

void REAL(5Mutex5AwaitERKNS0_9ConditionE)(absl::Mutex* mu,
                                          const absl::Condition& cond);
void WRAP(5Mutex5AwaitERKNS0_9ConditionE)(absl::Mutex* mu,
                                          const absl::Condition& cond) {
  BeforeWait(mu);
  REAL(5Mutex5AwaitERKNS0_9ConditionE)(mu, cond);
  AfterLock(mu);
}

#define WRAP_AWAIT(name, Until)                                                \
  bool REAL(name)(absl::Mutex * mu, const absl::Condition& cond, Until until); \
  bool WRAP(name)(absl::Mutex * mu, const absl::Condition& cond,               \
                  Until until) {                                               \
    BeforeWait(mu);                                                            \
    const bool result = REAL(name)(mu, cond, until);                           \
    AfterLock(mu);                                                             \
    return result;                                                             \
  }

WRAP_AWAIT(5Mutex16AwaitWithTimeoutERKNS0_9ConditionENS0_8DurationE,
           absl::Duration)
WRAP_AWAIT(5Mutex17AwaitWithDeadlineERKNS0_9ConditionENS0_4TimeE, absl::Time)

#define WRAP_LOCK_WHEN(name, flags)                                \
  void REAL(name)(absl::Mutex * mu, const absl::Condition& cond);  \
  void WRAP(name)(absl::Mutex * mu, const absl::Condition& cond) { \
    BeforeLock(mu, flags);                                         \
    REAL(name)(mu, cond);                                          \
    AfterLock(mu, flags);                                          \
  }

WRAP_LOCK_WHEN(5Mutex8LockWhenERKNS0_9ConditionE, 0)
WRAP_LOCK_WHEN(5Mutex14ReaderLockWhenERKNS0_9ConditionE, kShared)

#define WRAP_LOCK_WHEN_UNTIL(name, Until)                                      \
  bool REAL(name)(absl::Mutex * mu, const absl::Condition& cond, Until until); \
  bool WRAP(name)(absl::Mutex * mu, const absl::Condition& cond,               \
                  Until until) {                                               \
    BeforeLock(mu);                                                            \
    const bool result = REAL(name)(mu, cond, until);                           \
    AfterLock(mu);                                                             \
    return result;                                                             \
  }

WRAP_LOCK_WHEN_UNTIL(
    5Mutex19LockWhenWithTimeoutERKNS0_9ConditionENS0_8DurationE, absl::Duration)
WRAP_LOCK_WHEN_UNTIL(5Mutex20LockWhenWithDeadlineERKNS0_9ConditionENS0_4TimeE,
                     absl::Time)

void REAL(7CondVar4WaitEPNS0_5MutexE)(absl::CondVar* cv, absl::Mutex* mu);
void WRAP(7CondVar4WaitEPNS0_5MutexE)(absl::CondVar* cv, absl::Mutex* mu) {
  BeforeWait(mu);
  REAL(7CondVar4WaitEPNS0_5MutexE)(cv, mu);
  AfterLock(mu);
}

#define WRAP_WAIT(name, Until)                                         \
  bool REAL(name)(absl::CondVar * cv, absl::Mutex * mu, Until until);  \
  bool WRAP(name)(absl::CondVar * cv, absl::Mutex * mu, Until until) { \
    BeforeWait(mu);                                                    \
    const bool result = REAL(name)(cv, mu, until);                     \
    AfterLock(mu);                                                     \
    return result;                                                     \
  }

WRAP_WAIT(7CondVar15WaitWithTimeoutEPNS0_5MutexENS0_8DurationE, absl::Duration)
WRAP_WAIT(7CondVar16WaitWithDeadlineEPNS0_5MutexENS0_4TimeE, absl::Time)

void REAL(12Notification6NotifyEv)(absl::Notification* n);
void WRAP(12Notification6NotifyEv)(absl::Notification* n) {
  __tsan_release(FlagOf(n));
  REAL(12Notification6NotifyEv)(n);
}

void REAL_CONST(12Notification19WaitForNotificationEv)(
    const absl::Notification* n);
void WRAP_CONST(12Notification19WaitForNotificationEv)(
    const absl::Notification* n) {
  REAL_CONST(12Notification19WaitForNotificationEv)(n);
  __tsan_acquire(FlagOf(n));
}

#define WRAP_NOTIFICATION(name, Until)                              \
  bool REAL_CONST(name)(const absl::Notification* n, Until until);  \
  bool WRAP_CONST(name)(const absl::Notification* n, Until until) { \
    const bool notified = REAL_CONST(name)(n, until);               \
    if (notified) __tsan_acquire(FlagOf(n));                        \
    return notified;                                                \
  }

WRAP_NOTIFICATION(12Notification30WaitForNotificationWithTimeoutENS0_8DurationE,
                  absl::Duration)
WRAP_NOTIFICATION(12Notification31WaitForNotificationWithDeadlineENS0_4TimeE,
                  absl::Time)

bool REAL(15BlockingCounter14DecrementCountEv)(absl::BlockingCounter* counter);
bool WRAP(15BlockingCounter14DecrementCountEv)(absl::BlockingCounter* counter) {
  __tsan_release(counter);
  return REAL(15BlockingCounter14DecrementCountEv)(counter);
}

void REAL(15BlockingCounter4WaitEv)(absl::BlockingCounter* counter);
void WRAP(15BlockingCounter4WaitEv)(absl::BlockingCounter* counter) {
  REAL(15BlockingCounter4WaitEv)(counter);
  __tsan_acquire(counter);
}

// What a Status holds is counted inside Debian's library: here each release of
// it comes after all earlier ones, so that TSan sees the last read come before
// the deletion.
void REAL(6Status15UnrefNonInlinedEm)(uintptr_t rep);
void WRAP(6Status15UnrefNonInlinedEm)(uintptr_t rep) {
  const std::lock_guard<std::mutex> lock(status_mu);
  REAL(6Status15UnrefNonInlinedEm)(rep);
}

}  // extern "C"
