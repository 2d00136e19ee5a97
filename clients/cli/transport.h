// Transport carries one call to a service. The gRPC one is in
// grpc_transport.h; tests have their own.
#ifndef LATCHKEY_CLIENTS_CLI_TRANSPORT_H_
#define LATCHKEY_CLIENTS_CLI_TRANSPORT_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "google/protobuf/message.h"

namespace latchkey {

// Endpoint: where a service is, and how to be sure that it is the one.
struct Endpoint {
  std::string address;  // "127.0.0.1:7070", "unix:data/admin.sock"
  // Without TLS the connection is plaintext.
  bool tls = false;
  std::string ca_pem;           // empty: the system's authorities
  std::string client_cert_pem;  // with client_key_pem; empty: none
  std::string client_key_pem;
};

// RpcCall: which method, on whose behalf. A view of strings of the caller.
struct RpcCall {
  absl::string_view method;  // "latchkey.v1.AuthService/Login"
  absl::string_view bearer;  // sent as `authorization`; empty: none
  absl::Duration timeout;    // from now
};

// Transport: thread-compatible.
class Transport {
 public:
  virtual ~Transport() = default;

  // Call waits for the answer. Failures are made by RpcError (failure.h).
  virtual absl::Status Call(const RpcCall& call,
                            const google::protobuf::Message& request,
                            google::protobuf::Message* response) = 0;
};

}  // namespace latchkey

#endif  // LATCHKEY_CLIENTS_CLI_TRANSPORT_H_
