// UserImporter sends the rows of a file and counts what becomes of them.
#ifndef LATCHKEY_CLIENTS_CLI_USER_IMPORTER_H_
#define LATCHKEY_CLIENTS_CLI_USER_IMPORTER_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "clients/cli/outcome_file.h"
#include "clients/cli/user_file.h"
#include "core/json/json.h"
#include "latchkey/v1/user_admin_service.pb.h"

namespace latchkey {

// ImportReport counts rows. `logins`: users by provider that they can log in
// with.
struct ImportReport {
  uint64_t rows = 0;
  uint64_t skipped = 0;  // had their outcome in the file of outcomes
  std::map<std::string, uint64_t> results;
  std::map<std::string, uint64_t> logins;
  uint64_t claimable = 0;   // an address without a password
  uint64_t locked_out = 0;  // nothing to log in with, nothing to claim

  json::Value ToJson() const;
  // Every row is stored, now or before.
  bool all_stored() const;
};

// UserImporter: thread-compatible; borrows all but `app`.
class UserImporter final {
 public:
  using Send = std::function<absl::Status(const v1::ImportUsersRequest&,
                                          v1::ImportUsersResponse*)>;
  struct Options {
    std::string app;
    bool dry_run = false;
    Send send;
    OutcomeFile* outcomes = nullptr;
  };
  explicit UserImporter(Options options);

  // Run goes through the file. What was told of before a failure is in the
  // report and in the file of outcomes.
  absl::Status Run(UserFile* file);
  const ImportReport& report() const { return report_; }

 private:
  absl::Status Add(UserRow row);
  absl::Status SendBatch();
  absl::Status Tell(RowOutcome outcome);

  const Options options_;
  v1::ImportUsersRequest batch_;
  size_t batch_bytes_ = 0;
  // Of the rows since the last batch, in order; those without a result are in
  // the batch.
  std::vector<RowOutcome> waiting_;
  ImportReport report_;
};

}  // namespace latchkey

#endif  // LATCHKEY_CLIENTS_CLI_USER_IMPORTER_H_
