// Records for tests of stores.
#ifndef LATCHKEY_CORE_STORE_TEST_RECORDS_H_
#define LATCHKEY_CORE_STORE_TEST_RECORDS_H_

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "core/store/session_store.h"
#include "core/store/user_store.h"

namespace latchkey {

// TestTime is a time with microseconds, `seconds` after a fixed one.
absl::Time TestTime(int seconds = 0);

IdentityRecord TestIdentity(absl::string_view provider,
                            absl::string_view subject);
// TestUser has one identity: ("custom", `id`).
UserRecord TestUser(absl::string_view app, absl::string_view id);
SessionRecord TestSession(absl::string_view id);

}  // namespace latchkey

#endif  // LATCHKEY_CORE_STORE_TEST_RECORDS_H_
