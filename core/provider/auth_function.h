// AuthFunction is login logic outside latchkey's own code.
#ifndef LATCHKEY_CORE_PROVIDER_AUTH_FUNCTION_H_
#define LATCHKEY_CORE_PROVIDER_AUTH_FUNCTION_H_

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/base/call_context.h"

namespace latchkey {

// What a function says about an accepted payload.
struct AuthFunctionResult {
  std::string id;                // 1-255 bytes: the identity's subject
  std::string name;              // optional display name
  std::string data_json = "{}";  // JSON object
};

// AuthFunction: thread-safe; may block until ctx.deadline. Any failure (a
// throw, a timeout, a wrong answer) is CREDENTIAL_REJECTED with its cause as
// detail.
class AuthFunction {
 public:
  virtual ~AuthFunction() = default;
  virtual absl::StatusOr<AuthFunctionResult> Authenticate(
      absl::string_view payload_json, const CallContext& ctx) = 0;
};

// AuthFunctionConnector makes the client for a target ("unix:///run/fn.sock",
// "127.0.0.1:9000"). Implemented where gRPC may be used.
class AuthFunctionConnector {
 public:
  virtual ~AuthFunctionConnector() = default;
  struct Options {
    std::string target;
    std::string function_name;  // sent along; several may share a host
    size_t max_response_bytes = 64 * 1024;
  };
  virtual absl::StatusOr<std::unique_ptr<AuthFunction>> Connect(
      const Options& options) = 0;
};

// InProcessAuthFunctions is the table of functions that an embedder registered
// in C++. Register before the service starts; lookups are then lock-free.
class InProcessAuthFunctions {
 public:
  using Function = std::function<absl::StatusOr<AuthFunctionResult>(
      absl::string_view payload_json, const CallContext& ctx)>;
  static InProcessAuthFunctions* Global();
  // Register adds or replaces.
  void Register(std::string name, Function function);
  // Find returns null when there is none.
  const Function* Find(const std::string& name) const;

 private:
  std::map<std::string, Function> functions_;
};

}  // namespace latchkey

#endif  // LATCHKEY_CORE_PROVIDER_AUTH_FUNCTION_H_
