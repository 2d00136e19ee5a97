#include "clients/cli/user_file.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "clients/cli/failure.h"
#include "core/base/status_macros.h"
#include "core/crypto/digest.h"
#include "core/json/json.h"

namespace latchkey {
namespace {

json::Limits RowLimits() {
  json::Limits limits;
  limits.max_bytes = JsonRows::kMaxRowBytes;
  return limits;
}

}  // namespace

absl::Status UserFile::Read(json::Node object, v1::UserTransfer* user) {
  switch (options_.format) {
    case UserFormat::kAppServices:
      return ReadAppServicesUser(object, user);
    case UserFormat::kFirebase:
      return ReadFirebaseUser(object, options_.firebase, user);
    case UserFormat::kGeneric:
      return ReadGenericUser(object, user);
  }
  return absl::InternalError("no such format");
}

void UserFile::Merge(std::vector<v1::UserTransfer> users) {
  for (v1::UserTransfer& user : users) {
    const auto [at, added] = merged_at_.emplace(user.id(), merged_.size());
    if (added) {
      merged_.push_back(std::move(user));
      continue;
    }
    v1::UserTransfer& known = merged_[at->second];
    if (known.identities().empty()) {
      known.mutable_identities()->Swap(user.mutable_identities());
    }
  }
}

absl::StatusOr<bool> UserFile::ReadRow(UserRow* row) {
  while (!ended_) {
    ASSIGN_OR_RETURN(const bool found, rows_.Next(&text_));
    if (!found) {
      ended_ = true;
      break;
    }
    const absl::Status parsed =
        text_.empty() ? absl::InvalidArgumentError("larger than 256 KiB")
                      : document_.ParseObject(text_, RowLimits());
    if (parsed.ok() && options_.format == UserFormat::kAppServices &&
        IsAppServicesTable(document_.root())) {
      std::vector<v1::UserTransfer> users;
      const absl::Status read = ReadAppServicesTable(document_.root(), &users);
      if (!read.ok()) return UsageError(read.message());
      Merge(std::move(users));
      continue;
    }
    const absl::Status read =
        parsed.ok() ? Read(document_.root(), &row->user) : parsed;
    if (text_.empty()) {
      row->problem = "larger than 256 KiB";
    } else if (!parsed.ok()) {
      row->problem = "not acceptable JSON";
    } else if (!read.ok()) {
      row->problem = std::string(read.message());
    }
    return true;
  }
  if (next_merged_ == merged_.size()) return false;
  row->user = std::move(merged_[next_merged_++]);
  return true;
}

void UserFile::Complete(v1::UserTransfer* user) const {
  for (v1::IdentityTransfer& identity : *user->mutable_identities()) {
    if (options_.confirmed && !user->registration()) {
      identity.set_unconfirmed(false);
    }
    const auto named = options_.providers.find(identity.kind());
    if (identity.provider().empty() && named != options_.providers.end()) {
      identity.set_provider(named->second);
    }
  }
}

uint64_t UserFile::Remember(const std::string& what, uint64_t row) {
  const Sha256Digest digest = Sha256(what);
  absl::uint128 key = 0;
  for (size_t i = 0; i < sizeof(key); ++i) key = (key << 8) | digest[i];
  const auto [at, added] = seen_.emplace(key, row);
  return added || at->second == row ? 0 : at->second;
}

void UserFile::FindDuplicate(UserRow* row) {
  const auto note = [&](const std::string& what) {
    const uint64_t first = Remember(what, row->number);
    if (row->duplicate_of == 0) row->duplicate_of = first;
  };
  if (!row->user.id().empty()) note(absl::StrCat("id\n", row->user.id()));
  for (const v1::IdentityTransfer& identity : row->user.identities()) {
    const std::string place =
        absl::StrCat(identity.kind(), "\n", identity.provider(), "\n");
    if (!identity.subject().empty()) {
      note(absl::StrCat("subject\n", place, identity.subject()));
    }
    if (!identity.email().empty()) {
      note(absl::StrCat("email\n", place,
                        absl::AsciiStrToLower(identity.email())));
    }
  }
}

absl::StatusOr<bool> UserFile::Next(UserRow* row) {
  *row = UserRow();
  ASSIGN_OR_RETURN(const bool found, ReadRow(row));
  if (!found) return false;
  row->number = ++count_;
  if (!row->problem.empty()) return true;
  Complete(&row->user);
  FindDuplicate(row);
  return true;
}

}  // namespace latchkey
