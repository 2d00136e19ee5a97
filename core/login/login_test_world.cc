#include "core/login/login_test_world.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/reason.h"
#include "core/json/json.h"
#include "core/testing/status_matchers.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

constexpr char kPassword[] = "correct horse";

PasswordPolicy CheapPolicy() {
  PasswordPolicy policy;
  policy.argon2id.memory_kib = 8;
  policy.argon2id.iterations = 1;
  return policy;
}

ProviderSettings Settings(const char* name,
                          decltype(ProviderSettings::arm) arm) {
  ProviderSettings settings;
  settings.name = ProviderName(name);
  settings.arm = std::move(arm);
  return settings;
}

AnonymousSettings OfNinetyDays() {
  AnonymousSettings settings;
  settings.delete_after = absl::Hours(24 * 90);
  return settings;
}

FunctionSettings LegacySettings() {
  FunctionSettings settings;
  settings.target = "unix:///fake.sock";
  settings.max_concurrency = 100;
  return settings;
}

absl::StatusOr<AuthFunctionResult> Legacy(absl::string_view payload_json,
                                          const CallContext&) {
  absl::StatusOr<json::Value> payload = json::ParseObject(payload_json);
  if (!payload.ok() || payload->Find("id") == nullptr) {
    return Error(Reason::kCredentialRejected, "no id");
  }
  AuthFunctionResult result;
  result.id = *payload->Find("id")->as_string();
  result.data_json = json::Write(*payload->Find("data"));
  return result;
}

}  // namespace

LoginTestWorld::LoginTestWorld(RateLimiter::Options limit,
                               std::unique_ptr<Store> with_store)
    : SessionTestWorld(std::move(with_store)),
      passwords(CheapPolicy(), store->passwords(), &clock, &random),
      api_keys({}, store.get(), &clock, &random),
      apps(MakeApps()),
      attempts(limit),
      wide_attempts({limit.per_minute * 10, limit.burst * 10}),
      logins({&apps, store.get(), &sessions, &attempts, &wide_attempts, &audit,
              &clock, &random}),
      links({&logins, &sessions, store.get(), &audit, &clock}),
      accounts({store.get(), &sessions, &audit, &clock, &random}) {}

std::shared_ptr<const AppTable> LoginTestWorld::MakeApps() {
  functions.function = Legacy;
  ProviderDeps deps;
  deps.clock = &clock;
  deps.random = &random;
  deps.store = store.get();
  deps.passwords = &passwords;
  deps.functions = &functions;

  std::vector<AppSettings> settings(2);
  settings[0].id = app;
  std::vector<ProviderSettings>& providers = settings[0].providers;
  providers.push_back(Settings("anonymous", OfNinetyDays()));
  providers.push_back(Settings("email_password", EmailPasswordSettings()));
  providers.push_back(Settings("api_key", ApiKeySettings()));
  providers.push_back(Settings("legacy", LegacySettings()));
  settings[1].id = other_app;
  settings[1].providers.push_back(Settings("anonymous", OfNinetyDays()));
  absl::StatusOr<std::shared_ptr<const AppTable>> table =
      BuildAppTable(settings, deps);
  EXPECT_THAT(table, IsOk());
  return *table;
}

Credential LoginTestWorld::Function(const std::string& id,
                                    const std::string& data_json) {
  std::string payload = R"({"id":)";
  json::AppendQuoted(id, &payload);
  absl::StrAppend(&payload, R"(,"data":)", data_json, "}");
  return {ProviderName("legacy"), FunctionCredential{std::move(payload)}};
}

Credential LoginTestWorld::RejectedFunction() {
  return {ProviderName("legacy"), FunctionCredential{"{}"}};
}

Credential LoginTestWorld::Anonymous() {
  return {ProviderName(), AnonymousCredential()};
}

Credential LoginTestWorld::Email(const std::string& email,
                                 const std::string& password) {
  return {ProviderName(), EmailPasswordCredential{email, Secret(password)}};
}

Credential LoginTestWorld::ApiKey(const Secret& key) {
  return {ProviderName(), ApiKeyCredential{key.Clone()}};
}

void LoginTestWorld::Register(const std::string& email) {
  EXPECT_THAT(passwords.Register(app, ProviderName("email_password"), email,
                                 Secret(kPassword), /*confirmed=*/true, ctx()),
              IsOk());
}

absl::StatusOr<IssuedSession> LoginTestWorld::Login(Credential credential) {
  LoginRequest request;
  request.app = app;
  request.credential = std::move(credential);
  return logins.Login(std::move(request), ctx());
}

IssuedSession LoginTestWorld::LoginOk(Credential credential) {
  absl::StatusOr<IssuedSession> issued = Login(std::move(credential));
  EXPECT_THAT(issued, IsOk());
  return issued.ok() ? *std::move(issued) : IssuedSession();
}

Principal LoginTestWorld::Caller(const IssuedSession& issued) {
  absl::StatusOr<Principal> principal = Verify(issued.access_token);
  EXPECT_THAT(principal, IsOk());
  return principal.ok() ? *std::move(principal) : Principal();
}

absl::StatusOr<UserRecord> LoginTestWorld::Find(const UserId& id) {
  return store->users()->Find(app, id);
}

}  // namespace latchkey
