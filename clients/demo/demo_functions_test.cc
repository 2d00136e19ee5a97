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

TEST(DemoFunctionsTest, RegistersAndResetsNobody) {
  DemoFunctions functions;
  function::v1::ConfirmUserResponse confirmed;
  EXPECT_TRUE(functions.ConfirmUser(nullptr, nullptr, &confirmed).ok());
  EXPECT_EQ(confirmed.outcome(), function::v1::OUTCOME_FAIL);
  function::v1::ResetPasswordResponse reset;
  EXPECT_TRUE(functions.ResetPassword(nullptr, nullptr, &reset).ok());
  EXPECT_EQ(reset.outcome(), function::v1::OUTCOME_FAIL);
}

}  // namespace
}  // namespace latchkey
