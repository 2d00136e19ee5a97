#include "clients/cli/context.h"

#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "clients/cli/failure.h"
#include "clients/cli/file_input.h"
#include "core/base/status_macros.h"

namespace latchkey {
namespace {

constexpr char kDefaultServer[] = "127.0.0.1:7070";
constexpr char kDefaultAdmin[] = "unix:data/admin.sock";
constexpr absl::Duration kMaxTimeout = absl::Minutes(10);

// Loopback addresses of IPv4; names may begin with "127.", too.
bool IsLoopback4(absl::string_view address) {
  return absl::StartsWith(address, "127.") &&
         absl::c_all_of(address, [](char c) {
           return absl::ascii_isdigit(static_cast<unsigned char>(c)) ||
                  c == '.' || c == ':';
         });
}

bool IsLocal(absl::string_view address) {
  return absl::StartsWith(address, "unix:") || IsLoopback4(address) ||
         absl::StartsWith(address, "localhost:") ||
         absl::StartsWith(address, "[::1]:");
}

}  // namespace

absl::StatusOr<Output::Style> OutputStyle(absl::string_view output,
                                          const CliWorld& world) {
  Output::Style style;
  const bool colors = !world.env("NO_COLOR").has_value();
  style.colors_out = colors && world.out_is_terminal;
  style.colors_err = colors && world.err_is_terminal;
  const bool table = output.empty() ? world.out_is_terminal : output == "table";
  style.format = table ? Output::Format::kTable : Output::Format::kJson;
  if (!output.empty() && output != "table" && output != "json") {
    return UsageError("--output: json or table");
  }
  return style;
}

absl::Status Context::Start() {
  ASSIGN_OR_RETURN(const Output::Style style,
                   OutputStyle(flags.output, *world_));
  output_ = std::make_unique<Output>(world_->out, world_->err, style);
  if (!absl::ParseDuration(flags.timeout, &timeout_) ||
      timeout_ <= absl::ZeroDuration() || timeout_ > kMaxTimeout) {
    return UsageError("--timeout: a duration like 5s, at most 10m");
  }
  return absl::OkStatus();
}

std::string Context::Setting(const std::string& flag, const char* variable,
                             const char* otherwise) const {
  if (!flag.empty()) return flag;
  return world_->env(variable).value_or(otherwise);
}

std::string Context::ServerAddress() const {
  return Setting(flags.server, "LATCHKEY_SERVER", kDefaultServer);
}

std::string Context::OptionalApp() const {
  return Setting(flags.app, "LATCHKEY_APP", "");
}

absl::StatusOr<std::string> Context::App() const {
  std::string app = OptionalApp();
  if (app.empty()) return UsageError("which app? give --app or LATCHKEY_APP");
  return app;
}

SessionFile Context::session_file() const {
  if (!flags.session_file.empty()) return SessionFile(flags.session_file);
  return SessionFile(SessionFile::DefaultPath(world_->env));
}

absl::StatusOr<Endpoint> Context::MakeEndpoint(
    const std::string& address) const {
  Endpoint endpoint;
  endpoint.address = address;
  endpoint.tls = flags.tls || !flags.tls_ca_file.empty();
  if (!endpoint.tls && !flags.insecure && !IsLocal(address)) {
    return UsageError(
        absl::StrCat(address,
                     " is not on this machine: secrets would travel "
                     "in the clear. Give --tls, or --insecure"));
  }
  if (!flags.tls_ca_file.empty()) {
    ASSIGN_OR_RETURN(endpoint.ca_pem, ReadInputFile(flags.tls_ca_file));
  }
  if (flags.tls_cert_file.empty() != flags.tls_key_file.empty()) {
    return UsageError("--tls-cert and --tls-key go together");
  }
  if (!flags.tls_cert_file.empty()) {
    ASSIGN_OR_RETURN(endpoint.client_cert_pem,
                     ReadInputFile(flags.tls_cert_file));
    ASSIGN_OR_RETURN(endpoint.client_key_pem,
                     ReadInputFile(flags.tls_key_file));
  }
  return endpoint;
}

absl::Status Context::CallAt(const std::string& address, const RpcCall& call,
                             const Message& request, Message* response) {
  ASSIGN_OR_RETURN(const Endpoint endpoint, MakeEndpoint(address));
  return world_->connect(endpoint)->Call(call, request, response);
}

absl::Status Context::Call(absl::string_view method, const Message& request,
                           Message* response) {
  return CallAt(ServerAddress(), {method, "", timeout_}, request, response);
}

absl::Status Context::CallAsAdmin(absl::string_view method,
                                  const Message& request, Message* response) {
  Secret key;
  if (!flags.admin_key_file.empty()) {
    ASSIGN_OR_RETURN(key, ReadSecretInputFile(flags.admin_key_file));
  }
  const std::string address =
      Setting(flags.admin, "LATCHKEY_ADMIN", kDefaultAdmin);
  return CallAt(address, {method, key.RevealSecret(), timeout_}, request,
                response);
}

absl::StatusOr<StoredSession> Context::LoadSession() const {
  return session_file().Load(ServerAddress(), OptionalApp());
}

absl::Status Context::CallAsUser(absl::string_view method,
                                 const Message& request, Message* response,
                                 Renewal how) {
  ASSIGN_OR_RETURN(const StoredSession session, FreshSession(how, this));
  const std::string server = ServerAddress();
  absl::Status status = CallAt(server, {method, session.access_token, timeout_},
                               request, response);
  // Our clock may be late; the refused call has done nothing.
  if (!IsReason(status, "CALLER_TOKEN_INVALID")) return status;
  ASSIGN_OR_RETURN(const StoredSession renewed,
                   RenewSession(session.access_token, how, this));
  return CallAt(server, {method, renewed.access_token, timeout_}, request,
                response);
}

}  // namespace latchkey
