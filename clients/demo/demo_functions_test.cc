#include "clients/demo/demo_functions.h"

#include <string>

#include "gtest/gtest.h"

namespace latchkey {
namespace {

grpc::Status Authenticate(const std::string& username, const std::string& code,
                          std::string* id) {
  function::v1::AuthenticateRequest request;
  auto& fields = *request.mutable_payload()->mutable_fields();
  fields["username"].set_string_value(username);
  if (!code.empty()) fields["code"].set_string_value(code);
  function::v1::AuthenticateResponse response;
  DemoFunctions functions;
  const grpc::Status status =
      functions.Authenticate(nullptr, &request, &response);
  *id = response.id();
  return status;
}

TEST(DemoFunctionsTest, KnowsOneUser) {
  std::string id;
  EXPECT_TRUE(Authenticate("ada", "1815", &id).ok());
  EXPECT_EQ(id, "ada");
}

TEST(DemoFunctionsTest, RefusesEverybodyElse) {
  std::string id;
  for (const char* code : {"", "1816"}) {
    EXPECT_EQ(Authenticate("ada", code, &id).error_code(),
              grpc::StatusCode::UNAUTHENTICATED);
    EXPECT_EQ(id, "");
  }
  EXPECT_EQ(Authenticate("bob", "1815", &id).error_code(),
            grpc::StatusCode::UNAUTHENTICATED);
}

function::v1::Outcome Confirm(const std::string& username,
                              const std::string& token) {
  function::v1::ConfirmUserRequest request;
  request.set_username(username);
  request.set_token(token);
  request.set_token_id("0123456789abcdef01234567");
  function::v1::ConfirmUserResponse response;
  DemoFunctions functions;
  EXPECT_TRUE(functions.ConfirmUser(nullptr, &request, &response).ok());
  return response.outcome();
}

TEST(DemoFunctionsTest, ConfirmsByTheBeginningOfTheAddress) {
  EXPECT_EQ(Confirm("ada@example.com", "t"), function::v1::OUTCOME_SUCCESS);
  EXPECT_EQ(Confirm("later@example.com", "t"), function::v1::OUTCOME_PENDING);
  EXPECT_EQ(Confirm("bob@example.com", "t"), function::v1::OUTCOME_FAIL);
  EXPECT_EQ(Confirm("not-ada@example.com", "t"), function::v1::OUTCOME_FAIL);
  EXPECT_EQ(Confirm("ada@example.com", ""), function::v1::OUTCOME_FAIL);
}

function::v1::Outcome Reset(const std::string& username, const char* code) {
  function::v1::ResetPasswordRequest request;
  request.set_username(username);
  request.set_password("a new password");
  if (code != nullptr) {
    auto& fields = *request.mutable_arguments()
                        ->add_values()
                        ->mutable_struct_value()
                        ->mutable_fields();
    fields["code"].set_string_value(code);
  }
  function::v1::ResetPasswordResponse response;
  DemoFunctions functions;
  EXPECT_TRUE(functions.ResetPassword(nullptr, &request, &response).ok());
  return response.outcome();
}

TEST(DemoFunctionsTest, ResetsForACodeOnly) {
  const std::string ada = "ada@example.com";
  EXPECT_EQ(Reset(ada, "1815"), function::v1::OUTCOME_SUCCESS);
  EXPECT_EQ(Reset(ada, "later"), function::v1::OUTCOME_PENDING);
  EXPECT_EQ(Reset(ada, "1816"), function::v1::OUTCOME_FAIL);
  EXPECT_EQ(Reset(ada, nullptr), function::v1::OUTCOME_FAIL);
  EXPECT_EQ(Reset("bob@example.com", "1815"), function::v1::OUTCOME_FAIL);
}

}  // namespace
}  // namespace latchkey
