// AuthFunction is login logic outside latchkey's own code.
#ifndef LATCHKEY_CORE_PROVIDER_AUTH_FUNCTION_H_
#define LATCHKEY_CORE_PROVIDER_AUTH_FUNCTION_H_

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/base/call_context.h"
#include "core/base/secret.h"

namespace latchkey {

// What a function says about an accepted payload.
struct AuthFunctionResult {
  // 1-255 bytes of UTF-8 without control characters: the identity's subject.
  std::string id;
  // For people, at most 255 bytes; kept as `name` in the data. May be empty.
  std::string name;
  // JSON object, at most 16 KiB.
  std::string data_json = "{}";
};

// AuthFunction: thread-safe; may block until ctx.deadline. Any failure (a
// throw, a timeout, a wrong answer) is CREDENTIAL_REJECTED with its kind as
// detail. That goes to the log, so the words of another process, which may
// quote the payload, are not in it; those of an embedder's own exception are,
// cut to 256 bytes.
class AuthFunction {
 public:
  virtual ~AuthFunction() = default;
  virtual absl::StatusOr<AuthFunctionResult> Authenticate(
      absl::string_view payload_json, const CallContext& ctx) = 0;
};

// What a function decided about a registration or a new password.
enum class FunctionOutcome { kFail, kPending, kSuccess };

// What a confirmation function is told. Borrowed, as all of the next.
struct ConfirmUserCall {
  absl::string_view username;
  absl::string_view token_id;
  const Secret* token;
};

struct ResetPasswordCall {
  absl::string_view username;
  const Secret* password;  // the proposed one
  absl::string_view token_id;
  const Secret* token;
  bool current_password_valid;  // the proposed one holds already
  // {"arguments":[...]}, at most 16 KiB; empty: none.
  absl::string_view arguments_json;
};

// AccountFunction decides about registrations and new passwords: thread-safe;
// may block until ctx.deadline. Errors as AuthFunction's.
class AccountFunction {
 public:
  virtual ~AccountFunction() = default;
  virtual absl::StatusOr<FunctionOutcome> ConfirmUser(
      const ConfirmUserCall& call, const CallContext& ctx) = 0;
  virtual absl::StatusOr<FunctionOutcome> ResetPassword(
      const ResetPasswordCall& call, const CallContext& ctx) = 0;
};

// AuthFunctionConnector makes the client for a target ("unix:///run/fn.sock",
// "127.0.0.1:9000"). Implemented where gRPC may be used.
class AuthFunctionConnector {
 public:
  virtual ~AuthFunctionConnector() = default;
  struct Options {
    std::string target;
    std::string app;            // sent along
    std::string function_name;  // sent along; several may share a host
    size_t max_response_bytes = 64 * 1024;
  };
  virtual absl::StatusOr<std::unique_ptr<AuthFunction>> Connect(
      const Options& options) = 0;
  // ConnectAccounts makes the client of an AccountFunction. Not every connector
  // can: INTERNAL.
  virtual absl::StatusOr<std::unique_ptr<AccountFunction>> ConnectAccounts(
      const Options& options);
};

// InProcessAuthFunctions is the table of functions that an embedder registered
// in C++. Not synchronized: Register before the service starts; lookups are
// then lock-free. A function may throw; it is called by several threads.
class InProcessAuthFunctions {
 public:
  using Function = std::function<absl::StatusOr<AuthFunctionResult>(
      absl::string_view payload_json, const CallContext& ctx)>;
  static InProcessAuthFunctions* Global();
  // Register adds or replaces.
  void Register(std::string name, Function function);
  // Find returns null when there is none. Valid as long as the table.
  const Function* Find(const std::string& name) const;

 private:
  std::map<std::string, Function> functions_;
};

}  // namespace latchkey

#endif  // LATCHKEY_CORE_PROVIDER_AUTH_FUNCTION_H_
