#include "core/policy/rate_limiter.h"

#include <algorithm>
#include <array>
#include <list>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/hash/hash.h"
#include "absl/synchronization/mutex.h"

namespace latchkey {
namespace {

constexpr size_t kShards = 16;

// Bucket is a token bucket as one time (the generic cell rate algorithm, ITU-T
// I.371): exact, where a count of tokens in a double would drift.
struct Bucket {
  std::string key;
  absl::Time full_at;  // when no token would be missing
};

// Shard is one LRU list of buckets under its own lock; the newest use is in
// front. The map's keys are views of the buckets' own strings.
struct Shard {
  mutable absl::Mutex mu;
  std::list<Bucket> buckets ABSL_GUARDED_BY(mu);
  absl::flat_hash_map<absl::string_view, std::list<Bucket>::iterator> by_key
      ABSL_GUARDED_BY(mu);
};

}  // namespace

struct RateLimiter::Impl {
  explicit Impl(Options o)
      : limited(o.per_minute > 0),
        interval(limited ? absl::Minutes(1) / o.per_minute
                         : absl::ZeroDuration()),
        tolerance(interval * (std::max(o.burst, 1.0) - 1)),
        keys_per_shard(std::max<size_t>(o.max_keys / kShards, 1)) {}

  // Wait is the time until the bucket has a token.
  absl::Duration Wait(const Bucket& bucket, absl::Time now) const {
    return std::max(bucket.full_at - tolerance - now, absl::ZeroDuration());
  }

  Shard& ShardOf(absl::string_view key) {
    return shards[absl::Hash<absl::string_view>()(key) % kShards];
  }

  // Touch finds or makes the bucket and moves it to the front.
  Bucket& Touch(Shard* shard, absl::string_view key, absl::Time now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(shard->mu) {
    const auto found = shard->by_key.find(key);
    if (found != shard->by_key.end()) {
      shard->buckets.splice(shard->buckets.begin(), shard->buckets,
                            found->second);
      return shard->buckets.front();
    }
    if (shard->buckets.size() >= keys_per_shard) {
      shard->by_key.erase(shard->buckets.back().key);
      shard->buckets.pop_back();
    }
    shard->buckets.push_front({std::string(key), now});
    shard->by_key.emplace(shard->buckets.front().key, shard->buckets.begin());
    return shard->buckets.front();
  }

  const bool limited;
  const absl::Duration interval;   // in which one token comes
  const absl::Duration tolerance;  // what the burst allows beyond it
  const size_t keys_per_shard;
  std::array<Shard, kShards> shards;
};

RateLimiter::RateLimiter(Options options)
    : impl_(std::make_unique<Impl>(options)) {}

RateLimiter::~RateLimiter() = default;

bool RateLimiter::Admit(absl::string_view key, absl::Time now) {
  if (!impl_->limited) return true;
  Shard& shard = impl_->ShardOf(key);
  absl::MutexLock lock(&shard.mu);
  Bucket& bucket = impl_->Touch(&shard, key, now);
  if (impl_->Wait(bucket, now) > absl::ZeroDuration()) return false;
  bucket.full_at = std::max(bucket.full_at, now) + impl_->interval;
  return true;
}

absl::Duration RateLimiter::RetryAfter(absl::string_view key,
                                       absl::Time now) const {
  if (!impl_->limited) return absl::ZeroDuration();
  Shard& shard = impl_->ShardOf(key);
  absl::MutexLock lock(&shard.mu);
  const auto found = shard.by_key.find(key);
  if (found == shard.by_key.end()) return absl::ZeroDuration();
  return impl_->Wait(*found->second, now);
}

}  // namespace latchkey
