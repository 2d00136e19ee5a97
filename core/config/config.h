// LoadConfig reads the service's configuration file.
#ifndef LATCHKEY_CORE_CONFIG_CONFIG_H_
#define LATCHKEY_CORE_CONFIG_CONFIG_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "core/app/app.h"
#include "core/base/log.h"
#include "core/crypto/algorithm.h"
#include "core/jwks/jwks_cache.h"
#include "core/policy/rate_limiter.h"
#include "core/provider/password_service.h"
#include "core/provider/api_key_service.h"
#include "core/store/store.h"

namespace latchkey {

// TlsConfig: file names; the files are read when the listener starts.
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
  std::vector<uint32_t> allowed_uids;  // for Unix sockets; own uid by default
};

struct HttpConfig {
  std::string address;
  bool auth = true;  // RPC groups served by the Connect protocol
  bool admin = false;
  size_t max_header_bytes = 16 * 1024;
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
  size_t max_metadata_bytes = 8 * 1024;
  int max_concurrent_streams = 100;
  absl::Duration default_deadline = absl::Seconds(5);
  absl::Duration max_deadline = absl::Seconds(30);
  int store_workers = 16;
  int remote_workers = 8;
  int hash_workers = 0;  // 0: cores
  size_t queue_length = 1024;
  size_t hash_queue_length = 64;
  RateLimiter::Options login_attempts;
  size_t max_connections = 10'000;
};

struct AdminKeyConfig {
  std::string id;
  std::string sha256;  // 32 bytes
};

struct TokensConfig {
  absl::Duration access_ttl = absl::Minutes(30);
  absl::Duration refresh_ttl = absl::Hours(24 * 60);
  Algorithm signing_algorithm = Algorithm::kEs256;
  absl::Duration refresh_grace = absl::Seconds(10);
  absl::Duration leeway = absl::ZeroDuration();
};

// Config is the whole, validated file with its defaults filled in and its
// secrets read. Move-only.
struct Config {
  std::string issuer;
  std::vector<ListenerConfig> listeners;
  std::optional<HttpConfig> http;
  std::optional<SqliteOptions> sqlite;  // memory store when unset
  TokensConfig tokens;
  PasswordPolicy passwords;
  ApiKeyLimits api_keys;
  JwksCacheOptions key_sources;
  LimitsConfig limits;
  LogLevel log_level = LogLevel::kInfo;
  std::vector<AdminKeyConfig> admin_keys;
  size_t verify_cache_entries = 4096;
  absl::Duration drain_delay = absl::ZeroDuration();
  absl::Duration drain_timeout = absl::Seconds(10);
  std::vector<AppSettings> apps;
};

// ConfigProblem: where and what. `line` counts from 1; 0 when the place is not
// in the file (something is missing at the top).
struct ConfigProblem {
  std::string path;  // "apps[0].providers[3].custom_jwt.audience"
  int line = 0;
  std::string message;  // what is wrong and what to do
};

// "FILE:LINE: PATH: MESSAGE", a line each, in order of line.
std::string FormatProblems(absl::string_view file,
                           const std::vector<ConfigProblem>& problems);

struct ConfigOptions {
  // Reads ${NAME} and `env:`; getenv by default.
  std::function<std::optional<std::string>(const std::string&)> env;
  // Reads `file:` and *_file; the file system by default. nullopt: unreadable.
  std::function<std::optional<std::string>(const std::string&)> read_file;
};

// LoadConfig reads the YAML file at `path`; ParseConfig a text. Every problem
// is reported, not only the first; there is a Config only when there are none.
// No secret's value is ever in a message.
std::variant<Config, std::vector<ConfigProblem>> LoadConfig(
    const std::string& path, const ConfigOptions& options = {});
std::variant<Config, std::vector<ConfigProblem>> ParseConfig(
    absl::string_view yaml, const ConfigOptions& options = {});

}  // namespace latchkey

#endif  // LATCHKEY_CORE_CONFIG_CONFIG_H_
