// Exchange is one request of an App Services client, and its answer.
#ifndef LATCHKEY_SERVER_APP_SERVICES_EXCHANGE_H_
#define LATCHKEY_SERVER_APP_SERVICES_EXCHANGE_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "core/app/app.h"
#include "core/base/reason.h"
#include "core/json/json.h"
#include "core/session/principal.h"
#include "server/http/http_message.h"
#include "server/rpc/method_table.h"
#include "server/rpc/rpc_context.h"

namespace latchkey {

// ClientError is an error as those clients know it.
struct ClientError {
  int status = 400;
  std::string code;  // one of the names that they know; empty: none
  std::string text;
};

// What a request tries to do: the same reason is told in other words.
enum class Situation {
  kRequest,  // nothing yet
  kLogin,
  kLink,
  kAccess,        // an access token is asked for
  kRefresh,       // a refresh token is asked for
  kRegister,      // an address
  kConfirm,       // with the token of a mail
  kConfirmAgain,  // another mail, or the function once more
  kReset,         // with the token of a mail
  kResetRequest,  // a mail, or the function
  kApiKey,
  kVerify,
};

// Exchange: used by one thread at a time. Neither copied nor moved: `context`
// points at `caller`.
struct Exchange {
  Exchange() = default;
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  // What came in.
  HttpRequest http;
  std::string base_url;                     // told to clients
  std::shared_ptr<const App> app;           // of the path or of the token
  std::string provider;                     // of the path, "anon-user"
  std::string id;                           // of the path
  json::Value body{json::Value::Object()};  // where the endpoint wants one
  RpcContext context;
  Principal caller;  // once a token proved it

  // What an endpoint makes of it in the transport's thread: work for a lane, or
  // nothing when the answer is there already.
  Situation situation = Situation::kRequest;
  std::string email;  // for texts that name the address
  Lane lane = Lane::kStore;
  absl::AnyInvocable<absl::Status()> work;

  // The answer.
  HttpReply reply;
  std::optional<ClientError> refusal;
  // How a failure is told, where that is not by JSON to the caller: its status
  // and body take the place of those of `reply`, its headers come along.
  std::function<HttpReply(const ClientError&)> tell;
  // Pages of listed origins may send cookies along.
  bool allows_cookies = false;

  // settings of `app`, or the defaults before it is known.
  const AppServicesSettings& settings() const;

  // Answer gives JSON, and AnswerNothing 204 without a type.
  void Answer(int status, const json::Value& value);
  void AnswerNothing();
  // Refuse notes what the client is told; `reason` is for log and metrics.
  absl::Status Refuse(ClientError error, Reason reason);

  // ReadText reads a member that must be a string, which may be empty.
  absl::Status ReadText(absl::string_view name, std::string* out);
};

}  // namespace latchkey

#endif  // LATCHKEY_SERVER_APP_SERVICES_EXCHANGE_H_
