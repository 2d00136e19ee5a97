// TransferStore moves whole users in and out, many at a time.
#ifndef LATCHKEY_CORE_STORE_TRANSFER_STORE_H_
#define LATCHKEY_CORE_STORE_TRANSFER_STORE_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "core/store/credential_store.h"
#include "core/store/user_store.h"

namespace latchkey {

// TransferRow is a user with all that proves its identities; without a user,
// registrations that nobody has logged in with. Versions are not looked at.
struct TransferRow {
  std::optional<UserRecord> user;
  std::vector<PasswordRecord> passwords;
  std::vector<ApiKeyRecord> api_keys;
};

enum class TransferResult {
  kCreated,
  // The user (without one: the first password record) is there already, by its
  // id. It is left as it is.
  kExists,
  // Something of the row belongs to another user. Nothing of it was stored.
  kIdentityTaken,
  kAddressTaken,  // of a password record, or the record's id
  kApiKeyTaken,
};

enum class TransferMode { kStore, kDryRun };

// TransferStore: thread-safe; may block. Errors: STORE_UNAVAILABLE.
class TransferStore {
 public:
  virtual ~TransferStore() = default;

  // Insert stores the rows in one durable step, each wholly or not at all, and
  // says of each what became of it, in order. Later rows see earlier ones, in a
  // dry run too, which leaves nothing behind.
  virtual absl::StatusOr<std::vector<TransferResult>> Insert(
      absl::Span<const TransferRow> rows, TransferMode mode) = 0;

  // ListPasswords gives password records in order of id, after `after` (empty:
  // from the start), whether a user has them or not.
  virtual absl::StatusOr<std::vector<PasswordRecord>> ListPasswords(
      const AppId& app, absl::string_view after, size_t limit) = 0;
};

}  // namespace latchkey

#endif  // LATCHKEY_CORE_STORE_TRANSFER_STORE_H_
