#include "clients/cli/user_importer.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"

namespace latchkey {
namespace {

constexpr int kBatchRows = 1000;
// With room for one more row in the service's 1 MiB.
constexpr size_t kBatchBytes = 700 * 1024;

const char* ResultName(v1::ImportResult result) {
  switch (result) {
    case v1::IMPORT_RESULT_CREATED:
      return "created";
    case v1::IMPORT_RESULT_EXISTS:
      return "exists";
    case v1::IMPORT_RESULT_COLLISION:
      return "collision";
    default:
      return "refused";
  }
}

json::Value Counts(const std::map<std::string, uint64_t>& counts) {
  json::Value value{json::Value::Object()};
  for (const auto& [name, count] : counts) {
    value.Set(name, static_cast<int64_t>(count));
  }
  return value;
}

uint64_t CountOf(const std::map<std::string, uint64_t>& counts,
                 const char* name) {
  const auto found = counts.find(name);
  return found == counts.end() ? 0 : found->second;
}

}  // namespace

json::Value ImportReport::ToJson() const {
  json::Value value{json::Value::Object()};
  value.Set("rows", static_cast<int64_t>(rows));
  if (skipped > 0) value.Set("skipped", static_cast<int64_t>(skipped));
  for (const char* result :
       {"created", "exists", "duplicate", "collision", "refused"}) {
    value.Set(result, static_cast<int64_t>(CountOf(results, result)));
  }
  value.Set("logins", Counts(logins));
  value.Set("claimable", static_cast<int64_t>(claimable));
  value.Set("lockedOut", static_cast<int64_t>(locked_out));
  return value;
}

bool ImportReport::all_stored() const {
  return CountOf(results, "collision") + CountOf(results, "refused") +
             CountOf(results, "duplicate") ==
         0;
}

UserImporter::UserImporter(Options options) : options_(std::move(options)) {}

absl::Status UserImporter::Tell(RowOutcome outcome) {
  ++report_.results[outcome.result];
  for (const std::string& login : outcome.logins) ++report_.logins[login];
  if (outcome.claimable) ++report_.claimable;
  const bool stored = outcome.result == "created" || outcome.result == "exists";
  if (stored && outcome.logins.empty() && !outcome.claimable) {
    ++report_.locked_out;
  }
  return options_.outcomes->Write(outcome);
}

absl::Status UserImporter::SendBatch() {
  v1::ImportUsersResponse response;
  if (batch_.users_size() > 0) {
    batch_.set_app(options_.app);
    batch_.set_dry_run(options_.dry_run);
    RETURN_IF_ERROR(options_.send(batch_, &response));
    if (response.outcomes_size() != batch_.users_size()) {
      return absl::DataLossError("not an outcome for each row");
    }
  }
  int next = 0;
  for (RowOutcome& outcome : waiting_) {
    if (outcome.result.empty()) {
      const v1::ImportOutcome& one = response.outcomes(next++);
      outcome.result = ResultName(one.result());
      outcome.id = one.user_id();
      outcome.detail = one.detail();
      outcome.logins.assign(one.logins().begin(), one.logins().end());
      outcome.claimable = one.claimable();
    }
    RETURN_IF_ERROR(Tell(std::move(outcome)));
  }
  waiting_.clear();
  batch_.Clear();
  batch_bytes_ = 0;
  return options_.outcomes->Flush();
}

absl::Status UserImporter::Add(UserRow row) {
  RowOutcome outcome;
  outcome.row = row.number;
  if (!row.problem.empty()) {
    outcome.result = "refused";
    outcome.detail = std::move(row.problem);
  } else if (row.duplicate_of > 0) {
    outcome.result = "duplicate";
    outcome.id = row.user.id();
    outcome.detail = absl::StrCat("of row ", row.duplicate_of);
  } else {
    const size_t bytes = row.user.ByteSizeLong();
    if (batch_.users_size() > 0 && batch_bytes_ + bytes > kBatchBytes) {
      RETURN_IF_ERROR(SendBatch());
    }
    batch_bytes_ += bytes;
    *batch_.add_users() = std::move(row.user);
  }
  waiting_.push_back(std::move(outcome));
  if (waiting_.size() < kBatchRows) return absl::OkStatus();
  return SendBatch();
}

absl::Status UserImporter::Run(UserFile* file) {
  UserRow row;
  while (true) {
    ASSIGN_OR_RETURN(const bool found, file->Next(&row));
    if (!found) return SendBatch();
    ++report_.rows;
    if (row.number <= options_.outcomes->last_row()) {
      ++report_.skipped;
      continue;
    }
    RETURN_IF_ERROR(Add(std::move(row)));
  }
}

}  // namespace latchkey
