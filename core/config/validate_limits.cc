#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "core/config/durations.h"
#include "core/config/section.h"
#include "core/config/validate.h"

namespace latchkey {
namespace {

constexpr absl::Duration kDay = absl::Hours(24);
constexpr absl::Duration kTick = absl::Milliseconds(1);
constexpr uint32_t kMaxConnections = 10'000'000;
constexpr uint32_t kMaxWorkers = 1024;

void ReadDeadlines(const Section& section, LimitsConfig* limits) {
  limits->default_deadline = section.Duration(
      "default_deadline", {limits->default_deadline, kTick, absl::Hours(1)});
  limits->max_deadline = section.Duration(
      "max_deadline", {limits->max_deadline, kTick, absl::Hours(1)});
  if (limits->max_deadline < limits->default_deadline) {
    section.Field("max_deadline").Report("must be at least default_deadline");
  }
}

void ReadRefreshTimes(const Section& section, JwksCacheOptions* options) {
  JwksCacheOptions& o = *options;
  o.min_refresh = section.Duration(
      "min_refresh", {o.min_refresh, absl::Seconds(1), 30 * kDay});
  o.max_refresh = section.Duration(
      "max_refresh", {o.max_refresh, absl::Seconds(1), 30 * kDay});
  o.default_refresh = section.Duration(
      "default_refresh", {o.default_refresh, absl::Seconds(1), 30 * kDay});
  if (o.max_refresh < o.min_refresh) {
    section.Field("max_refresh").Report("must be at least min_refresh");
  }
  o.cooldown = section.Duration(
      "cooldown", {o.cooldown, absl::ZeroDuration(), absl::Hours(1)});
  o.max_stale = section.Duration("max_stale",
                                 {o.max_stale, absl::Seconds(1), 365 * kDay});
  // Else keys expire before a refresh that failed can be tried again.
  if (o.max_stale < 2 * o.min_refresh) {
    section.Field("max_stale")
        .Report(absl::StrCat("must be at least twice min_refresh, ",
                             FormatConfigDuration(2 * o.min_refresh),
                             "; raise it or lower min_refresh"));
  }
  o.discovery_refresh = section.Duration(
      "discovery_refresh", {o.discovery_refresh, absl::Seconds(1), 30 * kDay});
}

}  // namespace

void ReadLimits(const config::v1::Config& file, const Place& root,
                Config* out) {
  const Section section(file.limits(), root.Field("limits"));
  LimitsConfig& limits = out->limits;
  limits.max_message_bytes =
      section.Number("max_message_bytes", {65536, 1024, 4'194'304});
  limits.max_batch_message_bytes =
      section.Number("max_batch_message_bytes", {1'048'576, 1024, 16'777'216});
  limits.max_metadata_bytes =
      section.Number("max_metadata_bytes", {8192, 1024, 65536});
  limits.max_concurrent_streams = static_cast<int>(
      section.Number("max_concurrent_streams", {100, 1, 10'000}));
  limits.store_workers =
      static_cast<int>(section.Number("store_workers", {64, 1, kMaxWorkers}));
  limits.remote_workers =
      static_cast<int>(section.Number("remote_workers", {8, 1, kMaxWorkers}));
  limits.queue_length = section.Number("queue_length", {1024, 1, 1'048'576});
  limits.max_connections =
      section.Number("max_connections", {10'000, 1, kMaxConnections});
  limits.login_attempts.per_minute =
      section.Number("login_attempts_per_minute", {60, 0, 1'000'000});
  limits.login_attempts.burst =
      section.Number("login_attempts_burst", {20, 1, 1'000'000});
  limits.login_attempts.max_keys =
      section.Number("max_tracked_callers", {100'000, 1000, 10'000'000});
  ReadDeadlines(section, &limits);
}

void ReadKeySources(const config::v1::Config& file, const Place& root,
                    Config* out) {
  const Section section(file.key_sources(), root.Field("key_sources"));
  JwksCacheOptions& options = out->key_sources;
  ReadRefreshTimes(section, &options);
  options.cache_dir = section.Text("cache_dir");
  options.max_wait = section.Duration(
      "wait_timeout",
      {options.max_wait, absl::ZeroDuration(), absl::Minutes(5)});
  options.fetch_threads =
      static_cast<int>(section.Number("fetch_threads", {2, 1, 64}));
  FetchOptions& fetch = options.fetch;
  fetch.connect_timeout = section.Duration(
      "connect_timeout", {fetch.connect_timeout, kTick, absl::Minutes(5)});
  fetch.total_timeout = section.Duration(
      "total_timeout", {fetch.total_timeout, kTick, absl::Minutes(5)});
  fetch.max_body_bytes =
      section.Number("max_body_bytes", {524'288, 4096, 16'777'216});
  fetch.allow_private_addresses = file.key_sources().allow_private_addresses();
  options.jwks.max_bytes = fetch.max_body_bytes;
  options.jwks.max_keys = section.Number("max_keys", {200, 1, 10'000});
  section.Unsupported({"ca_file"});
}

}  // namespace latchkey
