// JwksCache keeps the keys of all foreign issuers current.
#ifndef LATCHKEY_CORE_JWKS_JWKS_CACHE_H_
#define LATCHKEY_CORE_JWKS_JWKS_CACHE_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "core/base/clock.h"
#include "core/base/random.h"
#include "core/jwks/http_fetcher.h"
#include "core/jwks/jwks_cache_options.h"
#include "core/jwks/key_source.h"
#include "core/jwt/key_table.h"

namespace latchkey {

class KeyRefresher;
struct SourceHandle;

// JwksCache owns one scheduler thread ("lk-jwks") and a small fetch pool for
// all sources. Thread-safe; the destructor cancels transfers and joins.
class JwksCache final {
 public:
  using Source = SourceHandle;  // one issuer; opaque

  JwksCache(JwksCacheOptions options, HttpFetcher* fetcher, Clock* clock,
            Random* random);
  ~JwksCache();
  JwksCache(const JwksCache&) = delete;
  JwksCache& operator=(const JwksCache&) = delete;

  // Use returns the source of `spec`, made (disk copy loaded, first fetch
  // scheduled) when new. A source lives while somebody holds it.
  std::shared_ptr<Source> Use(const KeySourceSpec& spec);

  // KeysFor returns the current keys, after making sure, within `deadline`,
  // that they hold `kid` when one is given. Known kid: never waits. Unknown
  // kid: joins or starts one refresh (single-flight) unless the cooldown runs,
  // then returns the current keys if the last refresh ended well, with `kid` or
  // without. ISSUER_UNAVAILABLE when there are no keys or the last good set is
  // older than max_stale, and for an unknown kid also when the last refresh
  // failed or the joined one did not end in time: it may be a new key's.
  absl::StatusOr<std::shared_ptr<const KeyTable>> KeysFor(
      Source* source, const std::optional<std::string>& kid,
      absl::Time deadline);

  // TryKeysFor is KeysFor without waiting: nullopt when it would have to wait.
  // No lock of ours on a hit.
  std::optional<absl::StatusOr<std::shared_ptr<const KeyTable>>> TryKeysFor(
      Source* source, const std::optional<std::string>& kid);

  // WaitForFirstLoad waits until every required source has keys; false when
  // `deadline` came first.
  bool WaitForFirstLoad(absl::Time deadline);

  // Refresh fetches now (ignoring the cooldown) and waits. All sources when
  // `id` is empty. Every failure is reported; each other source still goes on.
  struct Failure {
    std::string id;
    std::string error;
  };
  std::vector<Failure> Refresh(absl::string_view id, absl::Time deadline);

  std::vector<KeySourceStatus> Status() const;

  // Tables gives the last good set of every source that has one.
  std::vector<std::shared_ptr<const KeyTable>> Tables() const;

 private:
  const std::unique_ptr<KeyRefresher> refresher_;
};

}  // namespace latchkey

#endif  // LATCHKEY_CORE_JWKS_JWKS_CACHE_H_
