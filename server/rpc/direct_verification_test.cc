// Foreign JWTs and API keys in Verify and BatchVerify.
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "core/app/app.h"
#include "core/base/reason.h"
#include "core/base/work_queue.h"
#include "core/jwks/jwks_cache.h"
#include "core/store/store.h"
#include "core/testing/fake_fetcher.h"
#include "core/testing/jwt_fixture.h"
#include "core/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "latchkey/v1/user_admin_service.pb.h"
#include "latchkey/v1/user_api_key_service.pb.h"
#include "server/rpc/foreign_tokens.h"
#include "server/rpc/method_table.h"
#include "server/rpc/rpc_test_world.h"
#include "server/rpc/token_inspector.h"

namespace latchkey {
namespace {

constexpr char kApp[] = "myapp-abcde";
constexpr char kOtherSecret[] = "fedcba9876543210fedcba9876543210";

std::string KeysOf(const std::string& name) {
  return absl::StrCat("https://", name, ".example/keys");
}

ProviderSettings ByIssuer(const std::string& name) {
  CustomJwtSettings jwt;
  jwt.key_source = KeySourceSpec();
  jwt.key_source->jwks_uri = KeysOf(name);
  jwt.algorithms = {Algorithm::kEs256};
  ProviderSettings settings;
  settings.name = ProviderName(name);
  settings.arm = std::move(jwt);
  return settings;
}

ProviderSettings BySecret(const std::string& name, const char* secret) {
  CustomJwtSettings jwt;
  jwt.signing_keys.push_back({"secret", Secret(secret)});
  jwt.algorithms = {Algorithm::kHs256};
  ProviderSettings settings;
  settings.name = ProviderName(name);
  settings.arm = std::move(jwt);
  return settings;
}

template <typename... Settings>
std::vector<ProviderSettings> List(Settings... settings) {
  std::vector<ProviderSettings> list;
  (list.push_back(std::move(settings)), ...);
  return list;
}

// A store of users that cannot be reached.
class LostStore final : public Store, public UserStore {
 public:
  explicit LostStore(Store* base) : base_(base) {}
  UserStore* users() override { return this; }
  SessionStore* sessions() override { return base_->sessions(); }
  PasswordStore* passwords() override { return base_->passwords(); }
  ApiKeyStore* api_keys() override { return base_->api_keys(); }
  KeyStore* keys() override { return base_->keys(); }
  OneTimeTokenStore* one_time_tokens() override {
    return base_->one_time_tokens();
  }
  EventStore* events() override { return base_->events(); }
  absl::Status UpdatePasswordByToken(const PasswordRecord&,
                                     absl::string_view) override {
    return Lost();
  }
  absl::Status UpdateAndRemovePassword(const UserRecord&,
                                       absl::string_view) override {
    return Lost();
  }
  absl::Status RecordLogin(const UserRecord&, const SessionRecord&) override {
    return Lost();
  }
  absl::Status Healthy() override { return Lost(); }

  absl::StatusOr<UserRecord> Find(const AppId&, const UserId&) override {
    return Lost();
  }
  absl::StatusOr<UserRecord> FindByIdentity(const AppId&, const ProviderName&,
                                            absl::string_view) override {
    return Lost();
  }
  absl::Status Insert(const UserRecord&) override { return Lost(); }
  absl::Status CompareAndUpdate(const UserRecord&) override { return Lost(); }
  absl::StatusOr<std::vector<UserId>> RemoveUnchanged(
      absl::Span<const UserRecord>) override {
    return Lost();
  }
  absl::Status Remove(const AppId&, const UserId&) override { return Lost(); }
  absl::StatusOr<std::vector<UserRecord>> List(const AppId&, const UserFilter&,
                                               const UserId&, size_t) override {
    return Lost();
  }

 private:
  static absl::Status Lost() { return Error(Reason::kStoreUnavailable, ""); }
  Store* const base_;
};

// A provider that counts its checks: without keys at first, if it is to wait,
// and with `answer` ever after.
class CountingProvider final : public Provider, public DirectVerifier {
 public:
  CountingProvider(const void* keys, absl::Status answer, bool waits = false)
      : keys_(keys), answer_(std::move(answer)), waits_(waits) {}
  const ProviderName& name() const override { return name_; }
  ProviderKind kind() const override { return ProviderKind::kCustomJwt; }
  absl::StatusOr<ProvenIdentity> Authenticate(const Credential&,
                                              const CallContext&) override {
    return Error(Reason::kInternal, "nobody logs in here");
  }
  DirectVerifier* direct_verifier() override { return this; }
  const void* key_set() const override { return keys_; }
  std::optional<absl::StatusOr<DirectPrincipal>> VerifyDirectly(
      absl::string_view, const CallContext&, bool may_wait) override {
    if (waits_ && !may_wait) return std::nullopt;
    ++checks;
    if (answer_.ok()) return DirectPrincipal();
    return answer_;
  }

  int checks = 0;

 private:
  const ProviderName name_{"counting"};
  const void* const keys_;
  const absl::Status answer_;
  const bool waits_;
};

// Many providers of one issuer cost one check of a bad token, not one each.
TEST(AskInTurnTest, EachSetOfKeysIsTriedOnce) {
  const int one = 0;
  const int other = 0;
  const absl::Status wrong = Error(Reason::kTokenSignatureInvalid, "wrong");
  const CallContext ctx;
  CountingProvider first(&one, wrong);
  CountingProvider same(&one, wrong);
  CountingProvider late(&one, wrong, /*waits=*/true);
  CountingProvider second(&other, wrong, /*waits=*/true);
  CountingProvider third(&other, wrong, /*waits=*/true);
  const auto answer = AskInTurn({&first, &same, &late, &second, &third}, "t",
                                ctx, Clock::RealClock());
  EXPECT_THAT(*answer, HasReason(Reason::kTokenSignatureInvalid));
  EXPECT_EQ(first.checks, 1);
  EXPECT_EQ(same.checks, 0);
  EXPECT_EQ(late.checks, 0);
  // They fetch side by side before anybody waits, and so are asked twice.
  EXPECT_EQ(second.checks, 2);
  EXPECT_EQ(third.checks, 1);

  // A good signature under another rule is for the next one to look at.
  CountingProvider elsewhere(
      &one, Error(Reason::kTokenIssuerMismatch, "another issuer"));
  CountingProvider good(&one, absl::OkStatus());
  EXPECT_THAT(*AskInTurn({&elsewhere, &good}, "t", ctx, nullptr), IsOk());
  // And wrong keys say nothing of others.
  CountingProvider others(&other, absl::OkStatus());
  EXPECT_THAT(*AskInTurn({&first, &others}, "t", ctx, nullptr), IsOk());
}

class DirectVerificationTest : public ::testing::Test {
 protected:
  // Serve makes the app one with these providers, all verified directly.
  void Serve(std::vector<ProviderSettings> providers) {
    AppSettings app;
    app.id = AppId(kApp);
    app.direct_api_keys = true;
    for (const ProviderSettings& provider : providers) {
      app.direct_custom_jwt.push_back(provider.name);
    }
    app.providers = std::move(providers);
    ProviderDeps deps;
    deps.clock = &world_.base.clock;
    deps.random = &world_.base.random;
    deps.jwks = &jwks_;
    deps.store = world_.base.store.get();
    std::vector<AppSettings> settings;
    settings.push_back(std::move(app));
    const auto table = BuildAppTable(settings, deps);
    ASSERT_THAT(table, IsOk());
    world_.apps.Set(*table);
  }

  std::string TokenOf(const TestIssuer& issuer) {
    return issuer.Token(
        issuer.Claims("24601", kApp, world_.base.clock.TimeNow()));
  }
  std::string BySecretToken(const char* secret, absl::Duration life) {
    const int64_t exp = absl::ToUnixSeconds(world_.base.clock.TimeNow() + life);
    return Hs256Token(absl::StrCat(R"({"sub":"24601","aud":")", kApp,
                                   R"(","exp":)", exp, "}"),
                      secret);
  }
  absl::StatusOr<v1::VerifyResponse> Ask(const std::string& token,
                                         const std::string& audience = "") {
    v1::VerifyRequest request;
    request.set_token(token);
    request.set_app(kApp);
    if (!audience.empty()) request.add_audience(audience);
    return world_.Call<v1::VerifyResponse>("AuthService/Verify", request);
  }
  v1::Reason ReasonOf(const std::string& token,
                      const std::string& audience = "") {
    const auto answer = Ask(token, audience);
    EXPECT_THAT(answer, IsOk());
    return answer.ok() ? answer->reason() : v1::REASON_INTERNAL;
  }
  std::string NewApiKey(const v1::Session& owner) {
    v1::CreateApiKeyRequest request;
    request.set_name("ci");
    const auto created = world_.Call<v1::CreateApiKeyResponse>(
        "UserApiKeyService/CreateApiKey", request, owner.access_token());
    EXPECT_THAT(created, IsOk());
    return created.ok() ? created->key() : "";
  }
  void Disable(const std::string& user) {
    v1::DisableUserRequest request;
    request.set_app(kApp);
    request.set_user_id(user);
    EXPECT_THAT(world_.Call<v1::DisableUserResponse>(
                    "UserAdminService/DisableUser", request, kTestAdminKey),
                IsOk());
  }

  RpcTestWorld world_;
  FakeFetcher fetcher_;
  JwksCache jwks_{JwksCacheOptions(), &fetcher_, &world_.base.clock,
                  &world_.base.random};
  const TestIssuer near_{"https://near.example"};
  const TestIssuer far_{"https://far.example"};
};

// The first call waits for the fetch, the next are answered at once because of
// the cooldown.
TEST_F(DirectVerificationTest, AnOutageIsAnErrorEachTime) {
  Serve(List(ByIssuer("far")));
  for (int i = 0; i < 3; ++i) {
    EXPECT_THAT(Ask(TokenOf(far_)), HasReason(Reason::kIssuerUnavailable));
  }
}

TEST_F(DirectVerificationTest, AnOutageTellsWhenToComeAgain) {
  Serve(List(ByIssuer("far")));
  for (int i = 0; i < 2; ++i) {
    EXPECT_NE(GetRetryAfter(Ask(TokenOf(far_)).status()), std::nullopt);
  }
}

TEST_F(DirectVerificationTest, InABatchAnOutageIsTheTokensReason) {
  Serve(List(ByIssuer("far"), BySecret("jwt", kTestJwtSecret)));
  v1::BatchVerifyRequest request;
  request.set_app(kApp);
  request.add_tokens(TokenOf(far_));
  request.add_tokens(BySecretToken(kTestJwtSecret, absl::Minutes(1)));
  for (int i = 0; i < 2; ++i) {
    const auto answer = world_.Call<v1::BatchVerifyResponse>(
        "AuthService/BatchVerify", request);
    ASSERT_THAT(answer, IsOk());
    EXPECT_EQ(answer->results(0).reason(), v1::REASON_ISSUER_UNAVAILABLE);
    EXPECT_FALSE(answer->results(0).has_principal());
    EXPECT_TRUE(answer->results(1).active());
  }
}

TEST_F(DirectVerificationTest, AHangingIssuerEndsNoBatch) {
  fetcher_.Answer(KeysOf("near"), near_.Jwks());
  fetcher_.Hold(KeysOf("far"));
  Serve(List(ByIssuer("far"), ByIssuer("near")));
  jwks_.Refresh(KeysOf("near"), absl::InfiniteFuture());
  v1::BatchVerifyRequest request;
  request.set_app(kApp);
  for (int i = 0; i < 20; ++i) request.add_tokens(TokenOf(far_));
  request.add_tokens("bad");
  request.add_tokens(TokenOf(near_));
  RpcContext context = world_.Context("");
  context.call.started = world_.base.clock.TimeNow();
  context.call.deadline = context.call.started + absl::Seconds(5);
  const Method* row = world_.table.Find("/latchkey.v1.AuthService/BatchVerify");
  v1::BatchVerifyResponse response;
  absl::Status status;
  absl::Notification done;
  WorkQueue lane({.name = "lk-test", .threads = 1});
  ASSERT_TRUE(lane.TrySubmit([&] {
    status = row->handle(request, context, &response);
    done.Notify();
  }));
  // The schedulers of both key caches, and the batch.
  world_.base.clock.WaitForWaiters(3);
  world_.base.clock.AdvanceTime(absl::Milliseconds(2600));
  EXPECT_TRUE(done.WaitForNotificationWithTimeout(absl::Seconds(20)));
  world_.base.clock.AdvanceTime(absl::Seconds(10));
  done.WaitForNotification();
  fetcher_.Release(KeysOf("far"));
  ASSERT_THAT(status, IsOk());
  ASSERT_EQ(response.results_size(), 22);
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(response.results(i).reason(), v1::REASON_ISSUER_UNAVAILABLE);
  }
  EXPECT_EQ(response.results(20).reason(), v1::REASON_TOKEN_MALFORMED);
  EXPECT_TRUE(response.results(21).active());
}

TEST_F(DirectVerificationTest, WhoseKeyItIsDecides) {
  Serve(List(BySecret("one", kTestJwtSecret), BySecret("two", kOtherSecret),
             ByIssuer("near")));
  fetcher_.Answer(KeysOf("near"), near_.Jwks());
  jwks_.Refresh("", absl::InfiniteFuture());
  EXPECT_EQ(ReasonOf(BySecretToken(kTestJwtSecret, -absl::Minutes(1))),
            v1::REASON_TOKEN_EXPIRED);
  // The first one's key does not fit, which says nothing of the second one's.
  const auto second = Ask(BySecretToken(kOtherSecret, absl::Minutes(1)));
  ASSERT_THAT(second, IsOk());
  EXPECT_EQ(second->principal().provider(), "two");
  EXPECT_EQ(ReasonOf(BySecretToken("another secret of 32 characters.",
                                   absl::Minutes(1))),
            v1::REASON_TOKEN_SIGNATURE_INVALID);
  EXPECT_EQ(ReasonOf(TokenOf(far_)), v1::REASON_TOKEN_KEY_UNKNOWN);
}

TEST_F(DirectVerificationTest, WhoComesAfterWhoDecidedIsNotAsked) {
  ProviderSettings strict = BySecret("strict", kTestJwtSecret);
  std::get<CustomJwtSettings>(strict.arm).audience = {"elsewhere"};
  Serve(List(std::move(strict), BySecret("lax", kTestJwtSecret)));
  EXPECT_EQ(ReasonOf(BySecretToken(kTestJwtSecret, absl::Minutes(1))),
            v1::REASON_TOKEN_AUDIENCE_MISMATCH);
}

TEST_F(DirectVerificationTest, NobodyIsActiveWhileTheStoreIsLost) {
  LostStore lost(world_.base.store.get());
  const TokenInspector inspector({&world_.apps, &lost, &world_.api_keys,
                                  &world_.base.access_tokens, &world_.metrics,
                                  &world_.base.clock});
  const google::protobuf::RepeatedPtrField<std::string> audience;
  for (const std::string& token :
       {world_.ForeignToken("24601"),
        NewApiKey(world_.LogInByEmail("key@example.com"))}) {
    v1::VerifyResponse out;
    EXPECT_THAT(
        inspector.Inspect({token, kApp, &audience}, world_.Context(""), &out),
        HasReason(Reason::kStoreUnavailable));
    EXPECT_FALSE(out.active());
    EXPECT_FALSE(out.has_principal());
  }
}

TEST_F(DirectVerificationTest, WhoCannotJudgeOutranksWhoDoesNotKnow) {
  Serve(List(ByIssuer("far"), BySecret("jwt", kTestJwtSecret)));
  EXPECT_THAT(Ask(TokenOf(far_)), HasReason(Reason::kIssuerUnavailable));
  const auto good = Ask(BySecretToken(kTestJwtSecret, absl::Minutes(1)));
  ASSERT_THAT(good, IsOk());
  EXPECT_TRUE(good->active());
}

TEST_F(DirectVerificationTest, ForeignTokensLeadToTheirUser) {
  const std::string token = world_.ForeignToken("24601");
  EXPECT_EQ(world_.Verify(token, kApp).principal().user_id(), "");
  v1::LoginRequest login;
  login.set_app(kApp);
  login.mutable_credential()->mutable_custom_jwt()->set_token(token);
  const auto session =
      world_.Call<v1::LoginResponse>("AuthService/Login", login);
  ASSERT_THAT(session, IsOk());
  const std::string user = session->session().user().id();
  const v1::VerifyResponse known = world_.Verify(token, kApp);
  EXPECT_TRUE(known.active());
  EXPECT_EQ(known.principal().user_id(), user);
  EXPECT_EQ(known.principal().subject(), "24601");

  Disable(user);
  const v1::VerifyResponse disabled = world_.Verify(token, kApp);
  EXPECT_FALSE(disabled.active());
  EXPECT_FALSE(disabled.has_principal());
  EXPECT_EQ(disabled.reason(), v1::REASON_USER_DISABLED);
}

// What needs the store only does not queue behind what waits for issuers.
TEST_F(DirectVerificationTest, OnlyUnknownKeysGoToTheRemoteLane) {
  fetcher_.Fail(KeysOf("far"), absl::UnavailableError("down"));
  fetcher_.Hold(KeysOf("far"));
  Serve(List(ByIssuer("far"), BySecret("jwt", kTestJwtSecret)));
  const Method* row = world_.table.Find("/latchkey.v1.AuthService/Verify");
  const auto lane = [&](const std::string& token) {
    v1::VerifyRequest request;
    request.set_app(kApp);
    request.set_token(token);
    v1::VerifyResponse response;
    EXPECT_EQ(row->try_inline(request, world_.Context(""), &response),
              std::nullopt);
    EXPECT_FALSE(response.active());
    return row->lane(request, response);
  };
  EXPECT_EQ(lane(TokenOf(far_)), Lane::kRemote);
  EXPECT_EQ(lane(BySecretToken(kTestJwtSecret, absl::Minutes(1))),
            Lane::kStore);
  EXPECT_EQ(lane("lk_"), Lane::kStore);
  fetcher_.Release(KeysOf("far"));
}

TEST_F(DirectVerificationTest, ApiKeysAnswerToTheirAppOnly) {
  const std::string key = NewApiKey(world_.LogInByEmail("key@example.com"));
  EXPECT_EQ(ReasonOf(key, "elsewhere"), v1::REASON_TOKEN_AUDIENCE_MISMATCH);
  const auto fits = Ask(key, kApp);
  ASSERT_THAT(fits, IsOk());
  EXPECT_TRUE(fits->active());
}

TEST_F(DirectVerificationTest, ApiKeysAreFoundWithoutTheApp) {
  const v1::Session owner = world_.LogInByEmail("key@example.com");
  std::string key = NewApiKey(owner);
  const v1::VerifyResponse found = world_.Verify(key);
  EXPECT_TRUE(found.active());
  EXPECT_EQ(found.principal().app(), kApp);
  EXPECT_EQ(found.principal().user_id(), owner.user().id());
  std::string wrong = key;
  wrong[wrong.size() - 2] = wrong[wrong.size() - 2] == 'A' ? 'B' : 'A';
  EXPECT_EQ(world_.Verify(wrong).reason(), v1::REASON_CREDENTIAL_REJECTED);
  EXPECT_EQ(world_.Verify("lk_").reason(), v1::REASON_CREDENTIAL_REJECTED);
  Disable(owner.user().id());
  EXPECT_EQ(world_.Verify(key).reason(), v1::REASON_USER_DISABLED);
}

// Nobody takes the key's word for which app accepts it.
TEST_F(DirectVerificationTest, ApiKeysOfAppsThatTakeNoneAreRejected) {
  const std::string key = NewApiKey(world_.LogInByEmail("key@example.com"));
  auto other = std::make_shared<App>();
  other->id = AppId("other");
  other->direct_api_keys = true;
  std::vector<std::shared_ptr<const App>> apps;
  apps.push_back(std::move(other));
  world_.apps.Set(std::make_shared<const AppTable>(std::move(apps)));
  EXPECT_EQ(world_.Verify(key).reason(), v1::REASON_CREDENTIAL_REJECTED);
}

TEST_F(DirectVerificationTest, LoginTakesTokensAsLongAsSettingsAllow) {
  ProviderSettings provider = BySecret("jwt", kTestJwtSecret);
  std::get<CustomJwtSettings>(provider.arm).max_token_bytes = 200'000;
  Serve(List(std::move(provider)));
  const int64_t exp =
      absl::ToUnixSeconds(world_.base.clock.TimeNow() + absl::Minutes(1));
  v1::LoginRequest login;
  login.set_app(kApp);
  auto* arm = login.mutable_credential()->mutable_custom_jwt();
  arm->set_token(Hs256Token(
      absl::StrCat(R"({"sub":"1","aud":")", kApp, R"(","exp":)", exp,
                   R"(,"pad":")", std::string(100'000, 'x'), R"("})"),
      kTestJwtSecret));
  EXPECT_THAT(world_.Call<v1::LoginResponse>("AuthService/Login", login),
              IsOk());
  arm->set_token(std::string(1'000'001, 'x'));
  EXPECT_THAT(world_.Call<v1::LoginResponse>("AuthService/Login", login),
              HasReason(Reason::kInvalidRequest));
}

}  // namespace
}  // namespace latchkey
