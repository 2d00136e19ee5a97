// Which error clients are told (app-services.md §3).
#include "server/app_services/error_table.h"

#include <string>

#include "absl/strings/match.h"
#include "core/base/reason.h"
#include "gtest/gtest.h"
#include "server/app_services/app_services_test_world.h"

namespace latchkey {
namespace {

constexpr Situation kSituations[] = {
    Situation::kRequest,      Situation::kLogin,        Situation::kLink,
    Situation::kAccess,       Situation::kRefresh,      Situation::kRegister,
    Situation::kConfirm,      Situation::kConfirmAgain, Situation::kReset,
    Situation::kResetRequest, Situation::kApiKey,       Situation::kVerify};
constexpr const char* kProviders[] = {"anon-user",       "local-userpass",
                                      "api-key",         "custom-token",
                                      "custom-function", "oauth2-google"};

ClientError Error(Situation situation, Reason reason,
                  const char* provider = "local-userpass") {
  Exchange exchange;
  exchange.situation = situation;
  exchange.provider = provider;
  exchange.email = "a@b.example";
  return ErrorFor(exchange, latchkey::Error(reason, "secret detail"));
}

std::string Tell(Situation situation, Reason reason,
                 const char* provider = "local-userpass") {
  Exchange exchange;
  exchange.base_url = "https://login.example";
  return Told(ErrorReply(exchange, Error(situation, reason, provider)));
}

// The two rules of the header, for every reason there is.
TEST(ErrorTableTest, RulesHoldForEveryReason) {
  for (const Reason reason : AllReasons()) {
    for (const char* provider : kProviders) {
      const ClientError link = Error(Situation::kLink, reason, provider);
      EXPECT_NE(link.text, "unauthorized") << reason;
      if (link.code == "InvalidSession") {
        EXPECT_TRUE(reason == Reason::kSessionRevoked ||
                    reason == Reason::kSessionExpired ||
                    reason == Reason::kUserNotFound)
            << reason;
      }
    }
    for (const Situation situation : kSituations) {
      const ClientError error = Error(situation, reason);
      EXPECT_GE(error.status, 400) << reason;
      EXPECT_FALSE(error.text.empty()) << reason;
      EXPECT_FALSE(absl::StrContains(error.text, "secret")) << reason;
    }
    for (const Situation situation :
         {Situation::kRegister, Situation::kConfirm, Situation::kConfirmAgain,
          Situation::kReset, Situation::kResetRequest}) {
      EXPECT_NE(Error(situation, reason).status, 401) << reason;
    }
  }
}

// A 401 logs users out: nothing that may pass is one.
TEST(ErrorTableTest, TroubleOfOursEndsNoSession) {
  for (const Situation situation : kSituations) {
    for (const Reason reason :
         {Reason::kThrottled, Reason::kOverloaded, Reason::kStoreUnavailable,
          Reason::kIssuerUnavailable, Reason::kDeadlineExceeded,
          Reason::kCancelled, Reason::kInternal, Reason::kProviderNotEnabled,
          Reason::kConflict}) {
      EXPECT_NE(Error(situation, reason).status, 401) << reason;
    }
  }
  EXPECT_EQ(Tell(Situation::kRefresh, Reason::kInternal),
            "500 InternalServerError: error processing request");
  EXPECT_EQ(Tell(Situation::kRefresh, Reason::kStoreUnavailable),
            "503 InternalServerError: error processing request");
  EXPECT_EQ(Tell(Situation::kLogin, Reason::kOverloaded),
            "429 : too many requests");
  EXPECT_EQ(Tell(Situation::kLogin, Reason::kDeadlineExceeded),
            "504 InternalServerError: error processing request");
}

TEST(ErrorTableTest, WhatMailsAndFunctionsSay) {
  EXPECT_EQ(Tell(Situation::kConfirm, Reason::kCredentialRejected),
            "400 UserpassTokenInvalid: userpass token is expired or invalid");
  EXPECT_EQ(Tell(Situation::kReset, Reason::kCredentialRejected),
            "400 UserpassTokenInvalid: userpass token is expired or invalid");
  EXPECT_EQ(Tell(Situation::kRegister, Reason::kCredentialRejected),
            "400 BadRequest: failed to confirm user \"a@b.example\"");
  EXPECT_EQ(Tell(Situation::kConfirmAgain, Reason::kCredentialRejected),
            "400 BadRequest: failed to confirm user \"a@b.example\"");
  EXPECT_EQ(Tell(Situation::kResetRequest, Reason::kCredentialRejected),
            "400 : failed to reset password for user \"a@b.example\"");
  EXPECT_EQ(Tell(Situation::kReset, Reason::kUnimplemented),
            "400 BadRequest: not available in this app");
}

TEST(ErrorTableTest, WhatIsInvalidHasItsName) {
  Exchange exchange;
  const auto told = [&](const char* field) {
    return ErrorFor(exchange, InvalidField(field, "is wrong")).text;
  };
  for (const Situation situation :
       {Situation::kRegister, Situation::kConfirmAgain,
        Situation::kResetRequest}) {
    exchange.situation = situation;
    EXPECT_EQ(told("email"), "email invalid");
    EXPECT_EQ(told("arguments"), "arguments: is wrong");
  }
}

// Details are logged.
TEST(ErrorTableTest, ARefusalsDetailRepeatsNothing) {
  Exchange exchange;
  const absl::Status status = exchange.Refuse(
      {400, "BadRequest", "a@b.example is wrong"}, Reason::kInvalidRequest);
  EXPECT_FALSE(absl::StrContains(status.message(), "a@b.example"));
  EXPECT_EQ(ErrorFor(exchange, status).text, "a@b.example is wrong");
}

TEST(ErrorTableTest, LoginsThatFailElsewhere) {
  EXPECT_EQ(Tell(Situation::kLogin, Reason::kOutboundRejected, "oauth2-google"),
            "401 AuthError: unauthorized");
  EXPECT_EQ(Tell(Situation::kLogin, Reason::kIssuerUnavailable, "custom-token"),
            "503 InternalServerError: error processing request");
  EXPECT_EQ(Tell(Situation::kLink, Reason::kLimitReached),
            "400 BadRequest: unauthorized: the user has too many identities");
}

}  // namespace
}  // namespace latchkey
