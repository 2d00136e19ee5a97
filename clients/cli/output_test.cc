#include "clients/cli/output.h"

#include <sstream>

#include "clients/cli/failure.h"
#include "core/json/json.h"
#include "gmock/gmock.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "gtest/gtest.h"
#include "latchkey/v1/auth_service.pb.h"

namespace latchkey {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class OutputTest : public ::testing::Test {
 protected:
  Output Table() { return Output(&out_, &err_, {Output::Format::kTable}); }
  Output Json() { return Output(&out_, &err_, {Output::Format::kJson}); }

  std::ostringstream out_;
  std::ostringstream err_;
};

absl::Status BadField() {
  google::rpc::Status status;
  google::rpc::ErrorInfo info;
  info.set_reason("INVALID_REQUEST");
  info.set_domain("latchkey");
  status.add_details()->PackFrom(info);
  google::rpc::BadRequest bad;
  bad.add_field_violations()->set_field("app");
  bad.mutable_field_violations(0)->set_description("is required");
  status.add_details()->PackFrom(bad);
  return RpcError(3, "The request is malformed.", status.SerializeAsString());
}

TEST_F(OutputTest, FailuresAsJsonHaveOneShape) {
  Json().PrintFailure(BadField());
  EXPECT_EQ(err_.str(),
            "{\"error\":{\"code\":\"INVALID_ARGUMENT\",\"reason\":\"INVALID_"
            "REQUEST\",\"message\":\"The request is malformed.\",\"fields\":[{"
            "\"field\":\"app\",\"description\":\"is required\"}]}}\n");
  EXPECT_EQ(out_.str(), "");
}

TEST_F(OutputTest, FailuresForPeopleNameReasonAndFields) {
  Table().PrintFailure(BadField());
  EXPECT_EQ(err_.str(),
            "error: The request is malformed. (INVALID_REQUEST)\n"
            "  app: is required\n");
}

TEST_F(OutputTest, ListsAreAligned) {
  const json::Value answer =
      json::Parse(R"({"users":[{"id":"a","x":{"y":1}},{"id":"long"}]})")
          .value();
  Table().PrintList(answer, "users", {{"ID", "id"}, {"Y", "x.y"}});
  EXPECT_EQ(out_.str(), "ID    Y\na     1\nlong  -\n");
}

TEST_F(OutputTest, MissingListsAreEmpty) {
  Table().PrintList(json::Value::Object{}, "users", {{"ID", "id"}});
  EXPECT_EQ(out_.str(), "ID\n");
}

TEST_F(OutputTest, NestedAnswersHaveDottedNames) {
  Table().PrintObject(json::Parse(R"({"a":{"b":true},"c":[]})").value());
  EXPECT_EQ(out_.str(), "a.b  true\nc    -\n");
}

TEST_F(OutputTest, AnswersCannotDriveTheTerminal) {
  Table().PrintObject(json::Value::Object{{"name",
                                           "\x1b[31m\xc2\x9b"
                                           "ann"}});
  EXPECT_EQ(out_.str(), "name  ?[31m?ann\n");
  EXPECT_EQ(Printable("J\xc3\xa9r\xc3\xb4me"), "J\xc3\xa9r\xc3\xb4me");
}

TEST_F(OutputTest, ColoursOnlyWhereTheyAreAskedFor) {
  Output::Style style;
  style.format = Output::Format::kTable;
  style.colors_err = true;
  Output(&out_, &err_, style).PrintFailure(BadField());
  EXPECT_THAT(err_.str(), HasSubstr("\x1b[31m"));
  Output(&out_, &err_, style).PrintObject(json::Value::Object{{"a", 1}});
  EXPECT_THAT(out_.str(), Not(HasSubstr("\x1b")));
}

TEST_F(OutputTest, MessagesShowWhatIsFalse) {
  const json::Value value = MessageJson(v1::VerifyResponse());
  ASSERT_NE(value.Find("active"), nullptr);
  EXPECT_EQ(*value.Find("active")->as_bool(), false);
}

}  // namespace
}  // namespace latchkey
