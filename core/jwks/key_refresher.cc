#include "core/jwks/key_refresher.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <tuple>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "core/base/log.h"
#include "core/base/reason.h"
#include "core/crypto/digest.h"

namespace latchkey {
namespace {

// The scheduler looks at least this often, so that a clock that was set back
// does not postpone refreshes.
constexpr absl::Duration kLongestSleep = absl::Seconds(60);
constexpr size_t kFetchQueueLength = 4096;

bool SameSpec(const KeySourceSpec& a, const KeySourceSpec& b) {
  return std::tie(a.jwks_uri, a.issuer, a.poll, a.rsa_default, a.required,
                  a.ca_pem) == std::tie(b.jwks_uri, b.issuer, b.poll,
                                        b.rsa_default, b.required, b.ca_pem);
}

// What was fetched under some authorities is not believed under others.
std::string DiskId(const KeySourceSpec& spec) {
  if (spec.ca_pem.empty()) return spec.id();
  return absl::StrCat(
      spec.id(), "\n",
      absl::BytesToHexString(AsStringView(Sha256(spec.ca_pem))));
}

JwksCacheOptions CancelledBy(JwksCacheOptions options,
                             const std::atomic<bool>* stopping) {
  options.fetch.cancelled = stopping;
  return options;
}

}  // namespace

KeyRefresher::KeyRefresher(JwksCacheOptions options, HttpFetcher* fetcher,
                           Clock* clock, Random* random)
    : options_(CancelledBy(std::move(options), &stopping_)),
      fetcher_(fetcher),
      clock_(clock),
      random_(random),
      disk_(options_.cache_dir, options_.jwks.max_bytes) {
  WorkQueue::Options queue;
  queue.name = "lk-jwks-fetch";
  queue.threads = options_.fetch_threads;
  queue.length = kFetchQueueLength;
  pool_ = std::make_unique<WorkQueue>(std::move(queue));
  scheduler_ = std::make_unique<BackgroundTask>("lk-jwks", clock_,
                                                [this] { return Tick(); });
}

KeyRefresher::~KeyRefresher() {
  stopping_ = true;
  scheduler_->Stop();
  pool_.reset();  // the last jobs still wake the scheduler
}

std::shared_ptr<SourceHandle> KeyRefresher::FindLive(
    const KeySourceSpec& spec) {
  for (auto& [number, entry] : entries_) {
    if (!SameSpec(entry.state.spec(), spec)) continue;
    if (auto handle = entry.handle.lock()) return handle;
  }
  return nullptr;
}

std::shared_ptr<SourceHandle> KeyRefresher::Use(const KeySourceSpec& spec) {
  {
    absl::MutexLock lock(&mu_);
    if (auto handle = FindLive(spec)) return handle;
  }
  // The disk is read without the lock; the loser of a race reads in vain.
  const std::optional<KeySetRecord> record =
      disk_.Load(DiskId(spec), clock_->TimeNow());
  absl::StatusOr<std::vector<PublicKey>> keys;
  if (record.has_value()) {
    KeyAlarms counted_before;
    keys = UsableKeys(spec, record->document, options_.jwks, &counted_before);
  }
  std::shared_ptr<SourceHandle> handle;
  {
    absl::MutexLock lock(&mu_);
    if (auto other = FindLive(spec)) return other;
    handle = std::make_shared<SourceHandle>(++last_number_);
    Entry& entry =
        entries_.try_emplace(handle->number, spec, &options_, random_)
            .first->second;
    entry.handle = handle;
    if (keys.ok()) {
      entry.state.Restore(*record, *std::move(keys));
      Publish();
    }
  }
  scheduler_->Wake();
  return handle;
}

std::shared_ptr<const KeyTable> KeyRefresher::FindPublished(
    uint64_t number, const std::optional<std::string>& kid) const {
  const PublishedKeys& all = published_.Get();
  const auto found = all.by_source.find(number);
  if (found == all.by_source.end()) return nullptr;
  const PublishedKeys::Entry& entry = found->second;
  if (clock_->TimeNow() >= entry.usable_until) return nullptr;
  if (kid.has_value() && !entry.table->Contains(*kid)) return nullptr;
  return entry.table;
}

SourceState* KeyRefresher::Find(uint64_t number) {
  const auto found = entries_.find(number);
  return found == entries_.end() ? nullptr : &found->second.state;
}

uint64_t KeyRefresher::Join(uint64_t number, SourceState* state,
                            SourceState::AskedBy who) {
  if (!state->in_flight()) Start(number, state, who);
  return state->started();
}

std::vector<KeyRefresher::LiveSource> KeyRefresher::Live() {
  std::vector<LiveSource> live;
  for (auto& [number, entry] : entries_) {
    if (auto handle = entry.handle.lock()) {
      live.push_back({std::move(handle), &entry.state});
    }
  }
  return live;
}

void KeyRefresher::Start(uint64_t number, SourceState* state,
                         SourceState::AskedBy who) {
  const absl::Time now = clock_->TimeNow();
  const bool submitted =
      pool_->TrySubmit([this, number, request = state->Begin(who, now)] {
        Attempt(number, request);
      });
  if (submitted) return;
  state->Fail(Error(Reason::kIssuerUnavailable, "the fetch pool is full"), now);
}

void KeyRefresher::Attempt(uint64_t number, const KeyLoadRequest& request) {
  KeyAlarms alarms;
  const absl::StatusOr<KeyLoad> load =
      stopping_
          ? Error(Reason::kIssuerUnavailable, "stopping")
          : LoadKeys(fetcher_, request, options_, clock_->TimeNow(), &alarms);
  // Within the attempt, so that no later one of this source comes before it.
  if (load.ok()) Keep(request, *load);
  {
    absl::MutexLock lock(&mu_);
    SourceState* state = Find(number);
    if (state == nullptr) return;
    state->Count(alarms);
    if (load.ok()) {
      state->Succeed(*load, clock_->TimeNow());
      Publish();
    } else {
      state->Fail(load.status(), clock_->TimeNow());
    }
  }
  scheduler_->Wake();
}

// A disk that fails costs the next start, not this one.
void KeyRefresher::Keep(const KeyLoadRequest& request, const KeyLoad& load) {
  const std::string id = DiskId(request.spec);
  const absl::Time now = clock_->TimeNow();
  const absl::Status kept =
      load.not_modified
          ? disk_.Renew(id, load.etag, now)
          : disk_.Save({id, load.jwks_uri, load.etag, now, load.document});
  if (kept.ok()) return;
  Log(LogLevel::kWarning, "key_set_not_kept",
      {{"source", request.spec.id()}, {"error", kept.message()}});
}

absl::Time KeyRefresher::Tick() {
  absl::MutexLock lock(&mu_);
  Sweep();
  if (entries_.empty() || stopping_) return absl::InfiniteFuture();
  const absl::Time now = clock_->TimeNow();
  absl::Time next = now + kLongestSleep;
  for (auto& [number, entry] : entries_) {
    if (entry.state.Due(now)) {
      Start(number, &entry.state, SourceState::AskedBy::kService);
    }
    if (!entry.state.in_flight()) {
      next = std::min(next, entry.state.next_refresh());
    }
  }
  return next;
}

void KeyRefresher::Sweep() {
  bool any = false;
  for (auto it = entries_.begin(); it != entries_.end();) {
    const bool dead = it->second.handle.expired();
    any = any || dead;
    it = dead ? entries_.erase(it) : std::next(it);
  }
  if (any) Publish();
}

void KeyRefresher::Publish() {
  auto all = std::make_shared<PublishedKeys>();
  for (const auto& [number, entry] : entries_) {
    if (entry.state.table() == nullptr) continue;
    all->by_source[number] = {entry.state.table(), entry.state.usable_until()};
  }
  published_.Set(std::move(all));
}

}  // namespace latchkey
