#include "clients/demo/demo_functions.h"

#include <string>

#include "google/protobuf/struct.pb.h"

namespace latchkey {
namespace {

bool BeginsWith(const std::string& text, const char* beginning) {
  return text.rfind(beginning, 0) == 0;
}

std::string Field(const google::protobuf::Struct& payload, const char* name) {
  const auto found = payload.fields().find(name);
  return found == payload.fields().end() ? "" : found->second.string_value();
}

// The code in the first of a reset's arguments; empty without one.
std::string Proof(const google::protobuf::ListValue& arguments) {
  if (arguments.values_size() == 0) return "";
  return Field(arguments.values(0).struct_value(), "code");
}

}  // namespace

grpc::Status DemoFunctions::Authenticate(
    grpc::ServerContext*, const function::v1::AuthenticateRequest* request,
    function::v1::AuthenticateResponse* response) {
  if (Field(request->payload(), "username") != "ada" ||
      Field(request->payload(), "code") != "1815") {
    return grpc::Status(grpc::StatusCode::UNAUTHENTICATED, "not ada");
  }
  response->set_id("ada");
  response->set_name("Ada Lovelace");
  return grpc::Status::OK;
}

grpc::Status DemoFunctions::ConfirmUser(
    grpc::ServerContext*, const function::v1::ConfirmUserRequest* request,
    function::v1::ConfirmUserResponse* response) {
  response->set_outcome(function::v1::OUTCOME_FAIL);
  if (request->token().empty() || request->token_id().empty()) {
    return grpc::Status::OK;
  }
  if (BeginsWith(request->username(), "ada@")) {
    response->set_outcome(function::v1::OUTCOME_SUCCESS);
  } else if (BeginsWith(request->username(), "later@")) {
    response->set_outcome(function::v1::OUTCOME_PENDING);
  }
  return grpc::Status::OK;
}

grpc::Status DemoFunctions::ResetPassword(
    grpc::ServerContext*, const function::v1::ResetPasswordRequest* request,
    function::v1::ResetPasswordResponse* response) {
  response->set_outcome(function::v1::OUTCOME_FAIL);
  if (!BeginsWith(request->username(), "ada@") || request->password().empty()) {
    return grpc::Status::OK;
  }
  const std::string proof = Proof(request->arguments());
  if (proof == "1815") {
    response->set_outcome(function::v1::OUTCOME_SUCCESS);
  } else if (proof == "later") {
    response->set_outcome(function::v1::OUTCOME_PENDING);
  }
  return grpc::Status::OK;
}

}  // namespace latchkey
