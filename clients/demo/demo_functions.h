// Custom functions in one process, for trying latchkey out.
#ifndef LATCHKEY_CLIENTS_DEMO_DEMO_FUNCTIONS_H_
#define LATCHKEY_CLIENTS_DEMO_DEMO_FUNCTIONS_H_

#include "grpcpp/server_context.h"
#include "grpcpp/support/status.h"
#include "latchkey/function/v1/auth_function.grpc.pb.h"

namespace latchkey {

// DemoFunctions knows one user: {"username": "ada", "code": "1815"} is "ada".
// It confirms addresses that begin with "ada@", keeps those with "later@"
// waiting, and lets "ada@" have a new password for {"code": "1815"} as the
// first argument, or later for {"code": "later"}. It refuses everything else,
// by whatever name it is called. Thread-safe.
//
// It is also the second implementation of the contract, in another language
// than clients/functions-node: tests/integration/functions.test.mjs asks both
// the same.
class DemoFunctions final : public function::v1::AuthFunctionService::Service {
 public:
  grpc::Status Authenticate(
      grpc::ServerContext* context,
      const function::v1::AuthenticateRequest* request,
      function::v1::AuthenticateResponse* response) override;
  grpc::Status ConfirmUser(
      grpc::ServerContext* context,
      const function::v1::ConfirmUserRequest* request,
      function::v1::ConfirmUserResponse* response) override;
  grpc::Status ResetPassword(
      grpc::ServerContext* context,
      const function::v1::ResetPasswordRequest* request,
      function::v1::ResetPasswordResponse* response) override;
};

}  // namespace latchkey

#endif  // LATCHKEY_CLIENTS_DEMO_DEMO_FUNCTIONS_H_
