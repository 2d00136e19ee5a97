// All that the cache knows of one source, and what follows from it.
#ifndef LATCHKEY_CORE_JWKS_SOURCE_STATE_H_
#define LATCHKEY_CORE_JWKS_SOURCE_STATE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "core/base/random.h"
#include "core/jwks/disk_copy.h"
#include "core/jwks/jwks_cache_options.h"
#include "core/jwks/key_load.h"
#include "core/jwks/key_source.h"
#include "core/jwks/negative_kids.h"
#include "core/jwt/key_table.h"

namespace latchkey {

// SourceState is the state machine of one source over time; it does no I/O and
// waits for nothing. At most one attempt is under way at a time, so an older
// answer cannot come after a newer one. Not thread-safe: the cache's mutex.
class SourceState final {
 public:
  // Longer kids than this are nobody's; they cause no fetch.
  static constexpr size_t kMaxKidSize = 256;

  // `options` and `random` outlive the state.
  SourceState(KeySourceSpec spec, const JwksCacheOptions* options,
              Random* random);

  // Restore takes the set from disk. The issuer is asked at once all the same.
  void Restore(const KeySetRecord& record, std::vector<PublicKey> keys);

  // What a caller who wants `kid` gets.
  enum class Lookup {
    kKnown,       // the current keys hold it, or no kid was asked for
    kUnknown,     // no use in asking the issuer again for this kid
    kSuppressed,  // unknown or no keys, but the cooldown runs
    kWait,        // a refresh may help: join it or start one
  };
  Lookup Find(const std::optional<std::string>& kid, absl::Time now) const;
  // Count notes the outcome of a lookup for Status().
  void Count(Lookup lookup);
  // Count adds what a document gave alarm for.
  void Count(const KeyAlarms& alarms);
  // Missed notes that a refresh that ended well did not bring `kid`.
  void Missed(const std::string& kid, absl::Time now);

  // Current gives the keys, or ISSUER_UNAVAILABLE when there are none that
  // may still be served.
  absl::StatusOr<std::shared_ptr<const KeyTable>> Current(absl::Time now) const;
  // CurrentFor is Current for a caller who wants `kid`: when the keys lack it
  // and the last attempt failed, the keys may be old, so nobody can say that
  // it is wrong. ISSUER_UNAVAILABLE then too.
  absl::StatusOr<std::shared_ptr<const KeyTable>> CurrentFor(
      const std::optional<std::string>& kid, absl::Time now) const;
  // Unavailable is the error that tells callers when to come again.
  absl::Status Unavailable(absl::string_view cause, absl::Time now) const;
  bool Usable(absl::Time now) const;

  // Due says whether the schedule wants an attempt now. A clock that went back
  // behind the last attempt makes it due too.
  bool Due(absl::Time now) const;

  // Who wants an attempt: only those that tokens ask for are held apart by the
  // cooldown, so that keys which an issuer changes right after a fetch by
  // schedule are found at once.
  enum class AskedBy { kService, kToken };
  // Begin starts an attempt (none may be under way); Succeed or Fail ends it.
  KeyLoadRequest Begin(AskedBy who, absl::Time now);
  void Succeed(const KeyLoad& load, absl::Time now);
  void Fail(const absl::Status& error, absl::Time now);

  bool in_flight() const { return started_ != finished_; }
  uint64_t started() const { return started_; }
  uint64_t finished() const { return finished_; }
  // Of the last attempt; empty when it ended well.
  const std::string& last_error() const { return last_error_; }
  absl::Time next_refresh() const { return next_refresh_; }
  const KeySourceSpec& spec() const { return spec_; }
  const std::shared_ptr<const KeyTable>& table() const { return table_; }
  absl::Time usable_until() const;
  KeySourceStatus Status(absl::Time now) const;

 private:
  bool MayStart(absl::Time now) const;
  void Replace(std::vector<PublicKey> keys);

  const KeySourceSpec spec_;
  const JwksCacheOptions* const options_;
  Random* const random_;

  std::shared_ptr<const KeyTable> table_;  // null until the first success
  std::string jwks_uri_;
  std::string etag_;
  absl::Time discovered_at_ = absl::InfinitePast();
  std::optional<absl::Time> last_success_;
  std::optional<absl::Time> last_attempt_;
  // The last attempt that a token asked for. The first load is the service's
  // own, whoever was there first.
  absl::Time last_asked_ = absl::InfinitePast();
  // Before this, tokens ask for nothing after a failure.
  absl::Time paused_until_ = absl::InfinitePast();
  absl::Time fresh_until_ = absl::InfinitePast();
  absl::Time next_refresh_ = absl::InfinitePast();
  absl::Duration interval_;
  std::string last_error_;
  bool from_disk_ = false;
  int failures_in_a_row_ = 0;
  uint64_t started_ = 0;
  uint64_t finished_ = 0;
  uint64_t failures_ = 0;
  uint64_t unknown_kids_ = 0;
  uint64_t suppressed_ = 0;
  uint64_t leaked_keys_ = 0;
  uint64_t shared_kids_ = 0;
  uint64_t replaced_kids_ = 0;
  NegativeKids negative_;
};

}  // namespace latchkey

#endif  // LATCHKEY_CORE_JWKS_SOURCE_STATE_H_
