#include "clients/cli/outcome_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "clients/cli/failure.h"
#include "core/base/status_macros.h"
#include "core/json/json.h"

namespace latchkey {
namespace {

std::string Line(const RowOutcome& outcome) {
  json::Value value{json::Value::Object()};
  value.Set("row", static_cast<int64_t>(outcome.row));
  value.Set("result", outcome.result);
  if (!outcome.id.empty()) value.Set("id", outcome.id);
  if (!outcome.detail.empty()) value.Set("detail", outcome.detail);
  json::Value::Array logins;
  for (const std::string& login : outcome.logins) logins.push_back(login);
  if (!logins.empty()) value.Set("logins", std::move(logins));
  if (outcome.claimable) value.Set("claimable", true);
  return absl::StrCat(json::Write(value), "\n");
}

// The number in {"row":N,...}; nullopt when the line is not one of ours.
std::optional<uint64_t> RowOf(const std::string& line) {
  const auto value = json::ParseObject(line);
  if (!value.ok()) return std::nullopt;
  const json::Value* const row = value->Find("row");
  const std::optional<int64_t> number =
      row == nullptr ? std::nullopt : row->as_int64();
  if (!number.has_value() || *number < 1) return std::nullopt;
  return static_cast<uint64_t>(*number);
}

// Makes a file that only its owner may read.
bool Make(const std::string& path) {
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
                        S_IRUSR | S_IWUSR);
  if (file >= 0) close(file);
  return file >= 0;
}

}  // namespace

absl::Status OutcomeFile::ReadOld() {
  std::ifstream in(path_, std::ios::binary);
  if (!in) return UsageError(absl::StrCat(path_, ": cannot be opened"));
  std::string line;
  uintmax_t complete = 0;
  while (std::getline(in, line) && !in.eof()) {
    const std::optional<uint64_t> row = RowOf(line);
    if (!row.has_value()) {
      return UsageError(absl::StrCat(path_, ": is no file of outcomes"));
    }
    last_row_ = *row;
    complete += line.size() + 1;
  }
  std::error_code failed;
  std::filesystem::resize_file(path_, complete, failed);
  if (!failed) return absl::OkStatus();
  return UsageError(absl::StrCat(path_, ": ", failed.message()));
}

absl::Status OutcomeFile::Open(const std::string& path, bool resume) {
  path_ = path;
  std::error_code failed;
  const bool there = std::filesystem::exists(path, failed);
  if (there && !resume) {
    return UsageError(absl::StrCat(
        path, ": is there already; go on with --resume, or give another name"));
  }
  if (there) {
    RETURN_IF_ERROR(ReadOld());
  } else if (!Make(path)) {
    return UsageError(absl::StrCat(path, ": cannot be made"));
  }
  out_.open(path, std::ios::binary | std::ios::app);
  if (out_) return absl::OkStatus();
  return UsageError(absl::StrCat(path, ": cannot be opened"));
}

absl::Status OutcomeFile::Write(const RowOutcome& outcome) {
  if (path_.empty()) return absl::OkStatus();
  out_ << Line(outcome);
  if (out_) return absl::OkStatus();
  return absl::DataLossError(absl::StrCat(path_, ": cannot be written"));
}

absl::Status OutcomeFile::Flush() {
  if (path_.empty() || out_.flush()) return absl::OkStatus();
  return absl::DataLossError(absl::StrCat(path_, ": cannot be written"));
}

}  // namespace latchkey
