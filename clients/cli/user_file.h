// UserFile reads the users of a file, whatever its shape.
#ifndef LATCHKEY_CLIENTS_CLI_USER_FILE_H_
#define LATCHKEY_CLIENTS_CLI_USER_FILE_H_

#include <cstddef>
#include <cstdint>
#include <istream>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/numeric/int128.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "clients/cli/json_rows.h"
#include "clients/cli/user_formats.h"
#include "core/json/document.h"
#include "latchkey/v1/user_admin_service.pb.h"

namespace latchkey {

enum class UserFormat { kAppServices, kFirebase, kGeneric };

struct UserFileOptions {
  UserFormat format = UserFormat::kGeneric;
  FirebaseHashing firebase;
  // Names of providers by kind, for identities that name none.
  std::map<std::string, std::string> providers;
  bool confirmed = false;  // take every address as confirmed
};

// UserRow: what one user of the file is, or what is wrong with it.
struct UserRow {
  uint64_t number = 0;  // 1 is the first
  v1::UserTransfer user;
  std::string problem;        // not empty: `user` is no good
  uint64_t duplicate_of = 0;  // row with the same id, identity or address
};

// UserFile borrows the stream; thread-compatible. It takes 40 to 80 bytes for
// each id, identity and address, to find duplicates.
class UserFile final {
 public:
  UserFile(std::istream* in, UserFileOptions options)
      : rows_(in), options_(std::move(options)) {}

  // Next reads the next row; false at the end. UsageError as of JsonRows.
  absl::StatusOr<bool> Next(UserRow* row);

 private:
  absl::Status Read(json::Node object, v1::UserTransfer* user);
  absl::StatusOr<bool> ReadRow(UserRow* row);
  void Merge(std::vector<v1::UserTransfer> users);
  void Complete(v1::UserTransfer* user) const;
  // The row that had it first; remembers this one when none had.
  uint64_t Remember(const std::string& what, uint64_t row);
  void FindDuplicate(UserRow* row);

  JsonRows rows_;
  const UserFileOptions options_;
  json::Document document_;
  std::string text_;
  uint64_t count_ = 0;
  bool ended_ = false;
  // Tables name a user once for each kind of identity: kept till the end.
  std::vector<v1::UserTransfer> merged_;
  absl::flat_hash_map<std::string, size_t> merged_at_;
  size_t next_merged_ = 0;
  absl::flat_hash_map<absl::uint128, uint64_t> seen_;
};

}  // namespace latchkey

#endif  // LATCHKEY_CLIENTS_CLI_USER_FILE_H_
