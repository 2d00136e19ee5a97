// What is refused, where, and that everything is reported at once.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/config/config.h"
#include "core/config/config_test_yaml.h"

namespace latchkey {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

// A file that loads but for `line`, its fifth.
std::vector<std::string> ProblemsWith(absl::string_view line) {
  return ProblemsOf(absl::StrCat(kTop, kApp, line, "\n"));
}

// A file whose only app has these providers, on line 4.
std::vector<std::string> ProblemsWithProviders(absl::string_view providers) {
  return ProblemsOf(
      absl::StrCat(kTop, "apps: [{id: a, providers: [", providers, "]}]\n"));
}

// A file whose only listener is this one, on line 2.
std::vector<std::string> ProblemsWithListener(absl::string_view listener) {
  return ProblemsOf(absl::StrCat("issuer: https://a.b\nlisteners: [{", listener,
                                 "}]\nstore: {memory: }\n", kApp));
}

TEST(RefusedConfigTest, ReportsEverythingInOrderOfLine) {
  EXPECT_THAT(
      ProblemsOf(R"(isuer: https://a.b
issuer: http://login.example.com
listeners:
- {address: 0.0.0.0:7070}
- {address: 127.0.0.1}
store:
  sqlite: {path: x, durability: ful}
store: {memory: {}}
tokens: {access_ttl: 30, signing_alg: HS256}
limits: {queue_length: 4294967296, store_workers: many}
drain_timeout: ${NOPE}
apps:
- id: UPPER
  disabled: yes
  providers:
  - anonymous: {}
    api_key: {}
  - function: {target: 10.0.0.1:80}
  - [x]
- id: b
)"),
      ElementsAre(
          "1 isuer: unknown field; did you mean \"issuer\"?",
          "2 issuer: must be https; http is for loopback only",
          StartsWith("4 listeners[0].address: plaintext on an address"),
          StartsWith("5 listeners[1].address: must be \"HOST:PORT\""),
          "7 store.sqlite.durability: must be \"full\" or \"normal\"",
          "8 store: this field is already set above",
          StartsWith("9 tokens.access_ttl: must be a duration"),
          StartsWith("9 tokens.signing_alg: must be \"ES256\""),
          "10 limits.queue_length: must be a whole number of at most "
          "4294967295",
          "10 limits.store_workers: must be a whole number, at least 0",
          "11 drain_timeout: the environment variable NOPE is not set",
          StartsWith("13 apps[0].id: must be 1-64 lower-case"),
          "14 apps[0].disabled: must be true or false",
          "17 apps[0].providers[0].api_key: only one kind can be set here, "
          "and anonymous is already",
          StartsWith("18 apps[0].providers[1].function.target: must be on "
                     "loopback"),
          "19 apps[0].providers[2]: must be a set of fields, is a list",
          "20 apps[1].providers: an app needs a provider that is not "
          "disabled"));
}

TEST(RefusedConfigTest, NamesWhatIsMissing) {
  EXPECT_THAT(
      ProblemsOf("{}"),
      ElementsAre("0 issuer: is required",
                  "0 store: exactly one of sqlite and memory must be set",
                  "0 listeners: at least one is required",
                  "0 apps: at least one is required"));
}

TEST(RefusedConfigTest, AtTheTop) {
  struct Row {
    const char* line;
    const char* problem;
  };
  for (const Row& row : {
           Row{"xyzzy: 1", "5 xyzzy: unknown field; known here: issuer, role"},
           Row{"role: sidecar", "5 role: this version of latchkeyd cannot"},
           Row{"role: x", "5 role: must be \"server\" or \"sidecar\""},
           Row{"drain_delay: 6m", "5 drain_delay: must be from 0s to 5m"},
           Row{"verify_cache: {entries: 10000001}",
               "5 verify_cache.entries: must be from 0 to 10000000"},
           Row{"log: {level: loud}", "5 log.level: must be \"debug\""},
           Row{"log: {format: text}", "5 log.format: this version"},
           Row{"log: 7", "5 log: must be a set of fields, is a single value"},
           Row{"outbound: {fetch_threads: 0}",
               "5 outbound.fetch_threads: must be from 1 to 256"},
           Row{"admin: {keys: [{id: a, sha256: 00}]}",
               "5 admin.keys[0].sha256: must be the key's SHA-256"},
           Row{"secrets: [{name: a}]",
               "5 secrets[0]: exactly one of file and env must be set"},
           Row{"secrets: [{name: a, file: b, env: c}]",
               "5 secrets[0]: exactly one of file and env must be set"},
           Row{"secrets: [{name: a, file: gone}]",
               "5 secrets[0].file: the file cannot be read"},
           Row{"secrets: [{name: a, env: GONE}]",
               "5 secrets[0].env: the environment variable GONE is not set"},
           Row{"http: {address: '0.0.0.0:80'}",
               "5 http.address: plaintext on an address that is not loopback"},
           Row{"http: ", "5 http.address: is required"},
           Row{"http: {address: 'unix:http.sock'}",
               "5 http.address: must be host:port: unix: is for gRPC"},
           Row{"http: {address: '127.0.0.1:1', services: [admin]}",
               "5 http.services: admin over HTTP needs admin.keys"},
           Row{"http: {address: '127.0.0.1:1', services: [outbound]}",
               "5 http.services[0]: must be \"auth\" or \"admin\""},
           Row{"http: {address: '127.0.0.1:1', limits: {max_body_bytes: 1}}",
               "5 http.limits.max_body_bytes: must be from 1024 to 16777216"},
           Row{"issuer: x", "5 issuer: this field is already set above"},
       }) {
    EXPECT_THAT(ProblemsWith(row.line), ElementsAre(StartsWith(row.problem)))
        << row.line;
  }
}

TEST(RefusedConfigTest, InTokensPasswordsAndLimits) {
  struct Row {
    const char* line;
    const char* problem;
  };
  for (const Row& row : {
           Row{"tokens: {access_ttl: 59s}",
               "5 tokens.access_ttl: must be from 1m to 1d"},
           Row{"tokens: {access_ttl: 24h, refresh_ttl: 1h}",
               "5 tokens.refresh_ttl: must be at least access_ttl"},
           Row{"passwords: {argon2id: {memory_kib: 8191}}",
               "5 passwords.argon2id.memory_kib: must be from 8192 to"},
           Row{"passwords: {argon2id: {parallelism: 2}}",
               "5 passwords.argon2id.parallelism: must be from 1 to 1"},
           Row{"passwords: {memory_budget_mib: 18}",
               "5 passwords.memory_budget_mib: must hold one hash"},
           Row{"passwords: {min_length: 100, max_length: 64}",
               "5 passwords.min_length: must be at most max_length"},
           Row{"limits: {max_message_bytes: 1023}",
               "5 limits.max_message_bytes: must be from 1024 to 4194304"},
           Row{"limits: {login_attempts_burst: 0}",
               "5 limits.login_attempts_burst: must be from 1 to"},
           Row{"limits: {max_deadline: 1s}",
               "5 limits.max_deadline: must be at least default_deadline"},
           Row{"limits: {default_deadline: 0s}",
               "5 limits.default_deadline: must be from 1ms to 1h"},
           Row{"key_sources: {min_refresh: 999ms}",
               "5 key_sources.min_refresh: must be from 1s to 30d"},
           Row{"key_sources: {max_refresh: 59s}",
               "5 key_sources.max_refresh: must be at least min_refresh"},
           Row{"key_sources: {max_stale: 10s}",
               "5 key_sources.max_stale: must be at least twice min_refresh, "
               "2m; raise it or lower min_refresh"},
           Row{"key_sources: {min_refresh: 13h}",
               "5 key_sources.max_stale: must be at least twice min_refresh, "
               "26h"},
           Row{"key_sources: {ca_file: x}", "5 key_sources.ca_file: this"},
           Row{"key_sources: {required: ['https://x.y']}",
               "5 key_sources.required[0]: is no issuer or jwks_uri"},
       }) {
    EXPECT_THAT(ProblemsWith(row.line), ElementsAre(StartsWith(row.problem)))
        << row.line;
  }
}

TEST(RefusedConfigTest, InListeners) {
  struct Row {
    const char* listener;
    const char* problem;
  };
  for (const Row& row : {
           Row{"services: [auth]", "2 listeners[0].address: is required"},
           Row{"address: '[::]:1'", "2 listeners[0].address: plaintext on"},
           Row{"address: 'unix:a', services: [x]",
               "2 listeners[0].services[0]: must be \"auth\", \"admin\""},
           Row{"address: '127.0.0.1:1', services: [admin]",
               "2 listeners[0].services: admin over TCP needs admin.keys"},
           Row{"address: '127.0.0.1:1', allowed_uids: [1]",
               "2 listeners[0].allowed_uids: is for Unix sockets only"},
           Row{"address: 'unix:a', allowed_uids: [root]",
               "2 listeners[0].allowed_uids[0]: must be a whole number"},
           Row{"address: 'unix:a', tls: {cert_file: c, key_file: k}",
               "2 listeners[0].tls: is for TCP only"},
           Row{"address: 'unix:a'}, {address: 'unix:a'",
               "2 listeners[1].address: another listener has this address"},
       }) {
    EXPECT_THAT(ProblemsWithListener(row.listener),
                ElementsAre(StartsWith(row.problem)))
        << row.listener;
  }
  EXPECT_THAT(ProblemsWithListener("address: '127.0.0.1:0'}, {address: "
                                   "'127.0.0.1:0'"),
              IsEmpty());
}

TEST(RefusedConfigTest, InProviders) {
  struct Row {
    const char* providers;
    const char* problem;
  };
  for (const Row& row : {
           Row{"anonymous: {disabled: true}",
               "4 apps[0].providers: an app needs a provider"},
           Row{"{}", "4 apps[0].providers[0]: one kind must be set"},
           Row{"anonymous: {}, anonymous: {name: b}",
               "4 apps[0].providers[1].anonymous: an app has at most one"},
           Row{"api_key: {}, function: {target: 'unix:f', name: api_key}",
               "4 apps[0].providers[1].function.name: another provider"},
           Row{"function: {}", "4 apps[0].providers[0].function: exactly one"},
           Row{"function: {target: 'unix:f', in_process: f}",
               "4 apps[0].providers[0].function: exactly one"},
           Row{"function: {target: '127.0.0.1:0'}",
               "4 apps[0].providers[0].function.target: must name a port"},
           Row{"function: {target: 'unix:f', timeout: 301s}",
               "4 apps[0].providers[0].function.timeout: must be from 1ms to "
               "5m"},
           Row{"function: {target: 'unix:f', max_concurrency: 17}",
               "4 apps[0].providers[0].function.max_concurrency: must be at "
               "most 2 * limits.remote_workers, 16"},
           Row{"function: {target: 'unix:f', max_concurrency: 0}",
               "4 apps[0].providers[0].function.max_concurrency: must be "
               "from 1 to 1024"},
           Row{"api_key: {max_keys_per_user: 0}",
               "4 apps[0].providers[0].api_key.max_keys_per_user: must be"},
           Row{"email_password: {reset_url: 'https://x.y'}",
               "4 apps[0].providers[0].email_password.reset_url: needs smtp"},
           Row{"google: {}",
               "4 apps[0].providers[0].google.client_ids: at "
               "least one is required"},
           Row{"apple: ", "4 apps[0].providers[0].apple.client_ids: at least"},
           Row{"facebook: {}",
               "4 apps[0].providers[0].facebook.app_id: is required"},
           Row{"github: {}", "4 apps[0].providers[0].github: unknown field"},
       }) {
    EXPECT_THAT(ProblemsWithProviders(row.providers),
                testing::Contains(StartsWith(row.problem)))
        << row.providers;
    EXPECT_LE(ProblemsWithProviders(row.providers).size(), 2u) << row.providers;
  }
}

TEST(RefusedConfigTest, InApps) {
  struct Row {
    const char* app;
    const char* problem;
  };
  for (const Row& row : {
           Row{"access_ttl: 5m", "4 apps[0].access_ttl: this version"},
           Row{"app_services_dir: /no/such/folder",
               "4 apps[0].app_services_dir: cannot be read: "},
           Row{"direct_verification: {custom_jwt: [x]}",
               "4 apps[0].direct_verification.custom_jwt[0]: names no"},
           Row{"direct_verification: {api_key: true}",
               "4 apps[0].direct_verification.api_key: needs an enabled"},
       }) {
    EXPECT_THAT(ProblemsOf(absl::StrCat(
                    kTop, "apps: [{id: a, providers: [anonymous: ", "{}], ",
                    row.app, "}]\n")),
                ElementsAre(StartsWith(row.problem)))
        << row.app;
  }
}

TEST(RefusedConfigTest, AcrossApps) {
  EXPECT_THAT(ProblemsOf(absl::StrCat(kTop, R"(apps:
- {id: a, providers: [api_key: {max_server_keys: 5}]}
- {id: a, providers: [api_key: {}]}
)")),
              ElementsAre("6 apps[1].id: another app has this id",
                          StartsWith("6 apps[1].providers[0].api_key."
                                     "max_server_keys: max_server_keys must "
                                     "be the same in all apps")));
}

TEST(RefusedConfigTest, CamelCaseOnlyWhereItBelongs) {
  EXPECT_THAT(
      ProblemsOf(absl::StrCat(kTop, R"(apps:
- id: a
  providers:
  - oidc: {issuer: 'https://a.b', audience: a, authNamePrefix: x,
           client_id: c, authorization_claim: g}
  oidc_identity_providers:
  - {issuer: 'https://a.b', audience: b, supportsHumanFlows: false,
     useAuthorizationClaim: false,
     auth_name_prefix: x}
)")),
      ElementsAre(HasSubstr("7 apps[0].providers[0].oidc.authNamePrefix: "
                            "unknown field; did you mean"),
                  HasSubstr("7 apps[0].providers[0].oidc.auth_name_prefix: is "
                            "required"),
                  HasSubstr("10 apps[0].oidc_identity_providers[0]."
                            "authNamePrefix: is required"),
                  HasSubstr("12 apps[0].oidc_identity_providers[0]."
                            "auth_name_prefix: unknown field; did you mean "
                            "\"authNamePrefix\"?")));
}

TEST(RefusedConfigTest, HostileTextsAreProblems) {
  for (const std::string& text : std::vector<std::string>{
           "", "- a\n- b\n", "word", "~", "\t", "a:\n\tb: 1\n", "%PDF-1.4",
           std::string("\x7f"
                       "ELF\0\0",
                       6),
           "{", "a: *b", "---\n---\n"}) {
    EXPECT_THAT(ProblemsOf(text), SizeIs(1)) << text;
  }
}

// A few kilobytes that stand for 300 * 300 fields of metadata.
TEST(RefusedConfigTest, AliasesDoNotMultiply) {
  std::string yaml(kTop);
  absl::StrAppend(&yaml, "apps:\n- id: a\n  providers:\n",
                  "  - custom_jwt: {metadata: &m [");
  for (int i = 0; i < 300; ++i) absl::StrAppend(&yaml, "{path: x}, ");
  absl::StrAppend(&yaml, "]}\n  - &p {custom_jwt: {metadata: *m}}\n");
  for (int i = 0; i < 300; ++i) absl::StrAppend(&yaml, "  - *p\n");
  EXPECT_THAT(ProblemsOf(yaml),
              testing::Contains(HasSubstr("too many values in the file")));
}

TEST(RefusedConfigTest, ValuesAreOneLineOfText) {
  const std::string rule =
      "must be one line of UTF-8 without control characters";
  EXPECT_THAT(ProblemsWith("log: {level: \"in\\0fo\"}"),
              ElementsAre("5 log.level: " + rule));
  EXPECT_THAT(ProblemsOf(absl::StrCat(kTop, kApp, "log: {level: '${X}'}\n"),
                         TestOptions({{"X", "\xff"}})),
              ElementsAre("5 log.level: " + rule));
}

TEST(RefusedConfigTest, KeysAreCutAndCleaned) {
  EXPECT_THAT(ProblemsWith("\"a\\nb c\": 1"),
              ElementsAre(StartsWith("5 a?b?c: unknown field")));
  const std::string key(100'000, 'x');
  const auto problems = ProblemsWith(key.substr(0, 1000) + ": 1");
  ASSERT_THAT(problems, SizeIs(1));
  EXPECT_THAT(problems[0], StartsWith("5 " + std::string(64, 'x') + ": "));
}

}  // namespace
}  // namespace latchkey
