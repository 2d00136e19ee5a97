// What the listeners need from the configuration, apart from the rest so that
// they do not depend on it.
#ifndef LATCHKEY_CORE_CONFIG_LISTENER_CONFIG_H_
#define LATCHKEY_CORE_CONFIG_LISTENER_CONFIG_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "core/policy/rate_limiter.h"

namespace latchkey {

// TlsConfig: file names; the files are checked with the configuration and read
// when the listener starts.
struct TlsConfig {
  std::string cert_file;
  std::string key_file;
  std::string client_ca_file;
  std::vector<std::string> allowed_sans;
};

struct ListenerConfig {
  std::string address;  // "127.0.0.1:7070", "[::1]:0", "unix:///path"
  bool auth = true;
  bool admin = false;
  bool outbound = false;
  bool reflection = true;
  std::optional<TlsConfig> tls;
  // For Unix sockets; empty: our own where admin or outbound is served, else
  // everybody.
  std::vector<uint32_t> allowed_uids;
};

struct HttpConfig {
  std::string address;
  bool auth = true;  // RPC groups served by the Connect protocol
  bool admin = false;
  size_t max_header_bytes = 16 * 1024;
  // Of requests that are no RPC; those have the limits of LimitsConfig.
  size_t max_body_bytes = 64 * 1024;
  size_t max_connections = 10'000;
  absl::Duration header_timeout = absl::Seconds(10);
  absl::Duration body_timeout = absl::Seconds(10);
  absl::Duration idle_timeout = absl::Seconds(75);
  absl::Duration write_timeout = absl::Seconds(10);
};

struct LimitsConfig {
  size_t max_message_bytes = 64 * 1024;
  size_t max_batch_message_bytes = 1024 * 1024;
  // RFC 9113 §6.5.2 counts. gRPC itself refuses what is over twice this.
  size_t max_metadata_bytes = 8 * 1024;
  int max_concurrent_streams = 100;
  absl::Duration default_deadline = absl::Seconds(5);
  absl::Duration max_deadline = absl::Seconds(30);
  int store_workers = 64;
  int remote_workers = 8;
  int hash_workers = 0;  // 0: cores
  size_t queue_length = 1024;
  size_t hash_queue_length = 64;
  RateLimiter::Options login_attempts;
  size_t max_connections = 10'000;
};

}  // namespace latchkey

#endif  // LATCHKEY_CORE_CONFIG_LISTENER_CONFIG_H_
