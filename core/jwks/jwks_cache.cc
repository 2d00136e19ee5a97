#include "core/jwks/jwks_cache.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "absl/synchronization/mutex.h"
#include "core/base/reason.h"
#include "core/jwks/key_refresher.h"
#include "core/jwks/source_state.h"

namespace latchkey {
namespace {

using KeysOr = absl::StatusOr<std::shared_ptr<const KeyTable>>;
using Lookup = SourceState::Lookup;

absl::Status NoSuchSource() {
  return Error(Reason::kInternal, "not a source of this cache");
}

}  // namespace

JwksCache::JwksCache(JwksCacheOptions options, HttpFetcher* fetcher,
                     Clock* clock, Random* random)
    : refresher_(std::make_unique<KeyRefresher>(std::move(options), fetcher,
                                                clock, random)) {}

JwksCache::~JwksCache() = default;

std::shared_ptr<JwksCache::Source> JwksCache::Use(const KeySourceSpec& spec) {
  return refresher_->Use(spec);
}

KeysOr JwksCache::KeysFor(Source* source, const std::optional<std::string>& kid,
                          absl::Time deadline) {
  const uint64_t number = source->number;
  if (auto table = refresher_->FindPublished(number, kid)) return table;
  Clock* const clock = refresher_->clock();
  absl::MutexLock lock(refresher_->mu());
  const absl::Time start = clock->TimeNow();
  SourceState* const state = refresher_->Find(number);
  if (state == nullptr) return NoSuchSource();
  const Lookup lookup = state->Find(kid, start);
  state->Count(lookup);
  if (lookup != Lookup::kWait) return state->CurrentFor(kid, start);
  const uint64_t attempt =
      refresher_->Join(number, state, SourceState::AskedBy::kToken);
  const auto done = [state, attempt] { return state->finished() >= attempt; };
  const bool finished = clock->AwaitWithDeadline(
      refresher_->mu(), absl::Condition(&done),
      std::min(deadline, start + refresher_->options().max_wait));
  const absl::Time now = clock->TimeNow();
  if (kid.has_value() && state->Usable(now) &&
      !state->table()->Contains(*kid)) {
    if (!finished) return state->Unavailable("no answer in time", now);
    state->Missed(*kid, now);
  }
  return state->CurrentFor(kid, now);
}

std::optional<KeysOr> JwksCache::TryKeysFor(
    Source* source, const std::optional<std::string>& kid) {
  const uint64_t number = source->number;
  if (auto table = refresher_->FindPublished(number, kid)) {
    return KeysOr(std::move(table));
  }
  absl::MutexLock lock(refresher_->mu());
  const absl::Time now = refresher_->clock()->TimeNow();
  SourceState* const state = refresher_->Find(number);
  if (state == nullptr) return KeysOr(NoSuchSource());
  const Lookup lookup = state->Find(kid, now);
  if (lookup == Lookup::kWait) return std::nullopt;
  state->Count(lookup);
  return state->CurrentFor(kid, now);
}

bool JwksCache::WaitForFirstLoad(absl::Time deadline) {
  Clock* const clock = refresher_->clock();
  absl::MutexLock lock(refresher_->mu());
  // Held until the end, so that the states stay.
  std::vector<KeyRefresher::LiveSource> live = refresher_->Live();
  const absl::Time now = clock->TimeNow();
  const auto loaded = [&live, now] {
    return std::all_of(live.begin(), live.end(), [now](const auto& source) {
      return !source.state->spec().required || source.state->Usable(now);
    });
  };
  return clock->AwaitWithDeadline(refresher_->mu(), absl::Condition(&loaded),
                                  deadline);
}

std::vector<JwksCache::Failure> JwksCache::Refresh(absl::string_view id,
                                                   absl::Time deadline) {
  struct Wait {
    KeyRefresher::LiveSource source;
    uint64_t attempt;
  };
  absl::MutexLock lock(refresher_->mu());
  std::vector<Wait> waits;
  for (KeyRefresher::LiveSource& source : refresher_->Live()) {
    if (!id.empty() && source.state->spec().id() != id) continue;
    const uint64_t attempt = refresher_->Join(
        source.handle->number, source.state, SourceState::AskedBy::kService);
    waits.push_back({std::move(source), attempt});
  }
  if (waits.empty() && !id.empty()) {
    return {{std::string(id), "no such source"}};
  }
  std::vector<Failure> failures;
  for (const Wait& wait : waits) {
    SourceState* const state = wait.source.state;
    const auto done = [&wait, state] {
      return state->finished() >= wait.attempt;
    };
    const bool finished = refresher_->clock()->AwaitWithDeadline(
        refresher_->mu(), absl::Condition(&done), deadline);
    const std::string error =
        finished ? state->last_error() : "not finished in time";
    if (!error.empty()) failures.push_back({state->spec().id(), error});
  }
  return failures;
}

std::vector<KeySourceStatus> JwksCache::Status() const {
  absl::MutexLock lock(refresher_->mu());
  const absl::Time now = refresher_->clock()->TimeNow();
  std::vector<KeySourceStatus> all;
  for (const KeyRefresher::LiveSource& source : refresher_->Live()) {
    all.push_back(source.state->Status(now));
  }
  return all;
}

std::vector<std::shared_ptr<const KeyTable>> JwksCache::Tables() const {
  absl::MutexLock lock(refresher_->mu());
  std::vector<std::shared_ptr<const KeyTable>> tables;
  for (const KeyRefresher::LiveSource& source : refresher_->Live()) {
    if (source.state->table() != nullptr) {
      tables.push_back(source.state->table());
    }
  }
  return tables;
}

}  // namespace latchkey
