// RETURN_IF_ERROR and ASSIGN_OR_RETURN, under the names of later Abseil.
#ifndef LATCHKEY_CORE_BASE_STATUS_MACROS_H_
#define LATCHKEY_CORE_BASE_STATUS_MACROS_H_

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#define LATCHKEY_CONCAT_INNER_(a, b) a##b
#define LATCHKEY_CONCAT_(a, b) LATCHKEY_CONCAT_INNER_(a, b)

#define RETURN_IF_ERROR(expr)                                             \
  do {                                                                    \
    if (absl::Status latchkey_status_ = (expr); !latchkey_status_.ok()) { \
      return latchkey_status_;                                            \
    }                                                                     \
  } while (false)

#define ASSIGN_OR_RETURN(lhs, expr)                                           \
  LATCHKEY_ASSIGN_OR_RETURN_(LATCHKEY_CONCAT_(latchkey_status_or_, __LINE__), \
                             lhs, expr)

#define LATCHKEY_ASSIGN_OR_RETURN_(tmp, lhs, expr) \
  auto tmp = (expr);                               \
  if (!tmp.ok()) return std::move(tmp).status();   \
  lhs = *std::move(tmp)

#endif  // LATCHKEY_CORE_BASE_STATUS_MACROS_H_
