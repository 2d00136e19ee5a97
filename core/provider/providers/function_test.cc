#include <stdexcept>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "core/base/reason.h"
#include "core/base/work_queue.h"
#include "core/provider/auth_function.h"
#include "core/provider/provider_registry.h"
#include "core/provider/provider_test_world.h"
#include "core/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

ProviderSettings InProcess(const char* function) {
  FunctionSettings settings;
  settings.in_process = function;
  settings.max_concurrency = 1;
  ProviderSettings provider;
  provider.name = ProviderName("legacy");
  provider.arm = settings;
  return provider;
}

Credential Payload(std::string json) {
  Credential credential;
  credential.arm = FunctionCredential{std::move(json)};
  return credential;
}

class FunctionTest : public testing::Test {
 protected:
  // Enable makes a provider that calls `function`.
  void Enable(InProcessAuthFunctions::Function function) {
    InProcessAuthFunctions::Global()->Register("fn", std::move(function));
    auto made = world_.Make(InProcess("fn"));
    ASSERT_THAT(made, IsOk());
    registry_ = *std::move(made);
  }
  void Answer(AuthFunctionResult result) {
    Enable([result](absl::string_view, const CallContext&) { return result; });
  }
  absl::StatusOr<ProvenIdentity> Login(std::string payload = "{}") {
    return registry_.providers().at(0)->Authenticate(
        Payload(std::move(payload)), world_.ctx());
  }

  ProviderTestWorld world_;
  ProviderRegistry registry_;
};

TEST_F(FunctionTest, ProvesWhatTheFunctionSays) {
  std::string seen;
  absl::Time deadline;
  Enable([&](absl::string_view payload, const CallContext& ctx) {
    seen = std::string(payload);
    deadline = ctx.deadline;
    return AuthFunctionResult{"u-1", "Jean", R"({"rank":7})"};
  });
  const auto identity = Login(R"({"token":"t"})");
  ASSERT_THAT(identity, IsOk());
  EXPECT_EQ(identity->subject, "u-1");
  EXPECT_EQ(identity->data_json, R"({"rank":7,"name":"Jean"})");
  EXPECT_EQ(identity->provider.value(), "legacy");
  EXPECT_EQ(identity->kind, ProviderKind::kFunction);
  EXPECT_EQ(seen, R"({"token":"t"})");
  EXPECT_EQ(deadline, world_.clock.TimeNow() + absl::Seconds(5));
}

TEST_F(FunctionTest, WrongAnswersAreFailedLogins) {
  const std::string longest(255, 'i');
  Answer({longest, "", "{}"});
  EXPECT_THAT(Login(), IsOk());
  const AuthFunctionResult wrong[] = {
      {"", "", "{}"},
      {longest + "i", "", "{}"},
      {"a\nb", "", "{}"},
      {"a\xff", "", "{}"},
      {"a", std::string(256, 'n'), "{}"},
      {"a", "n\x01", "{}"},
      {"a", "", ""},
      {"a", "", "[]"},
      {"a", "", "null"},
      {"a", "", "{\"a\":1,\"a\":2}"},
      {"a", "", absl::StrCat("{\"a\":\"", std::string(17000, 'x'), "\"}")},
  };
  for (const AuthFunctionResult& result : wrong) {
    Answer(result);
    EXPECT_THAT(Login(), HasReason(Reason::kCredentialRejected)) << result.id;
  }
}

TEST_F(FunctionTest, FailuresAndExceptionsAreFailedLogins) {
  Enable([](absl::string_view, const CallContext&) {
    return Error(Reason::kInternal, "database is gone");
  });
  const auto failed = Login();
  ASSERT_THAT(failed, HasReason(Reason::kCredentialRejected));
  EXPECT_THAT(std::string(failed.status().message()),
              testing::HasSubstr("database is gone"));
  Enable([](absl::string_view,
            const CallContext&) -> absl::StatusOr<AuthFunctionResult> {
    throw std::runtime_error(std::string(1000, 'w'));
  });
  const auto threw = Login();
  ASSERT_THAT(threw, HasReason(Reason::kCredentialRejected));
  EXPECT_LT(threw.status().message().size(), 300u);
  Enable([](absl::string_view,
            const CallContext&) -> absl::StatusOr<AuthFunctionResult> {
    throw 7;
  });
  EXPECT_THAT(Login(), HasReason(Reason::kCredentialRejected));
}

TEST_F(FunctionTest, LateAnswersDoNotCount) {
  Enable([this](absl::string_view, const CallContext&) {
    world_.clock.AdvanceTime(absl::Seconds(5));
    return AuthFunctionResult{"u-1", "", "{}"};
  });
  EXPECT_THAT(Login(), HasReason(Reason::kCredentialRejected));
  // The caller's own deadline says nothing about the credential.
  Enable([this](absl::string_view, const CallContext&) {
    world_.clock.AdvanceTime(absl::Seconds(10));
    return AuthFunctionResult{"u-1", "", "{}"};
  });
  EXPECT_THAT(Login(), HasReason(Reason::kDeadlineExceeded));
}

TEST_F(FunctionTest, PayloadIsBounded) {
  Answer({"u-1", "", "{}"});
  const std::string fits =
      absl::StrCat("{\"a\":\"", std::string(16 * 1024 - 8, 'x'), "\"}");
  ASSERT_EQ(fits.size(), 16u * 1024);
  EXPECT_THAT(Login(fits), IsOk());
  for (const std::string& payload :
       {fits + " ", std::string("[]"), std::string(), std::string("{")}) {
    const auto refused = Login(payload);
    ASSERT_THAT(refused, HasReason(Reason::kInvalidRequest));
    EXPECT_EQ(GetFieldViolations(refused.status()).at(0).field,
              "credential.function.payload");
  }
  EXPECT_THAT(GetFieldViolations(Login(fits + " ").status()).at(0).description,
              testing::HasSubstr("16384"));
}

TEST_F(FunctionTest, ConcurrencyIsBounded) {
  absl::Notification entered;
  absl::Notification leave;
  Enable([&](absl::string_view payload, const CallContext&) {
    if (payload != "{}") {
      entered.Notify();
      leave.WaitForNotification();
    }
    return AuthFunctionResult{"u-1", "", "{}"};
  });
  {
    WorkQueue queue({"lk-test", 1, 1, 0});
    ASSERT_TRUE(queue.TrySubmit(
        [this] { EXPECT_THAT(Login(R"({"wait":1})"), IsOk()); }));
    entered.WaitForNotification();
    EXPECT_THAT(Login(), HasReason(Reason::kOverloaded));
    leave.Notify();
  }
  EXPECT_THAT(Login(), IsOk());
}

TEST_F(FunctionTest, CallsOutWithNameAndApp) {
  world_.functions.function = [](absl::string_view, const CallContext&) {
    return AuthFunctionResult{"u-2", "", "{}"};
  };
  FunctionSettings settings;
  settings.target = "unix:///run/fn.sock";
  ProviderSettings provider;
  provider.name = ProviderName("legacy");
  provider.arm = settings;
  auto made = world_.Make(std::move(provider));
  ASSERT_THAT(made, IsOk());
  registry_ = *std::move(made);
  const auto identity = Login();
  ASSERT_THAT(identity, IsOk());
  EXPECT_EQ(identity->subject, "u-2");
  EXPECT_EQ(world_.functions.last_options.target, "unix:///run/fn.sock");
  EXPECT_EQ(world_.functions.last_options.app, "myapp-abcde");
  EXPECT_EQ(world_.functions.last_options.function_name, "legacy");
  EXPECT_EQ(world_.functions.last_options.max_response_bytes, 64u * 1024);
}

TEST_F(FunctionTest, SettingsAreChecked) {
  EXPECT_THAT(world_.Make(InProcess("nobody registered this")),
              HasReason(Reason::kInvalidRequest));
  EXPECT_THAT(world_.Make(InProcess("")), HasReason(Reason::kInvalidRequest));
}

}  // namespace
}  // namespace latchkey
