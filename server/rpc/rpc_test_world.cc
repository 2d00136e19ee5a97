#include "server/rpc/rpc_test_world.h"

#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/crypto/digest.h"
#include "gtest/gtest.h"
#include "latchkey/v1/email_password_service.pb.h"

namespace latchkey {
namespace {

PasswordPolicy QuickPolicy() {
  PasswordPolicy policy;
  policy.argon2id.memory_kib = 8;
  policy.argon2id.iterations = 1;
  return policy;
}

MailQueueOptions TestQueue() {
  MailQueueOptions options;
  options.from = "login@example.org";
  return options;
}

RateLimiter::Options NoLimit() {
  RateLimiter::Options options;
  options.per_minute = 0;
  return options;
}

template <typename Arm>
ProviderSettings Provide(const char* name, Arm arm) {
  ProviderSettings settings;
  settings.name = ProviderName(name);
  settings.arm = std::move(arm);
  return settings;
}

AppSettings TestApp(EmailPasswordSettings email) {
  AppSettings app;
  app.id = AppId("myapp-abcde");
  app.direct_custom_jwt = {ProviderName("jwt")};
  app.direct_api_keys = true;
  CustomJwtSettings jwt;
  jwt.signing_keys.push_back({"secret", Secret(kTestJwtSecret)});
  jwt.audience = {"myapp-abcde"};
  jwt.algorithms = {Algorithm::kHs256};
  app.providers.push_back(Provide("anonymous", AnonymousSettings()));
  app.providers.push_back(Provide("email_password", std::move(email)));
  app.providers.push_back(Provide("api_key", ApiKeySettings()));
  app.providers.push_back(Provide("jwt", std::move(jwt)));
  ProviderSettings off = Provide("off", FunctionSettings());
  off.disabled = true;
  app.providers.push_back(std::move(off));
  return app;
}

AdminKeyConfig TestAdminKey() {
  AdminKeyConfig key;
  key.id = "test";
  key.sha256 = std::string(AsStringView(Sha256(kTestAdminKey)));
  return key;
}

}  // namespace

RpcTestWorld::RpcTestWorld(std::unique_ptr<Store> store)
    : base(std::move(store)),
      passwords(QuickPolicy(), base.store->passwords(), &base.clock,
                &base.random),
      api_keys(ApiKeyLimits(), base.store.get(), &base.clock, &base.random),
      attempts(NoLimit()),
      wide_attempts(NoLimit()),
      mails(TestQueue(), &mail_sender, &base.clock, &base.random),
      mail_addresses(MailLimits()),
      jwks(JwksCacheOptions(), &fetcher, &base.clock, &base.random),
      apps(std::make_shared<const AppTable>(
          std::vector<std::shared_ptr<const App>>())),
      logins({&apps, base.store.get(), &base.sessions, &attempts,
              &wide_attempts, &base.audit, &base.clock, &base.random}),
      links({&logins, &base.sessions, base.store.get(), &base.audit,
             &base.clock}),
      accounts({base.store.get(), &base.sessions, &base.audit, &base.clock,
                &base.random}),
      key_manager({&api_keys, &base.sessions, &base.audit}),
      one_time_tokens(base.store.get(), &base.clock, &base.random),
      registrations(EmailDeps(), &one_time_tokens, &mail_addresses),
      password_resets(EmailDeps(), &one_time_tokens, &mail_addresses),
      callers(&base.access_tokens, &base.clock),
      guard({TestAdminKey()}, &base.audit),
      auth({&apps, &logins, &links, &accounts, &base.sessions, base.store.get(),
            &api_keys, &base.access_tokens, &callers, &metrics, &base.clock}),
      emails({&apps, &passwords, &base.sessions, base.store.get(), &attempts,
              &callers, &base.audit, &base.clock, &registrations,
              &password_resets}),
      keys({&apps, &api_keys, base.store.get(), &callers, &key_manager}),
      users({&apps, &accounts, &base.sessions, &passwords, base.store.get(),
             &guard, &base.audit, &base.clock}),
      transfers({&apps, &passwords, base.store.get(), &guard, &base.audit,
                 &base.clock}),
      server_keys({&apps, &accounts, &api_keys, &key_manager, &guard}),
      providers({&apps, &jwks, &guard, &base.audit, &base.clock}) {
  EmailPasswordSettings email;
  email.confirmation = EmailPasswordSettings::Confirmation::kAutomatic;
  SetEmailMode(std::move(email));
  auth.Register(&table);
  emails.Register(&table);
  keys.Register(&table);
  users.Register(&table);
  transfers.Register(&table);
  server_keys.Register(&table);
  providers.Register(&table);
}

EmailAccountDeps RpcTestWorld::EmailDeps() {
  return {&apps,       &passwords,     &base.sessions, base.store.get(),
          &attempts,   &wide_attempts, &mails,         &base.audit,
          &base.clock, &base.random};
}

void RpcTestWorld::SetEmailMode(EmailPasswordSettings email) {
  ProviderDeps deps;
  deps.clock = &base.clock;
  deps.random = &base.random;
  deps.jwks = &jwks;
  deps.store = base.store.get();
  deps.passwords = &passwords;
  deps.functions = &functions;
  std::vector<AppSettings> settings;
  settings.push_back(TestApp(std::move(email)));
  auto built = BuildAppTable(settings, deps);
  EXPECT_TRUE(built.ok()) << built.status();
  if (built.ok()) apps.Set(*built);
}

RpcContext RpcTestWorld::Context(const std::string& bearer) {
  RpcContext context;
  context.call = base.ctx();
  if (!bearer.empty()) context.authorization.push_back("Bearer " + bearer);
  return context;
}

v1::Session RpcTestWorld::LogInAnonymously() {
  v1::LoginRequest request;
  request.set_app("myapp-abcde");
  request.mutable_credential()->mutable_anonymous();
  const auto response = Call<v1::LoginResponse>("AuthService/Login", request);
  EXPECT_TRUE(response.ok()) << response.status();
  return response.ok() ? response->session() : v1::Session();
}

v1::Session RpcTestWorld::LogInByEmail(const std::string& email) {
  v1::RegisterRequest registration;
  registration.set_app("myapp-abcde");
  registration.set_email(email);
  registration.set_password("correct horse");
  EXPECT_TRUE(
      Call<v1::RegisterResponse>("EmailPasswordService/Register", registration)
          .ok());
  v1::LoginRequest request;
  request.set_app("myapp-abcde");
  auto* arm = request.mutable_credential()->mutable_email_password();
  arm->set_email(email);
  arm->set_password("correct horse");
  const auto response = Call<v1::LoginResponse>("AuthService/Login", request);
  EXPECT_TRUE(response.ok()) << response.status();
  return response.ok() ? response->session() : v1::Session();
}

std::string RpcTestWorld::ForeignToken(const std::string& subject) {
  const int64_t exp =
      absl::ToUnixSeconds(base.clock.TimeNow() + absl::Minutes(1));
  return Hs256Token(absl::StrCat(R"({"sub":")", subject,
                                 R"(","aud":"myapp-abcde","exp":)", exp, "}"),
                    kTestJwtSecret);
}

v1::VerifyResponse RpcTestWorld::Verify(const std::string& token,
                                        const std::string& app) {
  v1::VerifyRequest request;
  request.set_token(token);
  request.set_app(app);
  const auto response = Call<v1::VerifyResponse>("AuthService/Verify", request);
  EXPECT_TRUE(response.ok()) << response.status();
  return response.ok() ? *response : v1::VerifyResponse();
}

}  // namespace latchkey
