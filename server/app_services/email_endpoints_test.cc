// E-mail addresses and passwords (app-services.md §2.9, §3.3).
#include <string>

#include "absl/strings/str_cat.h"
#include "core/audit/audit.h"
#include "core/base/ids.h"
#include "core/provider/provider_settings.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/app_services/app_services_test_world.h"

namespace latchkey {
namespace {

constexpr char kRange[] =
    "400 BadRequest: password must be between 6 and 128 characters";

class EmailEndpointsTest : public ::testing::Test {
 protected:
  std::string Tell(const std::string& path, const std::string& body,
                   const std::string& bearer = "") {
    const HttpReply reply =
        world_.Send("POST", absl::StrCat(kEmailPath, path), body, bearer);
    // Rule 12: whatever happens.
    EXPECT_NE(reply.status, 401) << path << " " << body;
    return Told(reply);
  }
  std::string Login(const std::string& password) {
    return absl::StrCat(R"({"username":"a@b.example","password":")", password,
                        "\"}");
  }
  void AddPending(const std::string& email) {
    ASSERT_TRUE(world_.rpc.passwords
                    .RegisterNew(AppId("myapp-abcde"),
                                 ProviderName("email_password"), email,
                                 Secret("correct horse"), /*confirmed=*/false,
                                 world_.rpc.base.ctx())
                    .ok());
  }

  AppServicesTestWorld world_;
};

TEST_F(EmailEndpointsTest, RegisteringMakesNoUser) {
  EXPECT_EQ(Told(world_.Register("a@b.example")), "201 {}");
  const auto users = world_.rpc.base.store->users()->List(
      AppId("myapp-abcde"), UserFilter(), UserId(), 10);
  ASSERT_TRUE(users.ok());
  EXPECT_TRUE(users->empty());
  EXPECT_EQ(world_.LogIn("local-userpass", Login("correct horse")).status, 200);
}

TEST_F(EmailEndpointsTest, NamesInUse) {
  EXPECT_EQ(Told(world_.Register("a@b.example")), "201 {}");
  EXPECT_EQ(Told(world_.Register("A@b.example", "another one")),
            "409 AccountNameInUse: name already in use");
  AddPending("p@b.example");
  EXPECT_EQ(Told(world_.Register("p@b.example")),
            "409 AccountNameInUse: name already in use");
  // The strict alternative tells nothing, and nothing has changed.
  AppServicesSettings strict;
  strict.reveal_accounts = false;
  world_.Use(strict);
  EXPECT_EQ(Told(world_.Register("a@b.example", "another one")), "201 {}");
  EXPECT_EQ(Told(world_.LogIn("local-userpass", Login("another one"))),
            "401 InvalidPassword: unauthorized");
}

TEST_F(EmailEndpointsTest, PasswordsHaveTheirOwnRules) {
  EXPECT_EQ(Told(world_.Register("a@b.example", "12345")), kRange);
  EXPECT_EQ(Told(world_.Register("a@b.example", "")), kRange);
  EXPECT_EQ(Told(world_.Register("a@b.example", std::string(129, 'x'))),
            kRange);
  // Characters, not bytes.
  EXPECT_EQ(Told(world_.Register("a@b.example", "äöü")), kRange);
  EXPECT_EQ(Told(world_.Register("a@b.example", "123456")), "201 {}");
  EXPECT_EQ(world_.LogIn("local-userpass", Login("123456")).status, 200);
  EXPECT_EQ(Told(world_.Register("c@d.example", std::string(128, 'x'))),
            "201 {}");
  AppServicesSettings strict;
  strict.min_password_length = 12;
  world_.Use(strict);
  EXPECT_EQ(Told(world_.Register("e@f.example", "12345678901")),
            "400 BadRequest: password must be between 12 and 128 characters");
}

TEST_F(EmailEndpointsTest, AddressesThatAreNone) {
  for (const char* email : {"", "no address", "a@b@c"}) {
    EXPECT_EQ(Told(world_.Register(email)), "400 BadRequest: email invalid");
  }
}

TEST_F(EmailEndpointsTest, MissingAndWrongMembers) {
  EXPECT_EQ(Tell("register", R"({"password":"123456"})"),
            "400 MissingParameter: 'email' is a required string");
  EXPECT_EQ(Tell("register", R"({"email":"a@b.example"})"),
            "400 MissingParameter: 'password' is a required string");
  EXPECT_EQ(Tell("register", R"({"email":{},"password":"123456"})"),
            "400 InvalidParameter: 'email' must be a string");
  for (const char* path :
       {"confirm/send", "confirm/call", "reset/send", "reset/call"}) {
    EXPECT_EQ(Tell(path, ""),
              "400 MissingParameter: 'email' is a required string");
  }
  EXPECT_EQ(Tell("confirm", R"({"token":"x"})"),
            "400 MissingParameter: 'tokenId' is a required string");
  EXPECT_EQ(Tell("reset/call", R"({"email":"a@b.example","password":"123456",)"
                               R"("arguments":{}})"),
            "400 InvalidParameter: 'arguments' must be an array");
}

TEST_F(EmailEndpointsTest, TokensOfMailsWithoutTheirShape) {
  for (const char* path : {"confirm", "reset"}) {
    for (const char* body :
         {R"({"token":"x","tokenId":"no id","password":"123456"})",
          R"({"token":"x","tokenId":5,"password":"123456"})",
          R"({"token":"","tokenId":"650000000000000000000001",)"
          R"("password":"123456"})"}) {
      EXPECT_EQ(Tell(path, body), "400 BadRequest: invalid token data");
    }
  }
  EXPECT_EQ(
      Tell("reset", R"({"token":"x","tokenId":"650000000000000000000001",)"
                    R"("password":"12345"})"),
      kRange);
}

TEST_F(EmailEndpointsTest, AddressesThatAreUnknownOrConfirmed) {
  const std::string unknown = R"({"email":"x@b.example"})";
  const std::string known = R"({"email":"a@b.example"})";
  EXPECT_EQ(Told(world_.Register("a@b.example")), "201 {}");
  for (const char* path : {"confirm/send", "confirm/call"}) {
    EXPECT_EQ(Tell(path, unknown), "404 UserNotFound: user not found");
    EXPECT_EQ(Tell(path, known), "400 UserAlreadyConfirmed: already confirmed");
  }
  EXPECT_EQ(Tell("reset/send", unknown), "404 UserNotFound: user not found");
  EXPECT_EQ(Tell("reset/call", R"({"email":"no address","password":"123456"})"),
            "404 UserNotFound: user not found");
  AddPending("p@b.example");
  EXPECT_EQ(Tell("confirm/call", R"({"email":"p@b.example"})"),
            "400 : cannot run confirmation for p@b.example: automatic "
            "confirmation is enabled");
}

// Whatever the address, the other endpoint is named.
TEST_F(EmailEndpointsTest, WrongModes) {
  using Settings = EmailPasswordSettings;
  const auto use = [&](Settings::Confirmation confirmation,
                       Settings::Reset reset) {
    Settings email;
    email.confirmation = confirmation;
    email.reset = reset;
    email.function_target = "unix:/function";
    world_.UseEmail(std::move(email));
  };
  const char email[] = R"({"email":"x@b.example"})";
  const char reset[] = R"({"email":"x@b.example","password":"123456"})";
  use(Settings::Confirmation::kFunction, Settings::Reset::kFunction);
  EXPECT_EQ(Tell("confirm/send", email),
            "400 : please use confirm via function");
  EXPECT_EQ(Tell("reset/send", email),
            "400 : please use reset password via function");
  EXPECT_EQ(Tell("confirm/call", email), "404 UserNotFound: user not found");
  EXPECT_EQ(Tell("reset/call", reset), "404 UserNotFound: user not found");
  use(Settings::Confirmation::kMail, Settings::Reset::kMail);
  EXPECT_EQ(Tell("confirm/call", email), "400 : please use confirm via email");
  EXPECT_EQ(Tell("reset/call", reset),
            "400 : please use reset password via email");
  EXPECT_EQ(Tell("confirm/send", email), "404 UserNotFound: user not found");
  EXPECT_EQ(Tell("reset/send", email), "404 UserNotFound: user not found");
}

// Whoever asks for many addresses is seen.
TEST_F(EmailEndpointsTest, ProbesLeaveEvents) {
  EXPECT_EQ(Told(world_.Register("a@b.example")), "201 {}");
  const auto last = [&] {
    const AuditEvent event = world_.rpc.base.audit.events().back();
    EXPECT_EQ(event.app, AppId("myapp-abcde"));
    EXPECT_EQ(event.provider, ProviderName("email_password"));
    EXPECT_EQ(event.peer, "127.0.0.1:5");
    return absl::StrCat(event.action, " ", event.detail);
  };
  const std::string known = R"({"email":"a@b.example"})";
  const std::string unknown = R"({"email":"x@b.example"})";
  Told(world_.Register("a@b.example"));
  EXPECT_EQ(last(), "register_failed RESOURCE_EXISTS");
  Tell("confirm/send", unknown);
  EXPECT_EQ(last(), "confirmation_request_failed USER_NOT_FOUND");
  Tell("confirm/call", known);
  EXPECT_EQ(last(), "confirmation_request_failed INVALID_REQUEST");
  Tell("reset/send", unknown);
  EXPECT_EQ(last(), "password_reset_request_failed USER_NOT_FOUND");
}

// Somebody else's token comes along.
TEST_F(EmailEndpointsTest, TokensAreNotLookedAt) {
  for (const char* bearer : {"null", "a.b.c"}) {
    EXPECT_EQ(Tell("register",
                   absl::StrCat(R"({"email":")", bearer,
                                R"(@b.example","password":"123456"})"),
                   bearer),
              "201 {}");
    EXPECT_EQ(Tell("reset/send", R"({"email":"x@b.example"})", bearer),
              "404 UserNotFound: user not found");
  }
}

}  // namespace
}  // namespace latchkey
