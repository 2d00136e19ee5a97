"""The calls of absl that absl_mutex.cc wraps, by linker name."""

_MUTEX = "_ZN4absl7debian35Mutex"
_CONDITION = "RKNS0_9ConditionE"
_TIMEOUT = "RKNS0_9ConditionENS0_8DurationE"
_DEADLINE = "RKNS0_9ConditionENS0_4TimeE"
_NOTIFICATION = "4absl7debian312Notification"

_SYMBOLS = [
    _MUTEX + "D1Ev",
    _MUTEX + "4LockEv",
    _MUTEX + "6UnlockEv",
    _MUTEX + "7TryLockEv",
    _MUTEX + "10ReaderLockEv",
    _MUTEX + "12ReaderUnlockEv",
    _MUTEX + "13ReaderTryLockEv",
    _MUTEX + "5AwaitE" + _CONDITION,
    _MUTEX + "16AwaitWithTimeoutE" + _TIMEOUT,
    _MUTEX + "17AwaitWithDeadlineE" + _DEADLINE,
    _MUTEX + "8LockWhenE" + _CONDITION,
    _MUTEX + "19LockWhenWithTimeoutE" + _TIMEOUT,
    _MUTEX + "20LockWhenWithDeadlineE" + _DEADLINE,
    _MUTEX + "14ReaderLockWhenE" + _CONDITION,
    "_ZN4absl7debian37CondVar4WaitEPNS0_5MutexE",
    "_ZN4absl7debian37CondVar15WaitWithTimeoutEPNS0_5MutexENS0_8DurationE",
    "_ZN4absl7debian37CondVar16WaitWithDeadlineEPNS0_5MutexENS0_4TimeE",
    "_ZN" + _NOTIFICATION + "6NotifyEv",
    "_ZNK" + _NOTIFICATION + "19WaitForNotificationEv",
    "_ZNK" + _NOTIFICATION + "30WaitForNotificationWithTimeoutENS0_8DurationE",
    "_ZNK" + _NOTIFICATION + "31WaitForNotificationWithDeadlineENS0_4TimeE",
    "_ZN4absl7debian315BlockingCounter14DecrementCountEv",
    "_ZN4absl7debian315BlockingCounter4WaitEv",
    "_ZN4absl7debian36Status15UnrefNonInlinedEm",
]

def wrap_linkopts():
    return ["-Wl,--wrap=" + symbol for symbol in _SYMBOLS]
