#include "clients/demo/demo_functions.h"

#include <string>

#include "google/protobuf/struct.pb.h"

namespace latchkey {
namespace {

std::string Field(const google::protobuf::Struct& payload, const char* name) {
  const auto found = payload.fields().find(name);
  return found == payload.fields().end() ? "" : found->second.string_value();
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
    grpc::ServerContext*, const function::v1::ConfirmUserRequest*,
    function::v1::ConfirmUserResponse* response) {
  response->set_outcome(function::v1::OUTCOME_FAIL);
  return grpc::Status::OK;
}

grpc::Status DemoFunctions::ResetPassword(
    grpc::ServerContext*, const function::v1::ResetPasswordRequest*,
    function::v1::ResetPasswordResponse* response) {
  response->set_outcome(function::v1::OUTCOME_FAIL);
  return grpc::Status::OK;
}

}  // namespace latchkey
