#include "core/provider/password_service.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "core/base/log.h"
#include "core/base/reason.h"
#include "core/base/status_macros.h"
#include "core/base/utf8.h"
#include "core/crypto/password_text.h"

namespace latchkey {
namespace {

// How soon a caller that waits for memory notices that nobody waits for it.
constexpr absl::Duration kCancelPoll = absl::Milliseconds(50);
// How often a check that met another change is done again.
constexpr int kMaxTries = 3;

uint64_t BudgetKib(const PasswordPolicy& policy) {
  return std::max<uint64_t>(uint64_t{policy.memory_budget_mib} * 1024,
                            policy.argon2id.memory_kib);
}

size_t CodePoints(absl::string_view utf8) {
  return static_cast<size_t>(std::count_if(
      utf8.begin(), utf8.end(),
      [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

absl::Status Unacceptable(absl::string_view field, std::string rule) {
  absl::Status status = Error(Reason::kPasswordUnacceptable, rule);
  AddFieldViolation(&status, {std::string(field), std::move(rule)});
  return status;
}

}  // namespace

class PasswordService::HashMemory {
 public:
  HashMemory(PasswordService* service, uint64_t kib)
      : service_(service), kib_(kib) {
    service_->hashes_run_.fetch_add(1, std::memory_order_relaxed);
  }
  ~HashMemory() { service_->ReleaseMemory(kib_); }
  HashMemory(const HashMemory&) = delete;
  HashMemory& operator=(const HashMemory&) = delete;

 private:
  PasswordService* const service_;
  const uint64_t kib_;
};

absl::StatusOr<bool> IsIdentityOfUser(const PasswordRecord& record,
                                      UserStore* users) {
  if (users == nullptr) return false;
  const absl::Status found =
      users->FindByIdentity(record.app, record.provider, record.id).status();
  if (GetReason(found) == Reason::kUserNotFound) return false;
  RETURN_IF_ERROR(found);
  return true;
}

PasswordService::PasswordService(PasswordPolicy policy, PasswordStore* store,
                                 Clock* clock, Random* random)
    : policy_(policy),
      store_(store),
      clock_(clock),
      random_(random),
      hasher_(policy.argon2id, random),
      budget_kib_(BudgetKib(policy)),
      free_kib_(budget_kib_) {}

absl::StatusOr<PasswordRecord> PasswordService::Prepare(
    const AppId& app, const ProviderName& provider, absl::string_view email,
    const Secret& password, bool confirmed, const CallContext& ctx) {
  PasswordRecord record;
  ASSIGN_OR_RETURN(record.email, CanonicalEmail(email, "email"));
  ASSIGN_OR_RETURN(record.phc, HashNew(password, "password", ctx));
  record.id = NewObjectId(clock_, random_);
  record.app = app;
  record.provider = provider;
  record.confirmed = confirmed;
  record.created_at = clock_->TimeNow();
  return record;
}

absl::StatusOr<bool> PasswordService::StoreLikeNew(PasswordRecord* record,
                                                   UserStore* users) {
  const absl::Status inserted = store_->Insert(*record);
  if (inserted.ok()) {
    record->version = 1;
    return true;
  }
  if (GetReason(inserted) != Reason::kResourceExists) return inserted;
  ASSIGN_OR_RETURN(const bool replaced, Replace(record, users));
  if (replaced) return true;
  // The time of a durable commit, which a new address takes, tells nothing.
  const absl::Status rewritten =
      store_->Rewrite(record->app, record->provider, record->email);
  if (GetReason(rewritten) != Reason::kResourceNotFound) {
    RETURN_IF_ERROR(rewritten);
  }
  return false;
}

// Whoever registered first has proved nothing: were its password kept, the
// owner of the address would confirm a stranger's.
absl::StatusOr<bool> PasswordService::Replace(PasswordRecord* record,
                                              UserStore* users) {
  for (int i = 0; i < kMaxTries; ++i) {
    absl::StatusOr<PasswordRecord> stored =
        store_->FindByEmail(record->app, record->provider, record->email);
    if (GetReason(stored.status()) == Reason::kResourceNotFound) return false;
    RETURN_IF_ERROR(stored.status());
    if (stored->confirmed) return false;
    ASSIGN_OR_RETURN(const bool is_users, IsIdentityOfUser(*stored, users));
    if (is_users) return false;
    stored->phc = record->phc;
    stored->confirmed = record->confirmed;
    const absl::Status written = store_->CompareAndUpdate(*stored);
    if (written.ok()) {
      *record = *std::move(stored);
      ++record->version;
      return true;
    }
    const Reason reason = GetReason(written);
    if (reason == Reason::kResourceNotFound) return false;
    if (reason != Reason::kConflict) return written;
  }
  return false;
}

absl::Status PasswordService::Register(const AppId& app,
                                       const ProviderName& provider,
                                       absl::string_view email,
                                       const Secret& password, bool confirmed,
                                       const CallContext& ctx) {
  ASSIGN_OR_RETURN(PasswordRecord record,
                   Prepare(app, provider, email, password, confirmed, ctx));
  return StoreLikeNew(&record, nullptr).status();
}

absl::StatusOr<PasswordRecord> PasswordService::RegisterNew(
    const AppId& app, const ProviderName& provider, absl::string_view email,
    const Secret& password, bool confirmed, const CallContext& ctx) {
  ASSIGN_OR_RETURN(PasswordRecord record,
                   Prepare(app, provider, email, password, confirmed, ctx));
  RETURN_IF_ERROR(store_->Insert(record));
  record.version = 1;
  return record;
}

absl::StatusOr<std::string> PasswordService::HashNew(const Secret& password,
                                                     absl::string_view field,
                                                     const CallContext& ctx) {
  RETURN_IF_ERROR(CheckNewPassword(password, field, ctx));
  return Hash(password, ctx);
}

absl::StatusOr<bool> PasswordService::Matches(const PasswordRecord* record,
                                              const Secret& password,
                                              const CallContext& ctx) {
  ASSIGN_OR_RETURN(const PasswordHasher::Outcome outcome,
                   Verify(record, password, ctx));
  return outcome.matches;
}

absl::StatusOr<PasswordRecord> PasswordService::Check(
    const AppId& app, const ProviderName& provider, absl::string_view email,
    const Secret& password, const CallContext& ctx) {
  ASSIGN_OR_RETURN(std::string canonical, CanonicalEmail(email, "email"));
  RETURN_IF_ERROR(CheckShape(password, "password"));
  absl::StatusOr<PasswordRecord> record;
  for (int i = 0; i < kMaxTries; ++i) {
    record = CheckOnce(app, provider, canonical, password, ctx);
    if (GetReason(record.status()) != Reason::kConflict) break;
  }
  return record;
}

absl::StatusOr<PasswordRecord> PasswordService::CheckOnce(
    const AppId& app, const ProviderName& provider, absl::string_view email,
    const Secret& password, const CallContext& ctx) {
  absl::StatusOr<PasswordRecord> record =
      store_->FindByEmail(app, provider, email);
  if (!record.ok() && GetReason(record.status()) != Reason::kResourceNotFound) {
    return record.status();
  }
  ASSIGN_OR_RETURN(PasswordHasher::Outcome outcome,
                   Verify(record.ok() ? &*record : nullptr, password, ctx));
  if (!record.ok()) {
    return Error(Reason::kCredentialRejected, "unknown e-mail address");
  }
  if (!outcome.matches) {
    return Error(Reason::kCredentialRejected,
                 absl::StrCat("wrong password of ", record->id));
  }
  if (!record->confirmed) {
    return Error(Reason::kEmailUnconfirmed,
                 absl::StrCat("unconfirmed address of ", record->id));
  }
  if (outcome.needs_rehash) RETURN_IF_ERROR(Rehash(password, ctx, &*record));
  return record;
}

absl::Status PasswordService::StillHolds(const PasswordRecord& checked) {
  const absl::StatusOr<PasswordRecord> stored =
      store_->FindById(checked.app, checked.id);
  if (stored.ok() && stored->version == checked.version) {
    return absl::OkStatus();
  }
  if (!stored.ok() && GetReason(stored.status()) != Reason::kResourceNotFound) {
    return stored.status();
  }
  return Error(
      Reason::kCredentialRejected,
      absl::StrCat("the password was changed meanwhile: ", checked.id));
}

absl::StatusOr<PasswordRecord> PasswordService::Change(
    const AppId& app, const ProviderName& provider, absl::string_view email,
    const Replacement& change, const CallContext& ctx) {
  RETURN_IF_ERROR(CheckShape(change.current, "current_password"));
  RETURN_IF_ERROR(CheckNewPassword(change.replacement, "new_password", ctx));
  ASSIGN_OR_RETURN(PasswordRecord record,
                   Check(app, provider, email, change.current, ctx));
  ASSIGN_OR_RETURN(record.phc, Hash(change.replacement, ctx));
  if (change.before_store) RETURN_IF_ERROR(change.before_store());
  RETURN_IF_ERROR(store_->CompareAndUpdate(record));
  ++record.version;
  return record;
}

absl::Status PasswordService::CheckShape(const Secret& password,
                                         absl::string_view field) const {
  if (!password.empty() && password.size() <= policy_.max_length) {
    return absl::OkStatus();
  }
  return InvalidField(field, absl::StrCat("1-", policy_.max_length, " bytes"));
}

absl::Status PasswordService::CheckNewPassword(const Secret& password,
                                               absl::string_view field,
                                               const CallContext& ctx) const {
  const absl::string_view text = password.RevealSecret();
  if (text.size() > policy_.max_length) {
    return Unacceptable(field,
                        absl::StrCat("at most ", policy_.max_length, " bytes"));
  }
  if (!IsValidUtf8(text)) return Unacceptable(field, "UTF-8 only");
  const size_t shortest = ctx.min_password_length > 0 ? ctx.min_password_length
                                                      : policy_.min_length;
  if (text.empty() || CodePoints(text) < shortest) {
    return Unacceptable(field,
                        absl::StrCat("at least ", shortest, " characters"));
  }
  return absl::OkStatus();
}

absl::Status PasswordService::AcquireMemory(uint64_t kib,
                                            const CallContext& ctx) {
  absl::MutexLock lock(&mu_);
  const auto enough = [this, kib]() ABSL_SHARED_LOCKS_REQUIRED(mu_) {
    return free_kib_ >= kib;
  };
  while (true) {
    const absl::Time now = clock_->TimeNow();
    RETURN_IF_ERROR(ctx.StillWanted(now));
    if (clock_->AwaitWithDeadline(&mu_, absl::Condition(&enough),
                                  std::min(ctx.deadline, now + kCancelPoll))) {
      break;
    }
  }
  free_kib_ -= kib;
  return absl::OkStatus();
}

void PasswordService::ReleaseMemory(uint64_t kib) {
  absl::MutexLock lock(&mu_);
  free_kib_ += kib;
}

absl::StatusOr<std::string> PasswordService::Hash(const Secret& password,
                                                  const CallContext& ctx) {
  RETURN_IF_ERROR(AcquireMemory(policy_.argon2id.memory_kib, ctx));
  const HashMemory memory(this, policy_.argon2id.memory_kib);
  return hasher_.Hash(password);
}

absl::StatusOr<PasswordHasher::Outcome> PasswordService::Verify(
    const PasswordRecord* record, const Secret& password,
    const CallContext& ctx) {
  uint64_t kib = policy_.argon2id.memory_kib;
  if (record != nullptr) {
    kib = std::max(kib, PasswordHashMemoryKib(record->phc));
    if (kib > budget_kib_) {
      // Stored with other parameters than we can pay for, or tampered with.
      Log(LogLevel::kWarning, "password_hash_over_budget",
          {{"record", record->id}, {"kib", kib}, {"budget_kib", budget_kib_}});
      record = nullptr;
      kib = policy_.argon2id.memory_kib;
    }
  }
  RETURN_IF_ERROR(AcquireMemory(kib, ctx));
  const HashMemory memory(this, kib);
  if (record != nullptr) return hasher_.Verify(password, record->phc);
  hasher_.VerifyDummy(password);
  return PasswordHasher::Outcome();
}

absl::Status PasswordService::Rehash(const Secret& password,
                                     const CallContext& ctx,
                                     PasswordRecord* record) {
  absl::StatusOr<std::string> phc = Hash(password, ctx);
  absl::Status status = phc.status();
  if (status.ok()) {
    PasswordRecord renewed = *record;
    renewed.phc = *std::move(phc);
    status = store_->CompareAndUpdate(renewed);
    ++renewed.version;
    if (status.ok()) *record = std::move(renewed);
  }
  // Another login was faster with it, or the password is another one now.
  if (GetReason(status) == Reason::kConflict) return status;
  if (!status.ok()) {
    Log(LogLevel::kWarning, "password_rehash_failed",
        {{"record", record->id}, {"cause", status.message()}});
  }
  return absl::OkStatus();
}

}  // namespace latchkey
