#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "google/protobuf/descriptor.pb.h"
#include "gtest/gtest.h"
#include "server/grpc/grpc_test_world.h"
#include "server/grpc/reflection_service.h"

namespace latchkey {
namespace {

using grpc::reflection::v1::ServerReflectionRequest;
using grpc::reflection::v1::ServerReflectionResponse;
using testing::Contains;
using testing::ElementsAre;

class ReflectionTest : public GrpcTestWorld,
                       public testing::WithParamInterface<const char*> {
 protected:
  ServerReflectionResponse Ask(const ServerReflectionRequest& question) {
    const auto answers = client_->Reflect(GetParam(), {question});
    EXPECT_EQ(answers.size(), 1u);
    return answers.empty() ? ServerReflectionResponse() : answers[0];
  }
};

std::vector<std::string> Files(const ServerReflectionResponse& response) {
  std::vector<std::string> names;
  for (const std::string& text :
       response.file_descriptor_response().file_descriptor_proto()) {
    google::protobuf::FileDescriptorProto file;
    EXPECT_TRUE(file.ParseFromString(text));
    names.push_back(file.name());
  }
  return names;
}

TEST_P(ReflectionTest, ListsServices) {
  Start();
  ServerReflectionRequest question;
  question.set_list_services("*");
  std::vector<std::string> names;
  const ServerReflectionResponse answer = Ask(question);
  for (const auto& service : answer.list_services_response().service()) {
    names.push_back(service.name());
  }
  EXPECT_THAT(names, ElementsAre("latchkey.v1.AuthService",
                                 "grpc.health.v1.Health", kReflectionV1));
  EXPECT_EQ(answer.original_request().list_services(), "*");
}

TEST_P(ReflectionTest, GivesFilesAfterTheirImportsAndOnlyOnce) {
  Start();
  ServerReflectionRequest symbol;
  symbol.set_file_containing_symbol("latchkey.v1.AuthService.Verify");
  ServerReflectionRequest file;
  file.set_file_by_filename("latchkey/v1/auth_service.proto");
  const auto answers = client_->Reflect(GetParam(), {symbol, file, symbol});
  ASSERT_EQ(answers.size(), 3u);
  const std::vector<std::string> first = Files(answers[0]);
  EXPECT_THAT(first, Contains("latchkey/v1/session.proto"));
  EXPECT_EQ(first.back(), "latchkey/v1/auth_service.proto");
  EXPECT_TRUE(answers[1].has_file_descriptor_response());
  EXPECT_TRUE(Files(answers[1]).empty());
}

TEST_P(ReflectionTest, DescribesHealthAndItself) {
  Start();
  for (const char* name : {"grpc.health.v1.Health", kReflectionV1}) {
    ServerReflectionRequest question;
    question.set_file_containing_symbol(name);
    EXPECT_TRUE(Ask(question).has_file_descriptor_response()) << name;
  }
}

TEST_P(ReflectionTest, KnowsExtensions) {
  Start();
  ServerReflectionRequest all;
  all.set_all_extension_numbers_of_type("google.protobuf.FieldOptions");
  const ServerReflectionResponse numbers = Ask(all);
  const auto& known = numbers.all_extension_numbers_response();
  EXPECT_EQ(known.base_type_name(), "google.protobuf.FieldOptions");
  ASSERT_GE(known.extension_number_size(), 1);
  ServerReflectionRequest one;
  one.mutable_file_containing_extension()->set_containing_type(
      "google.protobuf.FieldOptions");
  one.mutable_file_containing_extension()->set_extension_number(
      known.extension_number(0));
  EXPECT_THAT(Files(Ask(one)), Contains("latchkey/v1/options.proto"));
}

TEST_P(ReflectionTest, SaysWhatItDoesNotKnow) {
  Start();
  ServerReflectionRequest question;
  question.set_file_by_filename("nothing.proto");
  EXPECT_EQ(Ask(question).error_response().error_code(), 5);
  question.set_file_containing_symbol("nothing");
  EXPECT_EQ(Ask(question).error_response().error_code(), 5);
  question.set_all_extension_numbers_of_type("nothing");
  EXPECT_EQ(Ask(question).error_response().error_code(), 5);
  question.mutable_file_containing_extension()->set_containing_type("nothing");
  EXPECT_EQ(Ask(question).error_response().error_code(), 5);
  EXPECT_EQ(Ask(ServerReflectionRequest()).error_response().error_code(), 3);
}

TEST_P(ReflectionTest, IsOffWhenTheListenerSaysSo) {
  listener_.reflection = false;
  Start();
  ServerReflectionRequest question;
  question.set_list_services("*");
  EXPECT_TRUE(client_->Reflect(GetParam(), {question}).empty());
}

INSTANTIATE_TEST_SUITE_P(Versions, ReflectionTest,
                         testing::Values(kReflectionV1, kReflectionV1Alpha),
                         [](const auto& version) {
                           return std::string(version.param) == kReflectionV1
                                      ? "V1"
                                      : "V1Alpha";
                         });

}  // namespace
}  // namespace latchkey
