#include "core/jwks/source_state.h"

#include <algorithm>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/base/log.h"
#include "core/base/reason.h"
#include "core/jwks/key_changes.h"
#include "core/jwks/schedule.h"

namespace latchkey {
namespace {

// After so many failures in a row the issuer may have moved its keys.
constexpr int kRediscoverAfter = 3;

// A key that stays is the same object with all that was made of it
// (PublicKey::BuildTable).
void KeepEqual(absl::Span<const PublicKey> old, std::vector<PublicKey>* keys) {
  for (PublicKey& key : *keys) {
    const auto same = absl::c_find(old, key);
    if (same != old.end()) key = *same;
  }
}

}  // namespace

SourceState::SourceState(KeySourceSpec spec, const JwksCacheOptions* options,
                         Random* random)
    : spec_(std::move(spec)),
      options_(options),
      random_(random),
      jwks_uri_(spec_.jwks_uri),
      interval_(RefreshInterval(spec_.poll, std::nullopt, *options)),
      negative_(options->negative_kids, options->cooldown) {}

void SourceState::Restore(const KeySetRecord& record,
                          std::vector<PublicKey> keys) {
  table_ = std::make_shared<const KeyTable>(std::move(keys));
  // A file of an earlier configuration may name another place.
  if (!spec_.issuer.empty()) jwks_uri_ = record.jwks_uri;
  if (jwks_uri_ == record.jwks_uri) etag_ = record.etag;
  last_success_ = record.fetched_at;
  fresh_until_ = record.fetched_at + interval_;
  from_disk_ = true;
}

SourceState::Lookup SourceState::Find(const std::optional<std::string>& kid,
                                      absl::Time now) const {
  if (Usable(now)) {
    if (!kid.has_value() || table_->Contains(*kid)) return Lookup::kKnown;
    if (kid->size() > kMaxKidSize || negative_.Contains(*kid, now)) {
      return Lookup::kUnknown;
    }
  }
  if (in_flight() || MayStart(now)) return Lookup::kWait;
  return Lookup::kSuppressed;
}

void SourceState::Count(Lookup lookup) {
  if (lookup == Lookup::kKnown) return;
  if (table_ != nullptr) ++unknown_kids_;
  if (lookup == Lookup::kSuppressed) ++suppressed_;
}

void SourceState::Count(const KeyAlarms& alarms) {
  leaked_keys_ += static_cast<uint64_t>(alarms.leaked);
  shared_kids_ += static_cast<uint64_t>(alarms.shared_kids);
}

void SourceState::Missed(const std::string& kid, absl::Time now) {
  // A failed attempt says nothing about the kid.
  if (last_error_.empty() && kid.size() <= kMaxKidSize) {
    negative_.Add(kid, now);
  }
}

bool SourceState::Usable(absl::Time now) const {
  return table_ != nullptr && now < usable_until();
}

absl::Time SourceState::usable_until() const {
  return last_success_.value_or(absl::InfinitePast()) + options_->max_stale;
}

absl::StatusOr<std::shared_ptr<const KeyTable>> SourceState::Current(
    absl::Time now) const {
  if (Usable(now)) return table_;
  return Unavailable(table_ == nullptr ? "no keys yet" : "keys expired", now);
}

absl::StatusOr<std::shared_ptr<const KeyTable>> SourceState::CurrentFor(
    const std::optional<std::string>& kid, absl::Time now) const {
  const bool can_judge = last_error_.empty() || !kid.has_value() ||
                         kid->size() > kMaxKidSize || !Usable(now) ||
                         table_->Contains(*kid);
  if (can_judge) return Current(now);
  return Unavailable("unknown key id, and no newer keys", now);
}

absl::Status SourceState::Unavailable(absl::string_view cause,
                                      absl::Time now) const {
  absl::Status error =
      Error(Reason::kIssuerUnavailable,
            absl::StrCat(spec_.id(), ": ", cause,
                         last_error_.empty() ? "" : ", ", last_error_));
  const absl::Duration wait =
      std::max(options_->retry_min, std::min(next_refresh_ - now, interval_));
  return WithRetryAfter(std::move(error), wait);
}

bool SourceState::MayStart(absl::Time now) const {
  return (now >= last_asked_ + options_->cooldown && now >= paused_until_) ||
         now < last_attempt_.value_or(absl::InfinitePast());
}

bool SourceState::Due(absl::Time now) const {
  if (in_flight()) return false;
  return now >= next_refresh_ ||
         now < last_attempt_.value_or(absl::InfinitePast());
}

KeyLoadRequest SourceState::Begin(AskedBy who, absl::Time now) {
  ++started_;
  if (now < last_attempt_.value_or(absl::InfinitePast())) {
    // The clock went back: what it said before means nothing any more.
    last_asked_ = paused_until_ = absl::InfinitePast();
  }
  last_attempt_ = now;
  if (who == AskedBy::kToken && table_ != nullptr) last_asked_ = now;
  KeyLoadRequest request;
  request.spec = spec_;
  request.jwks_uri = jwks_uri_;
  const absl::Duration age = now - discovered_at_;
  request.discover =
      !spec_.issuer.empty() &&
      (jwks_uri_.empty() || age >= options_->discovery_refresh ||
       age < absl::ZeroDuration() || failures_in_a_row_ >= kRediscoverAfter);
  if (table_ != nullptr) request.etag = etag_;
  return request;
}

void SourceState::Succeed(const KeyLoad& load, absl::Time now) {
  finished_ = started_;
  failures_in_a_row_ = 0;
  last_error_.clear();
  from_disk_ = false;
  jwks_uri_ = load.jwks_uri;
  etag_ = load.etag;
  if (load.discovered) discovered_at_ = now;
  if (!load.not_modified) Replace(load.keys);
  last_success_ = now;
  interval_ = RefreshInterval(spec_.poll, load.max_age, *options_);
  fresh_until_ = now + interval_;
  next_refresh_ = now + RefreshDelay(interval_, random_);
  paused_until_ = absl::InfinitePast();
}

// The table stays the same object while its keys do, so that whatever others
// remember of it stays good.
void SourceState::Replace(std::vector<PublicKey> keys) {
  const bool first = table_ == nullptr;
  const KeyChanges changes =
      CompareKeys(first ? absl::Span<const PublicKey>() : table_->keys(), keys);
  if (!changes.any()) return;
  replaced_kids_ += changes.replaced.size();
  Log(changes.replaced.empty() ? LogLevel::kInfo : LogLevel::kWarning,
      "keys_changed",
      {{"source", spec_.id()},
       {"added", absl::StrJoin(changes.added, " ")},
       {"removed", absl::StrJoin(changes.removed, " ")},
       {"replaced", absl::StrJoin(changes.replaced, " ")}});
  if (!first) KeepEqual(table_->keys(), &keys);
  table_ = std::make_shared<const KeyTable>(std::move(keys));
  negative_.Clear();
}

void SourceState::Fail(const absl::Status& error, absl::Time now) {
  finished_ = started_;
  ++failures_;
  ++failures_in_a_row_;
  last_error_ = std::string(error.message());
  const std::optional<absl::Duration> asked = GetRetryAfter(error);
  const absl::Duration delay =
      RetryDelay({failures_in_a_row_, asked, interval_}, *options_, random_);
  next_refresh_ = now + delay;
  paused_until_ =
      *last_attempt_ +
      std::max(options_->retry_min,
               std::min(asked.value_or(absl::ZeroDuration()), interval_));
  Log(LogLevel::kWarning, "keys_not_refreshed",
      {{"source", spec_.id()},
       {"error", last_error_},
       {"failures", failures_in_a_row_},
       {"retry_in", absl::FormatDuration(delay)}});
}

KeySourceStatus SourceState::Status(absl::Time now) const {
  KeySourceStatus status;
  status.id = spec_.id();
  status.jwks_uri = jwks_uri_;
  status.last_success = last_success_;
  status.last_attempt = last_attempt_;
  status.next_refresh = in_flight() ? now : std::max(now, next_refresh_);
  status.last_error = last_error_;
  status.expired = table_ != nullptr && !Usable(now);
  status.stale = Usable(now) && now >= fresh_until_;
  status.from_disk = from_disk_;
  status.required = spec_.required;
  status.fetches = started_;
  status.failures = failures_;
  status.unknown_kids = unknown_kids_;
  status.cooldown_suppressed = suppressed_;
  status.leaked_keys = leaked_keys_;
  status.shared_kids = shared_kids_;
  status.replaced_kids = replaced_kids_;
  if (table_ == nullptr) return status;
  for (const PublicKey& key : table_->keys()) {
    status.keys.push_back({key.kid(), key.algorithm()});
  }
  return status;
}

}  // namespace latchkey
