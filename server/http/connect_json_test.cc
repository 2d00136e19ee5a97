#include "server/http/connect_json.h"

#include <string>

#include "core/base/reason.h"
#include "core/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "latchkey/v1/auth_service.pb.h"

namespace latchkey {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

template <typename Message>
std::string FieldOf(const std::string& body) {
  Message message;
  const absl::Status status = ReadConnectJson(body, 64 * 1024, &message);
  EXPECT_THAT(status, HasReason(Reason::kInvalidRequest)) << body;
  const auto violations = GetFieldViolations(status);
  if (violations.size() != 1) return "";
  EXPECT_THAT(violations[0].description, Not(HasSubstr("s3cret")));
  return violations[0].field;
}

TEST(ConnectJsonTest, TakesBothNamesOfAField) {
  v1::LoginRequest message;
  for (const char* name : {"email_password", "emailPassword"}) {
    message.Clear();
    const std::string body =
        std::string(R"({"credential":{")") + name + R"(":{"email":"a@b"}}})";
    EXPECT_THAT(ReadConnectJson(body, 64 * 1024, &message), IsOk());
    EXPECT_EQ(message.credential().email_password().email(), "a@b");
  }
  EXPECT_THAT(ReadConnectJson("", 64 * 1024, &message), IsOk());
}

TEST(ConnectJsonTest, IsStrict) {
  for (const char* body :
       {R"({token:"s3cret"})", R"({'token':'s3cret'})",
        R"({"token":"s3cret",})", R"({"token":"a","token":"s3cret"})", "{",
        R"({"token":"s3cret"} x)", R"(["s3cret"])", "null",
        R"({"token":{"s3cret":1}})", "{\"token\":\"s3cret\xff\"}"}) {
    EXPECT_EQ(FieldOf<v1::VerifyRequest>(body), "body") << body;
  }
}

TEST(ConnectJsonTest, IsBounded) {
  v1::VerifyRequest message;
  const std::string body = R"({"token":")" + std::string(100, 'x') + R"("})";
  EXPECT_THAT(ReadConnectJson(body, 100, &message),
              HasReason(Reason::kInvalidRequest));
  EXPECT_THAT(ReadConnectJson(body, 200, &message), IsOk());
}

TEST(ConnectJsonTest, NamesTheUnknownField) {
  EXPECT_EQ(FieldOf<v1::VerifyRequest>(R"({"token":"s3cret","nope":1})"),
            "nope");
  EXPECT_EQ(FieldOf<v1::LoginRequest>(
                R"({"credential":{"emailPassword":{"mail":"s3cret"}}})"),
            "credential.email_password.mail");
  EXPECT_EQ(
      FieldOf<v1::BatchVerifyResponse>(R"({"results":[{},{"s_3":"s3cret"}]})"),
      "results[1].s_3");
}

TEST(ConnectJsonTest, NamesThatAreNoNamesAreNotRepeated) {
  EXPECT_EQ(FieldOf<v1::VerifyRequest>(R"({"s3cret!":1})"), "body");
  EXPECT_EQ(FieldOf<v1::VerifyRequest>("{\"" + std::string(65, 'a') + "\":1}"),
            "body");
  EXPECT_EQ(FieldOf<v1::LoginRequest>(R"({"credential":{"s3 cret":1}})"),
            "credential");
}

TEST(ConnectJsonTest, FreeDocumentsHaveNoFields) {
  v1::LoginRequest message;
  EXPECT_THAT(
      ReadConnectJson(
          R"({"credential":{"function":{"payload":{"any name":[{"b":1}]}}}})",
          64 * 1024, &message),
      IsOk());
  EXPECT_EQ(message.credential().function().payload().fields_size(), 1);
}

TEST(ConnectJsonTest, OneFieldByTwoNames) {
  EXPECT_EQ(FieldOf<v1::LoginRequest>(
                R"({"credential":{"email_password":{},"emailPassword":{}}})"),
            "credential.email_password");
}

}  // namespace
}  // namespace latchkey
