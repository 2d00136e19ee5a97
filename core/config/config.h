// LoadConfig reads the service's configuration file.
#ifndef LATCHKEY_CORE_CONFIG_CONFIG_H_
#define LATCHKEY_CORE_CONFIG_CONFIG_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "core/app/app.h"
#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/config/app_services/export_files.h"
#include "core/config/listener_config.h"  // IWYU pragma: export
#include "core/config/problems.h"         // IWYU pragma: export
#include "core/crypto/algorithm.h"
#include "core/events/event_options.h"
#include "core/jwks/jwks_cache_options.h"
#include "core/mail/smtp_options.h"
#include "core/outbound/outbound_options.h"
#include "core/outbound/outbound_settings.h"
#include "core/provider/api_key_service.h"
#include "core/provider/password_service.h"
#include "core/store/store.h"

namespace latchkey {

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

// MailConfig is `smtp`.
struct MailConfig {
  SmtpOptions smtp;
  MailQueueOptions queue;
  MailLimits limits;
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
  int max_key_tables = 32;
  absl::Duration drain_delay = absl::ZeroDuration();
  absl::Duration drain_timeout = absl::Seconds(10);
  std::vector<AppSettings> apps;
  // Bytes of custom data that leave room for an access token in the headers
  // which the listeners let in.
  size_t max_user_data = 8 * 1024;
  std::optional<MailConfig> mail;
  EventsConfig events;
  OutboundOptions outbound;
  std::vector<OutboundSettings> outbound_credentials;
  // What folders of App Services apps ask for that is not served; no mistakes.
  std::vector<ConfigProblem> notes;
  // For ChangedOutsideApps: the sections that are set, by name, as opaque text.
  std::map<std::string, std::string> sections;
};

struct ConfigOptions {
  // Reads ${NAME} and `env:`; getenv by default.
  std::function<std::optional<std::string>(const std::string&)> env;
  // Reads `file:` and *_file; the file system by default. nullopt: unreadable.
  std::function<std::optional<std::string>(const std::string&)> read_file;
  // Reads app_services_dir; the file system by default.
  std::function<ExportResult(const std::string&)> read_export;
  // Says which certificates have expired.
  Clock* clock = Clock::RealClock();
  // False for a reload, which leaves listeners alone: a certificate that is
  // just being renewed must not keep an app out.
  bool check_tls_files = true;
};

// LoadConfig reads the YAML file at `path`; ParseConfig a text. Every problem
// is reported, not only the first; there is a Config only when there are none.
// No secret's value is ever in a message.
std::variant<Config, std::vector<ConfigProblem>> LoadConfig(
    const std::string& path, const ConfigOptions& options = {});
std::variant<Config, std::vector<ConfigProblem>> ParseConfig(
    absl::string_view yaml, const ConfigOptions& options = {});

// ChangedOutsideApps names the top-level sections ("listeners", "tokens",
// "drain_timeout", ...) that two files write differently, but for what a reload
// takes over: apps, secrets, outbound_credentials, and key_sources.required. A
// default that only one of them spells out is a difference. In the order of
// their names, those that only `b` has last.
std::vector<std::string> ChangedOutsideApps(const Config& a, const Config& b);

}  // namespace latchkey

#endif  // LATCHKEY_CORE_CONFIG_CONFIG_H_
