// What loads, and what it becomes.
#include "core/config/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "core/base/clock.h"
#include "core/config/config_test_yaml.h"
#include "core/crypto/test_certificate.h"
#include "google/protobuf/descriptor.h"
#include "latchkey/config/v1/config.pb.h"

namespace latchkey {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kExample[] = "config/example.yaml";

std::string Shown(const std::variant<Config, std::vector<ConfigProblem>>& r) {
  const auto* problems = std::get_if<std::vector<ConfigProblem>>(&r);
  return problems == nullptr ? "" : FormatProblems("FILE", *problems);
}

Config Load(absl::string_view yaml,
            const ConfigOptions& options = TestOptions()) {
  auto result = ParseConfig(yaml, options);
  EXPECT_EQ(Shown(result), "");
  if (!std::holds_alternative<Config>(result)) return Config();
  return std::get<Config>(std::move(result));
}

TEST(ConfigTest, TheExampleLoads) {
  auto result = LoadConfig(kExample);
  ASSERT_EQ(Shown(result), "");
  const Config& config = std::get<Config>(result);
  EXPECT_EQ(config.issuer, "http://127.0.0.1:8080");
  ASSERT_EQ(config.listeners.size(), 2u);
  EXPECT_EQ(config.listeners[0].address, "127.0.0.1:7070");
  EXPECT_TRUE(config.listeners[0].auth);
  EXPECT_FALSE(config.listeners[0].admin);
  EXPECT_EQ(config.listeners[1].address, "unix:data/admin.sock");
  EXPECT_TRUE(config.listeners[1].admin);
  EXPECT_THAT(config.listeners[1].allowed_uids, ElementsAre(geteuid()));
  ASSERT_TRUE(config.http.has_value());
  EXPECT_EQ(config.http->address, "127.0.0.1:8080");
  ASSERT_TRUE(config.sqlite.has_value());
  EXPECT_EQ(config.sqlite->path, "data/latchkey.db");
  EXPECT_EQ(config.key_sources.cache_dir, "data/jwks");
}

// Adds the fields of `message`, and of the messages in them, to `names`.
void AddFields(const google::protobuf::Descriptor* message,
               std::set<std::string>* names) {
  for (int i = 0; i < message->field_count(); ++i) {
    const google::protobuf::FieldDescriptor* field = message->field(i);
    names->insert(field->name());
    if (field->message_type() != nullptr && !field->is_map()) {
      AddFields(field->message_type(), names);
    }
  }
}

TEST(ConfigTest, TheExampleShowsEverySetting) {
  std::ifstream file(kExample);
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  const std::vector<std::string> list = absl::StrSplit(
      text, absl::ByAnyChar(" \t\n,;:.()[]{}#`\""), absl::SkipEmpty());
  const std::set<std::string> words(list.begin(), list.end());
  std::set<std::string> names;
  AddFields(config::v1::Config::descriptor(), &names);
  EXPECT_GT(names.size(), 100u);
  for (const std::string& name : names) {
    // A function in the process is registered in C++, not in a file.
    if (name == "in_process") continue;
    EXPECT_EQ(words.count(name), 1u) << name;
  }
}

TEST(ConfigTest, TheExampleHasFiveProviders) {
  auto result = LoadConfig(kExample);
  ASSERT_EQ(Shown(result), "");
  const Config& config = std::get<Config>(result);
  ASSERT_EQ(config.apps.size(), 1u);
  EXPECT_EQ(config.apps[0].id, AppId("myapp-abcde"));
  const auto& providers = config.apps[0].providers;
  ASSERT_EQ(providers.size(), 5u);
  EXPECT_EQ(providers[0].name, ProviderName("anonymous"));
  EXPECT_EQ(std::get<EmailPasswordSettings>(providers[1].arm).confirmation,
            EmailPasswordSettings::Confirmation::kAutomatic);
  EXPECT_EQ(KindOf(providers[2]), ProviderKind::kApiKey);
  const auto& jwt = std::get<CustomJwtSettings>(providers[3].arm);
  EXPECT_EQ(providers[3].name, ProviderName("okta"));
  EXPECT_EQ(jwt.key_source->jwks_uri,
            "http://127.0.0.1:9090/oauth2/default/v1/keys");
  ASSERT_EQ(jwt.metadata.size(), 2u);
  EXPECT_EQ(jwt.metadata[0].field, "name");
  EXPECT_TRUE(jwt.metadata[0].required);
  EXPECT_EQ(jwt.metadata[1].field, "aliases");
  const auto& function = std::get<FunctionSettings>(providers[4].arm);
  EXPECT_EQ(function.target, "unix:data/fn.sock");
}

// The commented-out settings of the example are its documentation: with them
// in place the file must still load and mean the same.
TEST(ConfigTest, DefaultsAreTheDocumentedOnes) {
  const Config defaults = Load(absl::StrCat(kTop, kApp));
  const Config written = Load(absl::StrCat(kTop, kApp, R"(
tokens: {access_ttl: 30m, refresh_ttl: 60d, signing_alg: ES256,
         refresh_grace: 10s, leeway: 0s}
passwords: {argon2id: {memory_kib: 19456, iterations: 2, parallelism: 1},
            memory_budget_mib: 256, queue: 64, min_length: 8, max_length: 1024}
limits: {store_workers: 64, remote_workers: 8, queue_length: 1024,
         login_attempts_per_minute: 60, login_attempts_burst: 20}
verify_cache: {entries: 4096}
drain_timeout: 10s
)"));
  EXPECT_EQ(defaults.tokens.access_ttl, written.tokens.access_ttl);
  EXPECT_EQ(defaults.tokens.refresh_ttl, written.tokens.refresh_ttl);
  EXPECT_EQ(defaults.tokens.refresh_grace, written.tokens.refresh_grace);
  EXPECT_EQ(defaults.passwords.argon2id, written.passwords.argon2id);
  EXPECT_EQ(defaults.passwords.max_length, written.passwords.max_length);
  EXPECT_EQ(defaults.limits.store_workers, written.limits.store_workers);
  EXPECT_EQ(defaults.limits.remote_workers, written.limits.remote_workers);
  EXPECT_EQ(defaults.limits.login_attempts.per_minute,
            written.limits.login_attempts.per_minute);
  EXPECT_EQ(defaults.verify_cache_entries, written.verify_cache_entries);
  EXPECT_EQ(defaults.max_key_tables, written.max_key_tables);
  EXPECT_EQ(defaults.drain_timeout, written.drain_timeout);
  EXPECT_FALSE(defaults.http.has_value());
  EXPECT_FALSE(defaults.sqlite.has_value());
  EXPECT_TRUE(defaults.listeners[0].reflection);
}

TEST(ConfigTest, TheExampleOfTheDesignLoads) {
  const Config config = Load(R"(
issuer: http://127.0.0.1:8080
role: server
listeners:                                   # gRPC
  - {address: 127.0.0.1:7070, services: [auth]}
  - {address: "unix:///run/latchkey/admin.sock", services: [auth, admin, outbound]}
http: {address: 127.0.0.1:8080}
store: {sqlite: {path: data/latchkey.db, durability: full}}
tokens: {access_ttl: 30m, refresh_ttl: 60d, signing_alg: ES256, refresh_grace: 10s}
passwords: {argon2id: {memory_kib: 19456, iterations: 2, parallelism: 1}, memory_budget_mib: 256, queue: 64}
apps:
  - id: myapp-abcde
    providers:
      - {anonymous: {}}
      - {email_password: {auto_confirm: true}}
      - {api_key: {}}
      - custom_jwt:
          name: okta
          jwks_uri: https://dev-1.okta.com/oauth2/default/v1/keys
          audience: [myapp-abcde]
          metadata: [{path: user_data.name, field: name, required: true}]
      - function: {name: legacy, target: "unix:///run/latchkey/fn.sock"}
)");
  ASSERT_EQ(config.apps.size(), 1u);
  EXPECT_EQ(config.apps[0].providers.size(), 5u);
  EXPECT_EQ(config.limits.hash_queue_length, 64u);
}

TEST(ConfigTest, EverySettingArrives) {
  const TestAuthority authority("ca", Clock::RealClock()->TimeNow());
  const TestCertificate pair = authority.Issue("DNS:localhost");
  const ConfigOptions options = TestOptions({}, {{"a.crt", pair.cert_pem},
                                                 {"a.key", pair.key_pem},
                                                 {"ca.crt", authority.pem()}});
  const std::string yaml = R"(
issuer: https://login.example.com/auth
listeners:
- address: 0.0.0.0:7070
  services: [admin]
  reflection: false
  tls: {cert_file: a.crt, key_file: a.key, client_ca_file: ca.crt,
        allowed_sans: [ops.example.com, "spiffe://example/ops"]}
- {address: "10.0.0.1:7070", insecure: true}
- {address: "unix:x.sock", allowed_uids: [1000, 1001]}
http: {address: "0.0.0.0:80", insecure: true, services: [auth, admin],
       limits: {max_header_bytes: 2048, max_body_bytes: 4096,
                max_connections: 7, header_timeout: 1s, body_timeout: 2s,
                idle_timeout: 3s, write_timeout: 4s}}
store: {sqlite: {path: p.db, durability: normal}}
tokens: {access_ttl: 5m, refresh_ttl: 1d, signing_alg: EdDSA,
         refresh_grace: 0s, leeway: 5s}
log: {level: warn, format: json}
admin: {keys: [{id: ops, sha256:
  000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f}]}
key_sources: {min_refresh: 2s, max_refresh: 3s, default_refresh: 4s,
  cooldown: 5s, max_stale: 6s, connect_timeout: 7s, total_timeout: 8s,
  max_body_bytes: 8192, max_keys: 9, fetch_threads: 10, wait_timeout: 11s,
  discovery_refresh: 12s, allow_private_addresses: true,
  required: ["https://id.example.com"]}
apps:
- id: a-1
  disabled: true
  providers:
  - custom_jwt: {issuer: "https://id.example.com"}
  - api_key: {max_keys_per_user: 3, max_server_keys: 4}
  - function: {in_process: f, timeout: 1s, max_concurrency: 2,
               max_payload_bytes: 3, max_response_bytes: 4, disabled: true}
  direct_verification: {custom_jwt: [custom_jwt], api_key: true}
)";
  const Config config = Load(yaml, options);

  ASSERT_EQ(config.listeners.size(), 3u);
  EXPECT_FALSE(config.listeners[0].auth);
  EXPECT_FALSE(config.listeners[0].reflection);
  EXPECT_EQ(config.listeners[0].tls->cert_file, "a.crt");
  EXPECT_EQ(config.listeners[0].tls->key_file, "a.key");
  EXPECT_EQ(config.listeners[0].tls->client_ca_file, "ca.crt");
  EXPECT_EQ(config.listeners[0].tls->allowed_sans.size(), 2u);
  EXPECT_THAT(config.listeners[2].allowed_uids, ElementsAre(1000u, 1001u));
  EXPECT_TRUE(config.http->admin);
  EXPECT_EQ(config.http->max_header_bytes, 2048u);
  EXPECT_EQ(config.http->max_body_bytes, 4096u);
  EXPECT_EQ(config.http->max_connections, 7u);
  EXPECT_EQ(config.http->header_timeout, absl::Seconds(1));
  EXPECT_EQ(config.http->body_timeout, absl::Seconds(2));
  EXPECT_EQ(config.http->idle_timeout, absl::Seconds(3));
  EXPECT_EQ(config.http->write_timeout, absl::Seconds(4));
  EXPECT_EQ(config.sqlite->durability, SqliteOptions::Durability::kNormal);
  EXPECT_EQ(config.tokens.access_ttl, absl::Minutes(5));
  EXPECT_EQ(config.tokens.refresh_ttl, absl::Hours(24));
  EXPECT_EQ(config.tokens.signing_algorithm, Algorithm::kEdDsa);
  EXPECT_EQ(config.tokens.refresh_grace, absl::ZeroDuration());
  EXPECT_EQ(config.tokens.leeway, absl::Seconds(5));
  EXPECT_EQ(config.log_level, LogLevel::kWarning);
  ASSERT_EQ(config.admin_keys.size(), 1u);
  EXPECT_EQ(config.admin_keys[0].sha256.size(), 32u);
  EXPECT_EQ(config.admin_keys[0].sha256[31], '\x1f');
  const JwksCacheOptions& keys = config.key_sources;
  EXPECT_EQ(keys.min_refresh, absl::Seconds(2));
  EXPECT_EQ(keys.max_refresh, absl::Seconds(3));
  EXPECT_EQ(keys.default_refresh, absl::Seconds(4));
  EXPECT_EQ(keys.cooldown, absl::Seconds(5));
  EXPECT_EQ(keys.max_stale, absl::Seconds(6));
  EXPECT_EQ(keys.fetch.connect_timeout, absl::Seconds(7));
  EXPECT_EQ(keys.fetch.total_timeout, absl::Seconds(8));
  EXPECT_EQ(keys.fetch.max_body_bytes, 8192u);
  EXPECT_EQ(keys.jwks.max_keys, 9u);
  EXPECT_EQ(keys.fetch_threads, 10);
  EXPECT_EQ(keys.max_wait, absl::Seconds(11));
  EXPECT_EQ(keys.discovery_refresh, absl::Seconds(12));
  EXPECT_TRUE(keys.fetch.allow_private_addresses);
  const AppSettings& app = config.apps[0];
  EXPECT_TRUE(app.disabled);
  EXPECT_THAT(app.direct_custom_jwt, ElementsAre(ProviderName("custom_jwt")));
  EXPECT_TRUE(app.direct_api_keys);
  const auto& jwt = std::get<CustomJwtSettings>(app.providers[0].arm);
  EXPECT_TRUE(jwt.key_source->required);
  EXPECT_THAT(jwt.issuers, ElementsAre("https://id.example.com"));
  EXPECT_EQ(config.api_keys.user_keys, 3u);
  EXPECT_EQ(config.api_keys.server_keys, 4u);
  const auto& function = std::get<FunctionSettings>(app.providers[2].arm);
  EXPECT_TRUE(app.providers[2].disabled);
  EXPECT_EQ(function.in_process, "f");
  EXPECT_EQ(function.timeout, absl::Seconds(1));
  EXPECT_EQ(function.max_concurrency, 2);
  EXPECT_EQ(function.max_payload_bytes, 3u);
  EXPECT_EQ(function.max_response_bytes, 4u);
}

// A list of our own uid would keep everybody else from logging in.
TEST(ConfigTest, OnlyTrustedUnixListenersAreOurOwn) {
  const Config config = Load(R"(
issuer: https://a.b
listeners:
- address: unix:auth
- {address: "unix:admin", services: [auth, admin]}
- {address: "unix:outbound", services: [outbound]}
- {address: "unix:one", allowed_uids: [7]}
store: {memory: {}}
apps: [{id: a, providers: [anonymous: {}]}]
)");
  ASSERT_EQ(config.listeners.size(), 4u);
  EXPECT_THAT(config.listeners[0].allowed_uids, IsEmpty());
  EXPECT_THAT(config.listeners[1].allowed_uids, ElementsAre(geteuid()));
  EXPECT_THAT(config.listeners[2].allowed_uids, ElementsAre(geteuid()));
  EXPECT_THAT(config.listeners[3].allowed_uids, ElementsAre(7u));
}

TEST(ConfigTest, FunctionsGetNoMoreCallsThanThreads) {
  constexpr char kFunction[] =
      "apps: [{id: a, providers: [function: {target: 'unix:f'}]}]\n";
  const auto calls = [&](absl::string_view limits) {
    const Config config = Load(absl::StrCat(kTop, kFunction, limits));
    return std::get<FunctionSettings>(config.apps[0].providers[0].arm)
        .max_concurrency;
  };
  EXPECT_EQ(calls(""), 8);
  EXPECT_EQ(calls("limits: {remote_workers: 100}"), 8);
  EXPECT_EQ(calls("limits: {remote_workers: 2}"), 4);
}

TEST(ConfigTest, SaysWhatAReloadLeavesAlone) {
  constexpr char kMore[] = R"(
secrets: [{name: k, env: K}]
key_sources: {cooldown: 30s, required: ["https://a.b/k"]}
apps:
- {id: a, providers: [custom_jwt: {jwks_uri: "https://a.b/k"}]}
)";
  const ConfigOptions options = TestOptions({{"K", "k"}});
  const Config before = Load(absl::StrCat(kTop, kMore), options);
  EXPECT_THAT(ChangedOutsideApps(before, before), IsEmpty());
  const Config apps = Load(absl::StrCat(kTop, kApp, R"(
key_sources: {cooldown: 30s}
)"));
  EXPECT_THAT(ChangedOutsideApps(before, apps), IsEmpty());
  const Config after = Load(absl::StrCat(kApp, R"(
issuer: https://login.example.com
listeners: [{address: 127.0.0.1:1}]
http: {address: "127.0.0.1:2"}
store: {memory: {}}
key_sources: {cooldown: 31s}
drain_timeout: 1s
)"));
  EXPECT_THAT(ChangedOutsideApps(before, after),
              ElementsAre("key_sources", "listeners", "drain_timeout", "http"));
}

TEST(ConfigTest, ReplacesVariables) {
  const Config config = Load(
      R"(
issuer: https://${HOST}
listeners: [{address: "127.0.0.1:${PORT}", reflection: "${FLAG}"}]
store: {sqlite: {path: "a$${b}"}}
limits: {store_workers: "${N}"}
apps: [{id: a, providers: [anonymous: ]}]
)",
      TestOptions({{"HOST", "h.example"},
                   {"PORT", "1"},
                   {"FLAG", "false"},
                   {"N", "7"}}));
  EXPECT_EQ(config.issuer, "https://h.example");
  ASSERT_EQ(config.listeners.size(), 1u);
  EXPECT_EQ(config.listeners[0].address, "127.0.0.1:1");
  EXPECT_FALSE(config.listeners[0].reflection);
  EXPECT_EQ(config.sqlite->path, "a${b}");
  EXPECT_EQ(config.limits.store_workers, 7);
}

TEST(ConfigTest, AnchorsMayBeShared) {
  const Config config = Load(absl::StrCat(kTop, R"(apps:
- {id: a, providers: &p [{anonymous: {}}, {api_key: {}}]}
- {id: b, providers: *p}
)"));
  ASSERT_EQ(config.apps.size(), 2u);
  EXPECT_EQ(config.apps[1].providers.size(), 2u);
}

TEST(ConfigTest, SaysWhatCannotBeRead) {
  EXPECT_EQ(Shown(LoadConfig("no/such/file.yaml")),
            "FILE: cannot be read: No such file or directory\n");
  EXPECT_EQ(Shown(LoadConfig("/")), "FILE: cannot be read: Is a directory\n");
}

TEST(ConfigTest, FormatsInOrderOfLine) {
  EXPECT_EQ(
      FormatProblems("f.yaml",
                     {{"b", 7, "second"}, {"a", 0, "first"}, {"", 9, "third"}}),
      "f.yaml: a: first\nf.yaml:7: b: second\nf.yaml:9: third\n");
}

}  // namespace
}  // namespace latchkey
