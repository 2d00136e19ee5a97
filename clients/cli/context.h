// Context is what commands work with: the global flags, the output, and the
// three ways to call the service.
#ifndef LATCHKEY_CLIENTS_CLI_CONTEXT_H_
#define LATCHKEY_CLIENTS_CLI_CONTEXT_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "clients/cli/output.h"
#include "clients/cli/session_file.h"
#include "clients/cli/session_keeper.h"
#include "clients/cli/transport.h"
#include "clients/cli/world.h"
#include "google/protobuf/message.h"

namespace latchkey {

// GlobalFlags as given; empty where they were not.
struct GlobalFlags {
  std::string server;
  std::string admin;
  std::string admin_key_file;
  std::string app;
  std::string output;
  std::string timeout = "5s";
  std::string session_file;
  bool tls = false;
  std::string tls_ca_file;
  std::string tls_cert_file;
  std::string tls_key_file;
  bool insecure = false;
};

// Action is what a chosen command does: its exit code, or a failure to print.
using Action = std::function<absl::StatusOr<int>()>;

// Context borrows `world`. Thread-compatible; one for each command line.
class Context final {
 public:
  using Message = google::protobuf::Message;

  explicit Context(const CliWorld* world) : world_(world) {}

  GlobalFlags flags;
  Action action;  // set by the parser

  // Start makes the flags take effect, before the action runs.
  absl::Status Start();

  const CliWorld& world() const { return *world_; }
  Output& output() { return *output_; }
  absl::Time now() const { return world_->clock->TimeNow(); }

  // The app given by --app or LATCHKEY_APP; may be empty.
  std::string OptionalApp() const;
  absl::StatusOr<std::string> App() const;  // UsageError when empty
  // Where user verbs go.
  std::string ServerAddress() const;
  SessionFile session_file() const;

  // Call goes to --server without a token.
  absl::Status Call(absl::string_view method, const Message& request,
                    Message* response);
  // CallAsUser sends the access token of the session file, after renewing it
  // when it ends soon; renews it and calls again, once, when the service
  // refuses it.
  absl::Status CallAsUser(absl::string_view method, const Message& request,
                          Message* response,
                          Renewal how = Renewal::kAlsoAtIssuer);
  // CallAsAdmin goes to --admin, with the admin key when there is one.
  absl::Status CallAsAdmin(absl::string_view method, const Message& request,
                           Message* response);

  // LoadSession wants a session of this server and, where one is given, app.
  absl::StatusOr<StoredSession> LoadSession() const;

 private:
  absl::Status CallAt(const std::string& address, const RpcCall& call,
                      const Message& request, Message* response);
  absl::StatusOr<Endpoint> MakeEndpoint(const std::string& address) const;
  std::string Setting(const std::string& flag, const char* variable,
                      const char* otherwise) const;

  const CliWorld* const world_;
  absl::Duration timeout_;
  std::unique_ptr<Output> output_;
};

// OutputStyle decides from --output (empty: not given), the terminal and
// NO_COLOR.
absl::StatusOr<Output::Style> OutputStyle(absl::string_view output,
                                          const CliWorld& world);

}  // namespace latchkey

#endif  // LATCHKEY_CLIENTS_CLI_CONTEXT_H_
