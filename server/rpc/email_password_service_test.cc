// Registration, confirmation and reset in every mode.
#include <atomic>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "core/base/reason.h"
#include "core/mail/fake_mail_sender.h"
#include "core/provider/auth_function.h"
#include "core/provider/provider_settings.h"
#include "core/session/session_test_world.h"
#include "core/store/store.h"
#include "core/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "latchkey/v1/auth_service.pb.h"
#include "latchkey/v1/email_password_service.pb.h"
#include "latchkey/v1/user_admin_service.pb.h"
#include "server/rpc/rpc_test_world.h"

namespace latchkey {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using Confirmation = EmailPasswordSettings::Confirmation;
using ResetMode = EmailPasswordSettings::Reset;

constexpr char kApp[] = "myapp-abcde";
constexpr char kAnn[] = "ann@example.com";
constexpr char kOld[] = "correct horse";
constexpr char kNew[] = "battery staple";

// What a mail's link or a function was given.
struct Token {
  std::string id;
  std::string text;
};

EmailPasswordSettings ByMail() {
  EmailPasswordSettings email;
  email.confirmation = Confirmation::kMail;
  email.confirmation_url = "https://app.example/confirm";
  email.confirmation_mail =
      std::make_shared<MailTemplate>(DefaultConfirmationMail());
  email.reset = ResetMode::kMail;
  email.reset_url = "https://app.example/reset?lang=en";
  email.reset_mail = std::make_shared<MailTemplate>(DefaultResetMail());
  return email;
}

EmailPasswordSettings ByFunction() {
  EmailPasswordSettings email;
  email.confirmation = Confirmation::kFunction;
  email.confirmation_function = "confirm";
  email.reset = ResetMode::kFunction;
  email.reset_function = "reset";
  email.function_target = "unix:fn.sock";
  return email;
}

class EmailPasswordTest : public ::testing::Test {
 protected:
  template <typename Response, typename Request>
  absl::Status Call(const std::string& rpc, Request request) {
    request.set_app(kApp);
    return world_.Call<Response>("EmailPasswordService/" + rpc, request)
        .status();
  }
  absl::Status Register(const std::string& email = kAnn,
                        const std::string& password = kOld) {
    v1::RegisterRequest request;
    request.set_email(email);
    request.set_password(password);
    return Call<v1::RegisterResponse>("Register", request);
  }
  absl::Status Confirm(const Token& token) {
    v1::ConfirmRequest request;
    request.set_token_id(token.id);
    request.set_token(token.text);
    return Call<v1::ConfirmResponse>("Confirm", request);
  }
  absl::Status Resend(const std::string& email = kAnn) {
    v1::ResendConfirmationRequest request;
    request.set_email(email);
    return Call<v1::ResendConfirmationResponse>("ResendConfirmation", request);
  }
  absl::Status AskReset(const std::string& email = kAnn,
                        const std::string& password = "") {
    v1::RequestPasswordResetRequest request;
    request.set_email(email);
    request.set_new_password(password);
    return Call<v1::RequestPasswordResetResponse>("RequestPasswordReset",
                                                  request);
  }
  absl::Status Reset(const Token& token, const std::string& password = kNew) {
    v1::ResetPasswordRequest request;
    request.set_token_id(token.id);
    request.set_token(token.text);
    request.set_new_password(password);
    return Call<v1::ResetPasswordResponse>("ResetPassword", request);
  }
  absl::StatusOr<v1::LoginResponse> Login(const std::string& password = kOld,
                                          const std::string& email = kAnn) {
    v1::LoginRequest request;
    request.set_app(kApp);
    auto* arm = request.mutable_credential()->mutable_email_password();
    arm->set_email(email);
    arm->set_password(password);
    return world_.Call<v1::LoginResponse>("AuthService/Login", request);
  }

  // Brings kAnn in, without a password; gives the user's id.
  std::string ImportAnn(bool unconfirmed = false) {
    v1::ImportUsersRequest request;
    request.set_app(kApp);
    auto* user = request.add_users();
    user->set_id("65f0c0ffee65f0c0ffee0001");
    user->add_identities()->set_kind("email_password");
    user->mutable_identities(0)->set_email(kAnn);
    user->mutable_identities(0)->set_unconfirmed(unconfirmed);
    const auto imported = world_.Call<v1::ImportUsersResponse>(
        "UserAdminService/ImportUsers", request, kTestAdminKey);
    EXPECT_THAT(imported, IsOk());
    EXPECT_TRUE(imported.ok() && imported->outcomes(0).claimable());
    return user->id();
  }
  // The text of the last of `count` mails.
  std::string MailText(int count) {
    world_.mail_sender.WaitForTries(count);
    world_.mails.Drain(absl::InfiniteFuture());
    const auto sent = world_.mail_sender.sent();
    EXPECT_THAT(sent, SizeIs(count));
    if (sent.empty()) return "";
    const std::vector<std::string> parts =
        absl::StrSplit(sent.back().data, absl::MaxSplits("\r\n\r\n", 1));
    std::string text;
    EXPECT_TRUE(absl::Base64Unescape(
        absl::StrReplaceAll(parts[1], {{"\r\n", ""}}), &text));
    return text;
  }
  Token MailedToken(int count = 1) {
    const std::string text = MailText(count);
    const auto after = [&](const std::string& name, size_t size) {
      const size_t at = text.find(name);
      EXPECT_NE(at, std::string::npos) << text;
      return at == std::string::npos ? "" : text.substr(at + name.size(), size);
    };
    return {after("tokenId=", 24), after("token=", 128)};
  }
  void ExpectMails(size_t count) {
    world_.mails.Drain(absl::InfiniteFuture());
    EXPECT_THAT(world_.mail_sender.sent(), SizeIs(count));
  }

  // Functions that answer `outcome` and keep what they were given.
  void UseFunctions() {
    world_.functions.confirm = [this](const ConfirmUserCall& call) {
      asked_.push_back(std::string(call.username));
      given_ = {std::string(call.token_id),
                std::string(call.token->RevealSecret())};
      return outcome_;
    };
    world_.functions.reset = [this](const ResetPasswordCall& call) {
      asked_.push_back(absl::StrCat(call.username,
                                    call.current_password_valid ? " same" : "",
                                    call.arguments_json));
      given_ = {std::string(call.token_id),
                std::string(call.token->RevealSecret())};
      return outcome_;
    };
    world_.SetEmailMode(ByFunction());
  }
  void Advance(absl::Duration by = absl::Seconds(61)) {
    world_.base.clock.AdvanceTime(by);
  }
  PasswordStore* passwords() { return world_.base.store->passwords(); }
  absl::StatusOr<PasswordRecord> Stored(const std::string& email = kAnn) {
    return passwords()->FindByEmail(AppId(kApp), ProviderName("email_password"),
                                    email);
  }

  RpcTestWorld world_;
  absl::StatusOr<FunctionOutcome> outcome_ = FunctionOutcome::kPending;
  std::vector<std::string> asked_;
  Token given_;
};

TEST_F(EmailPasswordTest, AMailConfirmsAnAddressOnce) {
  world_.SetEmailMode(ByMail());
  ASSERT_THAT(Register("Ann@Example.com"), IsOk());
  const Token token = MailedToken();
  EXPECT_EQ(world_.mail_sender.sent()[0].to, kAnn);
  EXPECT_THAT(MailText(1), HasSubstr("https://app.example/confirm?token="));
  EXPECT_THAT(Login(), HasReason(Reason::kEmailUnconfirmed));
  EXPECT_THAT(Login("wrong password"), HasReason(Reason::kCredentialRejected));
  EXPECT_THAT(Confirm(token), IsOk());
  EXPECT_THAT(Login(), IsOk());
  EXPECT_THAT(Confirm(token), HasReason(Reason::kCredentialRejected));
}

TEST_F(EmailPasswordTest, OnlyTheRightTokenConfirms) {
  world_.SetEmailMode(ByMail());
  ASSERT_THAT(Register(), IsOk());
  ASSERT_THAT(Register("bob@example.com"), IsOk());
  Token token = MailedToken(2);
  Token flipped = token;
  flipped.text[0] = flipped.text[0] == 'a' ? 'b' : 'a';
  EXPECT_THAT(Confirm(flipped), HasReason(Reason::kCredentialRejected));
  EXPECT_THAT(Confirm({"0123456789abcdef01234567", token.text}),
              HasReason(Reason::kCredentialRejected));
  EXPECT_THAT(Confirm({"short", token.text}),
              HasReason(Reason::kInvalidRequest));
  EXPECT_THAT(Reset(token), HasReason(Reason::kCredentialRejected));
  EXPECT_FALSE(Stored()->confirmed);
  Advance(absl::Minutes(30));
  EXPECT_THAT(Confirm(token), HasReason(Reason::kCredentialRejected));
}

TEST_F(EmailPasswordTest, ATokenIsStoredAsAHashOnly) {
  world_.SetEmailMode(ByMail());
  ASSERT_THAT(Register(), IsOk());
  const Token token = MailedToken();
  const auto stored =
      world_.base.store->one_time_tokens()->Find(AppId(kApp), token.id);
  ASSERT_THAT(stored, IsOk());
  EXPECT_EQ(stored->sha256.size(), 32u);
  EXPECT_EQ(
      absl::BytesToHexString(stored->sha256).find(token.text.substr(0, 8)),
      std::string::npos);
}

TEST_F(EmailPasswordTest, AnImportedUserClaimsTheAddressByMail) {
  world_.SetEmailMode(ByMail());
  const std::string user = ImportAnn();
  EXPECT_THAT(Login(), HasReason(Reason::kCredentialRejected));
  EXPECT_THAT(Login("!"), HasReason(Reason::kCredentialRejected));
  // Registering the address anew takes nothing.
  EXPECT_THAT(Register(), IsOk());
  EXPECT_THAT(Login(), HasReason(Reason::kCredentialRejected));
  ExpectMails(0);
  ASSERT_THAT(AskReset(), IsOk());
  ASSERT_THAT(Reset(MailedToken()), IsOk());
  const auto session = Login(kNew);
  ASSERT_THAT(session, IsOk());
  EXPECT_EQ(session->session().user().id(), user);
  EXPECT_THAT(Login("!"), HasReason(Reason::kCredentialRejected));
}

TEST_F(EmailPasswordTest, AnImportedUserClaimsTheAddressByAFunction) {
  UseFunctions();
  const std::string user = ImportAnn();
  outcome_ = FunctionOutcome::kPending;
  ASSERT_THAT(AskReset(kAnn, kNew), IsOk());
  EXPECT_THAT(asked_, ElementsAre(kAnn));  // no password is the same
  EXPECT_THAT(Login(kNew), HasReason(Reason::kCredentialRejected));
  ASSERT_THAT(Reset(given_), IsOk());
  const auto session = Login(kNew);
  ASSERT_THAT(session, IsOk());
  EXPECT_EQ(session->session().user().id(), user);
}

// A registration proves nothing; the user is somebody with an id and data.
TEST_F(EmailPasswordTest, NobodyRegistersIntoAnImportedUser) {
  const std::string user = ImportAnn(/*unconfirmed=*/true);
  EmailPasswordSettings automatic;
  automatic.confirmation = Confirmation::kAutomatic;
  world_.SetEmailMode(automatic);
  EXPECT_THAT(Register(), IsOk());
  EXPECT_THAT(Login(), HasReason(Reason::kCredentialRejected));
  world_.SetEmailMode(ByMail());
  EXPECT_THAT(Register(), IsOk());
  ExpectMails(0);
  UseFunctions();
  outcome_ = FunctionOutcome::kSuccess;
  EXPECT_THAT(Register(), IsOk());
  EXPECT_THAT(Login(), HasReason(Reason::kCredentialRejected));
  outcome_ = FunctionOutcome::kFail;
  EXPECT_THAT(Resend(), HasReason(Reason::kCredentialRejected));
  ASSERT_THAT(Stored(), IsOk());
  EXPECT_FALSE(Stored()->confirmed);
  EXPECT_EQ(Stored()->phc, "!");
  // Mails are how they come in.
  world_.SetEmailMode(ByMail());
  Advance();
  ASSERT_THAT(Resend(), IsOk());
  ASSERT_THAT(Confirm(MailedToken()), IsOk());
  ASSERT_THAT(AskReset(), IsOk());
  ASSERT_THAT(Reset(MailedToken(2)), IsOk());
  const auto session = Login(kNew);
  ASSERT_THAT(session, IsOk());
  EXPECT_EQ(session->session().user().id(), user);
}

TEST_F(EmailPasswordTest, OneOfFiftyConfirmationsWins) {
  world_.SetEmailMode(ByMail());
  ASSERT_THAT(Register(), IsOk());
  const Token token = MailedToken();
  std::atomic<int> won = 0;
  std::atomic<int> refused = 0;
  InParallel(50, [&](int) {
    const absl::Status status = Confirm(token);
    if (status.ok()) ++won;
    if (GetReason(status) == Reason::kCredentialRejected) ++refused;
  });
  EXPECT_EQ(won, 1);
  EXPECT_EQ(refused, 49);
}

TEST_F(EmailPasswordTest, KnownAndUnknownAddressesAreAnsweredAlike) {
  world_.SetEmailMode(ByMail());
  ASSERT_THAT(Register("bob@example.com"), IsOk());
  ASSERT_THAT(Confirm(MailedToken()), IsOk());
  const std::string first = Stored("bob@example.com")->phc;
  Advance();
  EXPECT_THAT(Register("bob@example.com", "another password"), IsOk());
  EXPECT_EQ(Stored("bob@example.com")->phc, first);
  ExpectMails(1);
  EXPECT_THAT(Register(), IsOk());
  Advance();
  EXPECT_THAT(Resend("nobody@example.com"), IsOk());
  EXPECT_THAT(AskReset("nobody@example.com"), IsOk());
  // Throttled alike, too.
  EXPECT_THAT(Resend("nobody@example.com"), HasReason(Reason::kThrottled));
  EXPECT_THAT(AskReset("nobody@example.com"), HasReason(Reason::kThrottled));
  EXPECT_THAT(Resend(), IsOk());
  EXPECT_THAT(Resend(), HasReason(Reason::kThrottled));
  ExpectMails(3);
}

// Else the owner of an address would confirm the password of a stranger who
// registered it before.
TEST_F(EmailPasswordTest, ALinkConfirmsThePasswordOfItsRegistration) {
  world_.SetEmailMode(ByMail());
  ASSERT_THAT(Register(kAnn, "of a stranger"), IsOk());
  const Token of_stranger = MailedToken();
  Advance();
  ASSERT_THAT(Register(), IsOk());
  const Token own = MailedToken(2);
  EXPECT_THAT(Confirm(of_stranger), HasReason(Reason::kCredentialRejected));
  EXPECT_FALSE(Stored()->confirmed);
  ASSERT_THAT(Confirm(own), IsOk());
  EXPECT_THAT(Login(), IsOk());
  EXPECT_THAT(Login("of a stranger"), HasReason(Reason::kCredentialRejected));
}

TEST_F(EmailPasswordTest, ASecondRegistrationByFunctionGetsATokenThatWorks) {
  UseFunctions();
  ASSERT_THAT(Register(kAnn, "of a stranger"), IsOk());
  const Token of_stranger = given_;
  ASSERT_THAT(Register(), IsOk());
  EXPECT_THAT(Confirm(of_stranger), HasReason(Reason::kCredentialRejected));
  ASSERT_THAT(Confirm(given_), IsOk());
  EXPECT_THAT(Login(), IsOk());
}

TEST_F(EmailPasswordTest, AnUnknownAddressCostsAsManyWrites) {
  world_.SetEmailMode(ByMail());
  const auto hashes = [&] { return world_.passwords.hashes_run(); };
  ASSERT_THAT(Register(), IsOk());
  const uint64_t of_new = hashes();
  ASSERT_THAT(Confirm(MailedToken()), IsOk());
  Advance();
  ASSERT_THAT(Register(), IsOk());
  EXPECT_EQ(hashes(), 2 * of_new);
  // Each request left a row behind: two of them decoys, gone with the sweep.
  Advance();
  ASSERT_THAT(AskReset("nobody@example.com"), IsOk());
  Advance();
  EXPECT_THAT(world_.base.store->one_time_tokens()->RemoveExpired(
                  world_.base.clock.TimeNow()),
              IsOkAndHolds(2u));
}

TEST_F(EmailPasswordTest, AConfirmedAddressGetsNoSecondMail) {
  world_.SetEmailMode(ByMail());
  ASSERT_THAT(Register(), IsOk());
  ASSERT_THAT(Confirm(MailedToken()), IsOk());
  Advance();
  EXPECT_THAT(Resend(), IsOk());
  ExpectMails(1);
}

TEST_F(EmailPasswordTest, AResentMailConfirmsAndEndsTheFirst) {
  world_.SetEmailMode(ByMail());
  ASSERT_THAT(Register(), IsOk());
  const Token first = MailedToken();
  EXPECT_THAT(Resend(), HasReason(Reason::kThrottled));
  Advance();
  ASSERT_THAT(Resend(), IsOk());
  const Token second = MailedToken(2);
  EXPECT_NE(first.id, second.id);
  EXPECT_THAT(Confirm(second), IsOk());
  EXPECT_THAT(Confirm(first), HasReason(Reason::kCredentialRejected));
}

TEST_F(EmailPasswordTest, AnAddressGetsSoManyMailsInAnHour) {
  world_.SetEmailMode(ByMail());
  int sent = 0;
  for (int i = 0; i < 20; ++i) {
    if (AskReset().ok()) ++sent;
    Advance();
  }
  // Ten, and what the twenty minutes gave back.
  EXPECT_GE(sent, 10);
  EXPECT_LE(sent, 14);
}

TEST_F(EmailPasswordTest, NoMailLeavesForAnAddressThatMeansMore) {
  world_.SetEmailMode(ByMail());
  for (const char* bad : {"a@b>,<c", "a,b@c", "a@[127.0.0.1]"}) {
    EXPECT_THAT(Register(bad), HasReason(Reason::kInvalidRequest)) << bad;
    EXPECT_THAT(AskReset(bad), HasReason(Reason::kInvalidRequest)) << bad;
    EXPECT_THAT(Stored(bad), HasReason(Reason::kResourceNotFound)) << bad;
  }
  EXPECT_THAT(Register(kAnn, "short"),
              HasReason(Reason::kPasswordUnacceptable));
  ExpectMails(0);
}

TEST_F(EmailPasswordTest, AResetEndsEverySession) {
  const v1::Session session = world_.LogInByEmail(kAnn);
  world_.SetEmailMode(ByMail());
  ASSERT_THAT(AskReset(), IsOk());
  EXPECT_THAT(MailText(1),
              HasSubstr("https://app.example/reset?lang=en&token="));
  const Token token = MailedToken();
  EXPECT_THAT(Reset(token, "short"), HasReason(Reason::kPasswordUnacceptable));
  EXPECT_TRUE(world_.Verify(session.access_token()).active());
  ASSERT_THAT(Reset(token), IsOk());
  EXPECT_EQ(world_.Verify(session.access_token()).reason(),
            v1::REASON_SESSION_REVOKED);
  EXPECT_THAT(Login(), HasReason(Reason::kCredentialRejected));
  const auto again = Login(kNew);
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(again->session().user().id(), session.user().id());
  EXPECT_THAT(Reset(token), HasReason(Reason::kCredentialRejected));
  EXPECT_EQ(world_.base.audit.Of("password_reset").user.value(),
            session.user().id());
}

TEST_F(EmailPasswordTest, OneOfManyResetsWins) {
  world_.LogInByEmail(kAnn);
  world_.SetEmailMode(ByMail());
  ASSERT_THAT(AskReset(), IsOk());
  const Token token = MailedToken();
  std::atomic<int> won = 0;
  std::atomic<int> refused = 0;
  InParallel(16, [&](int i) {
    const absl::Status status = Reset(token, absl::StrCat("new password ", i));
    if (status.ok()) ++won;
    if (GetReason(status) == Reason::kCredentialRejected) ++refused;
  });
  EXPECT_EQ(won, 1);
  EXPECT_EQ(refused, 15);
}

TEST_F(EmailPasswordTest, AChangedPasswordEndsResetMails) {
  const v1::Session session = world_.LogInByEmail(kAnn);
  world_.SetEmailMode(ByMail());
  ASSERT_THAT(AskReset(), IsOk());
  const Token token = MailedToken();
  v1::ChangePasswordRequest request;
  request.set_current_password(kOld);
  request.set_new_password("a third one");
  ASSERT_THAT(world_.Call<v1::ChangePasswordResponse>(
                  "EmailPasswordService/ChangePassword", request,
                  session.access_token()),
              IsOk());
  EXPECT_THAT(Reset(token), HasReason(Reason::kCredentialRejected));
}

TEST_F(EmailPasswordTest, AResetConfirmsNothing) {
  world_.SetEmailMode(ByMail());
  ASSERT_THAT(Register(), IsOk());
  ASSERT_THAT(AskReset(), IsOk());
  ASSERT_THAT(Reset(MailedToken(2)), IsOk());
  EXPECT_THAT(Login(kNew), HasReason(Reason::kEmailUnconfirmed));
}

TEST_F(EmailPasswordTest, ADisabledUserSetsNoPassword) {
  const v1::Session session = world_.LogInByEmail(kAnn);
  world_.SetEmailMode(ByMail());
  ASSERT_THAT(AskReset(), IsOk());
  const Token token = MailedToken();
  ASSERT_THAT(
      world_.accounts.SetDisabled(AppId(kApp), UserId(session.user().id()),
                                  true, world_.base.ctx()),
      IsOk());
  EXPECT_THAT(Reset(token), HasReason(Reason::kUserDisabled));
}

TEST_F(EmailPasswordTest, FieldsOfTheOtherModeAreRefused) {
  world_.SetEmailMode(ByMail());
  EXPECT_THAT(AskReset(kAnn, kNew), HasReason(Reason::kInvalidRequest));
  v1::RequestPasswordResetRequest request;
  request.set_email(kAnn);
  request.mutable_arguments()->add_values()->set_bool_value(true);
  EXPECT_THAT(
      Call<v1::RequestPasswordResetResponse>("RequestPasswordReset", request),
      HasReason(Reason::kInvalidRequest));
  world_.SetEmailMode(ByFunction());
  EXPECT_THAT(AskReset(kAnn, ""), HasReason(Reason::kPasswordUnacceptable));
}

TEST_F(EmailPasswordTest, WhatTheModeHasNotIsUnimplemented) {
  world_.SetEmailMode(EmailPasswordSettings());
  EXPECT_THAT(Register(), HasReason(Reason::kUnimplemented));
  EXPECT_THAT(Resend(), HasReason(Reason::kUnimplemented));
  EXPECT_THAT(AskReset(), HasReason(Reason::kUnimplemented));
  EmailPasswordSettings automatic;
  automatic.confirmation = Confirmation::kAutomatic;
  world_.SetEmailMode(automatic);
  EXPECT_THAT(Resend(), HasReason(Reason::kUnimplemented));
}

TEST_F(EmailPasswordTest, AFunctionConfirmsAtOnce) {
  UseFunctions();
  outcome_ = FunctionOutcome::kSuccess;
  ASSERT_THAT(Register(), IsOk());
  EXPECT_THAT(asked_, ::testing::ElementsAre(kAnn));
  EXPECT_THAT(Login(), IsOk());
  EXPECT_THAT(Confirm(given_), HasReason(Reason::kCredentialRejected));
}

TEST_F(EmailPasswordTest, AFunctionMayWantTheToken) {
  UseFunctions();
  ASSERT_THAT(Register(), IsOk());
  EXPECT_EQ(given_.text.size(), 128u);
  EXPECT_THAT(Login(), HasReason(Reason::kEmailUnconfirmed));
  EXPECT_THAT(Confirm(given_), IsOk());
  EXPECT_THAT(Login(), IsOk());
}

TEST_F(EmailPasswordTest, ARefusedRegistrationIsThrownAway) {
  UseFunctions();
  for (const absl::StatusOr<FunctionOutcome>& answer :
       {absl::StatusOr<FunctionOutcome>(FunctionOutcome::kFail),
        absl::StatusOr<FunctionOutcome>(
            Error(Reason::kCredentialRejected, "function: code 2"))}) {
    outcome_ = answer;
    EXPECT_THAT(Register(), HasReason(Reason::kCredentialRejected));
    EXPECT_THAT(Stored(), HasReason(Reason::kResourceNotFound));
  }
  outcome_ = FunctionOutcome::kSuccess;
  EXPECT_THAT(Register(kAnn, kNew), IsOk());
  EXPECT_THAT(Login(kNew), IsOk());
}

// Else its time and its words would tell.
TEST_F(EmailPasswordTest, AFunctionIsAskedAboutKnownAddressesToo) {
  UseFunctions();
  outcome_ = FunctionOutcome::kSuccess;
  ASSERT_THAT(Register(), IsOk());
  outcome_ = FunctionOutcome::kPending;
  ASSERT_THAT(Register(kAnn, kNew), IsOk());
  EXPECT_THAT(asked_, SizeIs(2));
  EXPECT_THAT(Confirm(given_), HasReason(Reason::kCredentialRejected));
  outcome_ = FunctionOutcome::kFail;
  EXPECT_THAT(Register(kAnn, kNew), HasReason(Reason::kCredentialRejected));
  EXPECT_THAT(Login(), IsOk());
  EXPECT_THAT(Resend("nobody@example.com"),
              HasReason(Reason::kCredentialRejected));
  EXPECT_THAT(AskReset("nobody@example.com", kNew),
              HasReason(Reason::kCredentialRejected));
}

TEST_F(EmailPasswordTest, AFunctionRunsAgain) {
  UseFunctions();
  ASSERT_THAT(Register(), IsOk());
  ASSERT_THAT(Resend(), IsOk());
  EXPECT_THAT(Confirm(given_), IsOk());
  ASSERT_THAT(Register("bob@example.com"), IsOk());
  outcome_ = FunctionOutcome::kSuccess;
  ASSERT_THAT(Resend("bob@example.com"), IsOk());
  EXPECT_TRUE(Stored("bob@example.com")->confirmed);
}

TEST_F(EmailPasswordTest, ARefusalLaterThrowsAwayWhatIsUnconfirmedOnly) {
  UseFunctions();
  ASSERT_THAT(Register(), IsOk());
  ASSERT_THAT(Register("bob@example.com"), IsOk());
  ASSERT_THAT(Confirm(given_), IsOk());
  outcome_ = FunctionOutcome::kFail;
  for (const char* email : {kAnn, "bob@example.com", "nobody@example.com"}) {
    EXPECT_THAT(Resend(email), HasReason(Reason::kCredentialRejected));
  }
  EXPECT_THAT(Stored(), HasReason(Reason::kResourceNotFound));
  EXPECT_THAT(Stored("bob@example.com"), IsOk());
  // No answer is no refusal.
  outcome_ = FunctionOutcome::kPending;
  ASSERT_THAT(Register(), IsOk());
  outcome_ = Error(Reason::kCredentialRejected, "function: code 14");
  EXPECT_THAT(Resend(), HasReason(Reason::kCredentialRejected));
  EXPECT_THAT(Stored(), IsOk());
}

TEST_F(EmailPasswordTest, AFunctionSetsThePasswordAtOnce) {
  const v1::Session session = world_.LogInByEmail(kAnn);
  UseFunctions();
  outcome_ = FunctionOutcome::kSuccess;
  ASSERT_THAT(AskReset(kAnn, kNew), IsOk());
  EXPECT_EQ(world_.Verify(session.access_token()).reason(),
            v1::REASON_SESSION_REVOKED);
  EXPECT_THAT(Login(kNew), IsOk());
  EXPECT_THAT(Reset(given_), HasReason(Reason::kCredentialRejected));
  // For an unknown one nothing is made.
  ASSERT_THAT(AskReset("nobody@example.com", kNew), IsOk());
  EXPECT_THAT(Stored("nobody@example.com"),
              HasReason(Reason::kResourceNotFound));
}

TEST_F(EmailPasswordTest, AFunctionSetsNoPasswordOfADisabledUser) {
  const v1::Session session = world_.LogInByEmail(kAnn);
  ASSERT_THAT(
      world_.accounts.SetDisabled(AppId(kApp), UserId(session.user().id()),
                                  true, world_.base.ctx()),
      IsOk());
  UseFunctions();
  outcome_ = FunctionOutcome::kSuccess;
  const std::string before = Stored()->phc;
  EXPECT_THAT(AskReset(kAnn, kNew), IsOk());
  EXPECT_EQ(Stored()->phc, before);
}

// A change of the record that leaves the password stops no reset; another
// password does, and is audited.
TEST_F(EmailPasswordTest, AFunctionsPasswordMeetsAnotherChange) {
  world_.LogInByEmail(kAnn);
  UseFunctions();
  std::string phc;
  world_.functions.reset =
      [&](const ResetPasswordCall&) -> absl::StatusOr<FunctionOutcome> {
    PasswordRecord record = *Stored();
    if (!phc.empty()) record.phc = phc;
    EXPECT_THAT(passwords()->CompareAndUpdate(record), IsOk());
    return FunctionOutcome::kSuccess;
  };
  EXPECT_THAT(AskReset(kAnn, kNew), IsOk());
  EXPECT_THAT(Login(kNew), IsOk());
  phc = "another";
  EXPECT_THAT(AskReset(kAnn, "a third one"), HasReason(Reason::kConflict));
  EXPECT_EQ(Stored()->phc, phc);
  EXPECT_EQ(world_.base.audit.Of("password_reset_failed").detail, "CONFLICT");
}

TEST_F(EmailPasswordTest, AFunctionMayWantTheTokenForAPasswordToo) {
  world_.LogInByEmail(kAnn);
  UseFunctions();
  v1::RequestPasswordResetRequest request;
  request.set_email(kAnn);
  request.set_new_password(kOld);
  request.mutable_arguments()->add_values()->set_string_value("x");
  ASSERT_THAT(
      Call<v1::RequestPasswordResetResponse>("RequestPasswordReset", request),
      IsOk());
  EXPECT_EQ(asked_.back(), "ann@example.com same{\"arguments\":[\"x\"]}");
  EXPECT_THAT(Login(), IsOk());
  EXPECT_THAT(Reset(given_), IsOk());
  EXPECT_THAT(Login(kNew), IsOk());
  outcome_ = FunctionOutcome::kFail;
  EXPECT_THAT(AskReset(kAnn, "a third one"),
              HasReason(Reason::kCredentialRejected));
  EXPECT_THAT(Login(kNew), IsOk());
}

// From many peers, too: the function hears whether a password is right.
TEST_F(EmailPasswordTest, FunctionsOfOneAddressAreBounded) {
  UseFunctions();
  for (const char* email : {kAnn, "nobody@example.com"}) {
    for (int i = 0; i < 10; ++i) {
      EXPECT_THAT(Register(email), IsOk()) << i;
      EXPECT_THAT(Resend(email), IsOk()) << i;
      EXPECT_THAT(AskReset(email, kNew), IsOk()) << i;
    }
    EXPECT_THAT(Register(email), HasReason(Reason::kThrottled));
    EXPECT_THAT(Resend(email), HasReason(Reason::kThrottled));
    EXPECT_THAT(AskReset(email, kNew), HasReason(Reason::kThrottled));
  }
}

TEST_F(EmailPasswordTest, AResetByFunctionIsAGuessAtThePassword) {
  UseFunctions();
  RateLimiter::Options once;
  once.burst = 1;
  RateLimiter wide(once);
  EmailAccountDeps deps = world_.EmailDeps();
  deps.wide_attempts = &wide;
  PasswordResetService resets(deps, &world_.one_time_tokens,
                              &world_.mail_addresses);
  const auto ask = [&](const std::string& peer) {
    CallContext ctx = world_.base.ctx();
    ctx.peer = peer;
    return resets.Ask({AppId(kApp), kAnn, Secret(kNew), ""}, ctx);
  };
  EXPECT_THAT(ask("192.0.2.1:5"), IsOk());
  EXPECT_THAT(ask("192.0.2.2:5"), HasReason(Reason::kThrottled));
}

TEST_F(EmailPasswordTest, EachStepIsAudited) {
  world_.SetEmailMode(ByMail());
  ASSERT_THAT(Register(), IsOk());
  const Token token = MailedToken();
  ASSERT_THAT(Confirm(token), IsOk());
  EXPECT_THAT(Confirm(token), HasReason(Reason::kCredentialRejected));
  Advance();
  ASSERT_THAT(Resend(), IsOk());
  ASSERT_THAT(AskReset(), IsOk());
  const auto& audit = world_.base.audit;
  EXPECT_EQ(audit.Of("registered").target, Stored()->id);
  EXPECT_EQ(audit.Of("registration_confirmed").target, Stored()->id);
  EXPECT_EQ(audit.Of("registration_confirm_failed").detail,
            "CREDENTIAL_REJECTED");
  EXPECT_EQ(audit.Of("confirmation_requested").app, AppId(kApp));
  EXPECT_EQ(audit.Of("password_reset_requested").app, AppId(kApp));
  for (const AuditEvent& event : audit.events()) {
    EXPECT_EQ(event.detail.find(kAnn), std::string::npos);
    EXPECT_NE(event.target, token.text);
  }
}

}  // namespace
}  // namespace latchkey
