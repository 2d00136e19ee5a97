// What every provider of the table must do, whatever its kind. A new line in
// providers.def fails here until its kind has a Sample.
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "core/base/log.h"
#include "core/base/reason.h"
#include "core/base/work_queue.h"
#include "core/provider/api_key_service.h"
#include "core/provider/provider_registry.h"
#include "core/provider/provider_test_world.h"
#include "core/testing/jwt_fixture.h"
#include "core/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

const char kSigningKey[] = "key-one-0123456789012345678901234567";
const char kPassword[] = "correct-horse-battery";
const char kClaims[] = R"({"sub":"u","aud":"myapp-abcde","exp":1800001800})";

// A Sample is one kind with credentials to try. The texts in `secrets` may
// show nowhere.
struct Sample {
  ProviderSettings settings;
  std::function<Credential()> good;
  // Not set for a kind that accepts everybody.
  std::function<Credential()> wrong;
  std::function<Credential()> unknown;
  std::vector<std::string> secrets;
};

template <typename Arm>
Credential Of(Arm arm) {
  Credential credential;
  credential.arm = std::move(arm);
  return credential;
}

ProviderSettings Named(const char* name) {
  ProviderSettings settings;
  settings.name = ProviderName(name);
  return settings;
}

Sample AnonymousSample(ProviderTestWorld*) {
  Sample sample;
  sample.settings = Named("anonymous");
  sample.good = [] { return Of(AnonymousCredential()); };
  return sample;
}

Sample EmailPasswordSample(ProviderTestWorld* world) {
  Sample sample;
  sample.settings = Named("email_password");
  sample.settings.arm = EmailPasswordSettings();
  EXPECT_THAT(world->passwords.Register(world->app, sample.settings.name,
                                        "a@example.org", Secret(kPassword),
                                        true, world->ctx()),
              IsOk());
  const auto with = [](const char* email, const char* password) {
    return [=] { return Of(EmailPasswordCredential{email, Secret(password)}); };
  };
  sample.good = with("a@example.org", kPassword);
  sample.wrong = with("a@example.org", "wrong-horse-battery");
  sample.unknown = with("b@example.org", kPassword);
  sample.secrets = {kPassword, "wrong-horse-battery"};
  return sample;
}

Sample ApiKeySample(ProviderTestWorld* world) {
  Sample sample;
  sample.settings = Named("api_key");
  sample.settings.arm = ApiKeySettings();
  ApiKeyService service({}, world->store.get(), &world->clock, &world->random);
  const auto key = service.CreateServerKey(world->app, "batch");
  EXPECT_THAT(key, IsOk());
  const std::string text(key->key.RevealSecret());
  std::string wrong = text;
  wrong[40] = wrong[40] == 'A' ? 'B' : 'A';
  const std::string unknown =
      absl::StrCat("lk_000000000000000000000000", text.substr(27));
  const auto with = [](const std::string& one) {
    return [=] { return Of(ApiKeyCredential{Secret(one)}); };
  };
  sample.good = with(text);
  sample.wrong = with(wrong);
  sample.unknown = with(unknown);
  sample.secrets = {text.substr(28), wrong.substr(28)};
  return sample;
}

Sample CustomJwtSample(ProviderTestWorld*) {
  Sample sample;
  sample.settings = Named("custom_jwt");
  CustomJwtSettings jwt;
  jwt.signing_keys.push_back({"one", Secret(kSigningKey)});
  sample.settings.arm = std::move(jwt);
  const auto with = [](const std::string& token) {
    return [=] { return Of(CustomJwtCredential{Secret(token)}); };
  };
  const std::string good = Hs256Token(kClaims, kSigningKey);
  const std::string wrong = Hs256Token(kClaims, std::string(32, 'w'));
  const std::string unknown = Hs256Token(
      absl::StrCat(R"({"iss":"nobody",)", &kClaims[1]), std::string(32, 'u'));
  sample.good = with(good);
  sample.wrong = with(wrong);
  sample.unknown = with(unknown);
  sample.secrets = {kSigningKey, good, wrong, unknown};
  return sample;
}

Sample FunctionSample(ProviderTestWorld*) {
  InProcessAuthFunctions::Global()->Register(
      "conformance",
      [](absl::string_view payload,
         const CallContext&) -> absl::StatusOr<AuthFunctionResult> {
        if (absl::StrContains(payload, "good-ticket")) {
          return AuthFunctionResult{"u-1", "", "{}"};
        }
        return Error(Reason::kCredentialRejected, "no such ticket");
      });
  Sample sample;
  sample.settings = Named("function");
  FunctionSettings function;
  function.in_process = "conformance";
  sample.settings.arm = function;
  const auto with = [](const char* payload) {
    return [=] { return Of(FunctionCredential{payload}); };
  };
  sample.good = with(R"({"ticket":"good-ticket"})");
  sample.wrong = with(R"({"ticket":"wrong-ticket"})");
  sample.unknown = with(R"({"user":"nobody"})");
  sample.secrets = {"good-ticket", "wrong-ticket"};
  return sample;
}

Sample OidcSample(ProviderTestWorld* world) {
  const TestIssuer issuer("https://issuer.example");
  world->fetcher.Serve(
      "https://issuer.example/.well-known/openid-configuration",
      R"({"issuer":"https://issuer.example",)"
      R"("jwks_uri":"https://issuer.example/keys"})");
  world->fetcher.Serve("https://issuer.example/keys", issuer.Jwks());
  Sample sample;
  sample.settings = Named("corp");
  OidcSettings oidc;
  oidc.issuer = oidc.key_source.issuer = issuer.issuer();
  oidc.audience = "api://default";
  oidc.auth_name_prefix = "corp";
  oidc.client_id = "client";
  oidc.use_authorization_claim = false;
  oidc.algorithms = {Algorithm::kEs256};
  sample.settings.arm = oidc;
  const auto with = [](const std::string& token) {
    return [=] { return Of(OidcCredential{Secret(token)}); };
  };
  json::Value claims =
      issuer.Claims("ann", oidc.audience, world->clock.TimeNow());
  const std::string good = issuer.Token(claims);
  std::string wrong = good;
  wrong[wrong.size() - 9] = wrong[wrong.size() - 9] == 'A' ? 'B' : 'A';
  claims.Set("iss", "https://nobody.example");
  const std::string unknown = issuer.Token(claims);
  sample.good = with(good);
  sample.wrong = with(wrong);
  sample.unknown = with(unknown);
  sample.secrets = {good, wrong, unknown};
  return sample;
}

const char kSocialKeys[] = "https://social.example/keys";

// One social login by ID token: `with` makes the credential of one.
template <typename Settings>
Sample SocialSample(ProviderTestWorld* world, const char* name,
                    std::function<Credential(const std::string&)> with) {
  const TestIssuer issuer("https://social.example");
  const TestIssuer forger("https://social.example",
                          NewTestKey(Algorithm::kEs256, issuer.key().kid()));
  world->fetcher.Serve(kSocialKeys, issuer.Jwks());
  Sample sample;
  sample.settings = Named(name);
  Settings settings;
  settings.social.client_ids = {"ours"};
  settings.social.issuers = {issuer.issuer()};
  settings.social.key_source.jwks_uri = kSocialKeys;
  sample.settings.arm = std::move(settings);
  const absl::Time now = world->clock.TimeNow();
  const std::string good = issuer.Token(issuer.Claims("u", "ours", now));
  const std::string wrong = forger.Token(issuer.Claims("u", "ours", now));
  const std::string unknown = issuer.Token(issuer.Claims("u", "theirs", now));
  sample.good = [=] { return with(good); };
  sample.wrong = [=] { return with(wrong); };
  sample.unknown = [=] { return with(unknown); };
  sample.secrets = {good, wrong, unknown};
  return sample;
}

template <typename Arm>
Credential OfIdToken(const std::string& token) {
  Arm arm;
  arm.id_token = Secret(token);
  return Of(std::move(arm));
}

std::optional<Sample> SampleOf(ProviderKind kind, ProviderTestWorld* world) {
  switch (kind) {
    case ProviderKind::kAnonymous:
      return AnonymousSample(world);
    case ProviderKind::kEmailPassword:
      return EmailPasswordSample(world);
    case ProviderKind::kApiKey:
      return ApiKeySample(world);
    case ProviderKind::kCustomJwt:
      return CustomJwtSample(world);
    case ProviderKind::kFunction:
      return FunctionSample(world);
    case ProviderKind::kOidc:
      return OidcSample(world);
    case ProviderKind::kGoogle:
      return SocialSample<GoogleSettings>(world, "google",
                                          &OfIdToken<GoogleCredential>);
    case ProviderKind::kApple:
      return SocialSample<AppleSettings>(world, "apple",
                                         &OfIdToken<AppleCredential>);
    case ProviderKind::kFacebook:
      return SocialSample<FacebookSettings>(world, "facebook",
                                            &OfIdToken<FacebookCredential>);
    default:
      return std::nullopt;
  }
}

absl::Mutex log_mu;
std::string logged;  // guarded by log_mu

void CaptureLog(const std::string& line) {
  absl::MutexLock lock(&log_mu);
  absl::StrAppend(&logged, line, "\n");
}

class ProviderConformanceTest : public testing::TestWithParam<ProviderKind> {
 protected:
  void SetUp() override {
    SetLogSinkForTest(&CaptureLog);
    SetLogLevel(LogLevel::kDebug);
    std::optional<Sample> sample = SampleOf(GetParam(), &world_);
    ASSERT_TRUE(sample.has_value()) << "no Sample for this kind";
    name_ = sample->settings.name;
    good_ = sample->good;
    wrong_ = sample->wrong;
    unknown_ = sample->unknown;
    secrets_ = sample->secrets;
    auto made = world_.Make(std::move(sample->settings));
    ASSERT_THAT(made, IsOk());
    registry_ = *std::move(made);
  }
  void TearDown() override {
    SetLogSinkForTest(nullptr);
    SetLogLevel(LogLevel::kInfo);
    absl::MutexLock lock(&log_mu);
    for (const std::string& secret : secrets_) {
      EXPECT_THAT(logged, testing::Not(testing::HasSubstr(secret)));
    }
    logged.clear();
  }
  Provider* provider() { return registry_.providers().at(0).get(); }
  absl::StatusOr<ProvenIdentity> Login(const Credential& credential) {
    absl::StatusOr<ProvenIdentity> identity =
        provider()->Authenticate(credential, world_.ctx());
    // Details go to the log: they must hold no secret either.
    CaptureLog(std::string(identity.status().message()));
    return identity;
  }

  ProviderTestWorld world_;
  ProviderRegistry registry_;
  ProviderName name_;
  std::function<Credential()> good_;
  std::function<Credential()> wrong_;
  std::function<Credential()> unknown_;
  std::vector<std::string> secrets_;
};

TEST_P(ProviderConformanceTest, ProvesACompleteIdentity) {
  EXPECT_EQ(provider()->kind(), GetParam());
  EXPECT_EQ(provider()->name(), name_);
  const auto identity = Login(good_());
  ASSERT_THAT(identity, IsOk());
  EXPECT_EQ(identity->kind, GetParam());
  EXPECT_EQ(identity->provider, name_);
  EXPECT_FALSE(identity->subject.empty());
  EXPECT_LE(identity->subject.size(), 255u);
  EXPECT_THAT(identity->data_json, testing::StartsWith("{"));
  EXPECT_THAT(identity->user_data_json, testing::StartsWith("{"));
}

TEST_P(ProviderConformanceTest, UnknownAndWrongGiveTheSameAnswer) {
  if (wrong_ == nullptr) GTEST_SKIP() << "accepts everybody";
  for (const auto& make : {wrong_, unknown_}) {
    const uint64_t hashes = world_.passwords.hashes_run();
    const auto identity = Login(make());
    EXPECT_THAT(identity, HasReason(Reason::kCredentialRejected));
    EXPECT_TRUE(GetFieldViolations(identity.status()).empty());
    EXPECT_EQ(world_.passwords.hashes_run() - hashes,
              GetParam() == ProviderKind::kEmailPassword ? 1u : 0u);
  }
}

TEST_P(ProviderConformanceTest, CancelledAndLateCallsReturn) {
  CallContext cancelled = world_.ctx();
  cancelled.cancelled = [] { return true; };
  EXPECT_THAT(provider()->Authenticate(good_(), cancelled),
              HasReason(Reason::kCancelled));
  CallContext late = world_.ctx();
  late.deadline = world_.clock.TimeNow();
  EXPECT_THAT(provider()->Authenticate(good_(), late),
              HasReason(Reason::kDeadlineExceeded));
}

TEST_P(ProviderConformanceTest, CredentialOfAnotherKindIsRefused) {
  const Credential other = GetParam() == ProviderKind::kAnonymous
                               ? Of(FacebookCredential())
                               : Of(AnonymousCredential());
  EXPECT_THAT(Login(other), HasReason(Reason::kInternal));
}

TEST_P(ProviderConformanceTest, ManyCallsAtOnce) {
  WorkQueue queue({"lk-test", 4, 64, 0});
  for (int i = 0; i < 32; ++i) {
    ASSERT_TRUE(queue.TrySubmit([this, i] {
      if (wrong_ == nullptr || i % 2 == 0) {
        EXPECT_THAT(Login(good_()), IsOk());
      } else {
        EXPECT_THAT(Login(i % 4 == 1 ? wrong_() : unknown_()),
                    HasReason(Reason::kCredentialRejected));
      }
    }));
  }
  EXPECT_TRUE(queue.Drain(absl::Seconds(60)));
}

std::vector<ProviderKind> WholeTable() {
  return {
#define LATCHKEY_PROVIDER(kind, factory) ProviderKind::kind,
#include "core/provider/providers.def"
#undef LATCHKEY_PROVIDER
  };
}

INSTANTIATE_TEST_SUITE_P(Table, ProviderConformanceTest,
                         testing::ValuesIn(WholeTable()), [](const auto& kind) {
                           return ProviderKindName(kind.param);
                         });

}  // namespace
}  // namespace latchkey
