#include "server/grpc/grpc_server.h"

#include <unistd.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "core/base/log.h"
#include "core/base/reason.h"
#include "core/base/status_macros.h"
#include "google/protobuf/stubs/logging.h"
#include "grpc/support/log.h"
#include "grpcpp/security/server_credentials.h"
#include "grpcpp/server.h"
#include "grpcpp/server_builder.h"
#include "grpcpp/server_posix.h"
#include "server/grpc/grpc_adapter.h"
#include "server/grpc/health_service.h"
#include "server/grpc/peer_uids.h"
#include "server/grpc/reflection_answers.h"
#include "server/grpc/reflection_service.h"
#include "server/grpc/server_options.h"
#include "server/grpc/tls_credentials.h"
#include "server/grpc/unix_listener.h"
#include "server/grpc/unknown_method.h"

namespace latchkey {
namespace {

constexpr char kHealth[] = "grpc.health.v1.Health";

void LogOfGrpc(gpr_log_func_args* line) {
  Log(LogLevel::kDebug, "grpc", {{"message", line->message}});
}

// Debian's Abseil looks for lock cycles at run time, which costs a lot.
void PrepareLibraries() {
  static const bool done = [] {
    absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
    grpc::EnableDefaultHealthCheckService(false);
    // Peers cause what these libraries print on standard error.
    gpr_set_log_function(LogOfGrpc);
    google::protobuf::SetLogHandler(nullptr);
    return true;
  }();
  static_cast<void>(done);
}

bool Privileged(const ListenerConfig& listener) {
  return listener.admin || listener.outbound;
}

std::vector<ServiceGroup> Groups(const ListenerConfig& listener) {
  std::vector<ServiceGroup> groups;
  if (listener.auth) groups.push_back(ServiceGroup::kAuth);
  if (listener.admin) groups.push_back(ServiceGroup::kAdmin);
  if (listener.outbound) groups.push_back(ServiceGroup::kOutbound);
  return groups;
}

// Who may connect to a privileged Unix socket.
std::vector<uint32_t> AllowedUids(const ListenerConfig& listener) {
  if (!listener.allowed_uids.empty()) return listener.allowed_uids;
  return {static_cast<uint32_t>(::geteuid())};
}

GrpcAdapter::Options AdapterOptions(const ListenerConfig& listener,
                                    const LimitsConfig& limits,
                                    const GrpcServer::Deps& deps,
                                    const PeerUids* uids) {
  GrpcAdapter::Options options;
  options.methods = deps.methods;
  options.dispatcher = deps.dispatcher;
  options.clock = deps.clock;
  options.random = deps.random;
  options.groups = Groups(listener);
  options.max_metadata_bytes = limits.max_metadata_bytes;
  options.default_deadline = limits.default_deadline;
  options.max_deadline = limits.max_deadline;
  if (Privileged(listener) && !UnixPath(listener.address).empty()) {
    options.admin_uids = uids;
  }
  if (listener.tls.has_value()) options.admin_sans = listener.tls->allowed_sans;
  return options;
}

UnixListener::Options UnixOptions(const ListenerConfig& listener,
                                  const LimitsConfig& limits) {
  UnixListener::Options options;
  options.path = UnixPath(listener.address);
  options.max_connections = limits.max_connections;
  if (!Privileged(listener)) {
    options.mode = 0666;
    if (!listener.allowed_uids.empty()) {
      options.allowed_uids = listener.allowed_uids;
    }
    return options;
  }
  options.allowed_uids = AllowedUids(listener);
  // Other users can open the socket only where the list lets them in.
  const bool only_we =
      *options.allowed_uids ==
      std::vector<uint32_t>{static_cast<uint32_t>(::geteuid())};
  options.mode = only_we ? 0600 : 0666;
  return options;
}

absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> Credentials(
    const ListenerConfig& listener, absl::Time now) {
  if (listener.tls.has_value()) return TlsCredentials(*listener.tls, now);
  return grpc::InsecureServerCredentials();
}

// "127.0.0.1:0" and 40123 make "127.0.0.1:40123".
std::string WithPort(absl::string_view address, int port) {
  return absl::StrCat(address.substr(0, address.rfind(':')), ":", port);
}

}  // namespace

// The order of the members is the order of construction.
struct GrpcServer::Parts {
  Parts(const ListenerConfig& listener, const LimitsConfig& limits,
        const Deps& deps)
      : adapter(AdapterOptions(listener, limits, deps, &peer_uids)) {}

  std::string address;
  PeerUids peer_uids;
  GrpcAdapter adapter;
  HealthService health;
  UnknownMethod unknown;
  std::unique_ptr<ReflectionAnswers> answers;
  std::vector<std::unique_ptr<ReflectionService>> reflection;
  std::unique_ptr<grpc::Server> server;
  std::unique_ptr<UnixListener> unix_listener;
  bool stopped = false;

  void AddReflection(grpc::ServerBuilder* builder);
  absl::Status ListenOnTcp(const ListenerConfig& listener, absl::Time now,
                           grpc::ServerBuilder* builder);
  absl::Status ListenOnUnix(const ListenerConfig& listener,
                            const LimitsConfig& limits, Clock* clock);
};

void GrpcServer::Parts::AddReflection(grpc::ServerBuilder* builder) {
  std::vector<std::string> names = adapter.service_names();
  names.push_back(kHealth);
  names.push_back(kReflectionV1);
  answers = std::make_unique<ReflectionAnswers>(std::move(names));
  for (const char* name : {kReflectionV1, kReflectionV1Alpha}) {
    reflection.push_back(
        std::make_unique<ReflectionService>(name, answers.get()));
    builder->RegisterService(reflection.back().get());
  }
}

absl::Status GrpcServer::Parts::ListenOnTcp(const ListenerConfig& listener,
                                            absl::Time now,
                                            grpc::ServerBuilder* builder) {
  ASSIGN_OR_RETURN(auto credentials, Credentials(listener, now));
  int port = 0;
  builder->AddListeningPort(listener.address, credentials, &port);
  server = builder->BuildAndStart();
  if (server == nullptr || port == 0) {
    return Error(
        Reason::kInvalidRequest,
        absl::StrCat("cannot listen on ", listener.address,
                     listener.tls.has_value()
                         ? ": in use, or a certificate that TLS refuses"
                         : ": in use, or not ours"));
  }
  address = WithPort(listener.address, port);
  return absl::OkStatus();
}

absl::Status GrpcServer::Parts::ListenOnUnix(const ListenerConfig& listener,
                                             const LimitsConfig& limits,
                                             Clock* clock) {
  grpc::Server* adopter = server.get();
  UnixListener::Options options = UnixOptions(listener, limits);
  address = absl::StrCat("unix:", options.path);
  ASSIGN_OR_RETURN(unix_listener,
                   UnixListener::Start(std::move(options), clock,
                                       [this, adopter](int fd, uint32_t uid) {
                                         peer_uids.Note(fd, uid);
                                         grpc::AddInsecureChannelFromFd(adopter,
                                                                        fd);
                                       }));
  return absl::OkStatus();
}

GrpcServer::GrpcServer(std::unique_ptr<Parts> parts)
    : parts_(std::move(parts)) {}

absl::StatusOr<std::unique_ptr<GrpcServer>> GrpcServer::Start(
    const ListenerConfig& listener, const LimitsConfig& limits, Deps deps) {
  PrepareLibraries();
  auto parts = std::make_unique<Parts>(listener, limits, deps);
  grpc::ServerBuilder builder;
  ApplyServerOptions(limits, &builder);
  for (grpc::Service* service : parts->adapter.services()) {
    builder.RegisterService(service);
  }
  builder.RegisterService(&parts->health);
  builder.RegisterCallbackGenericService(&parts->unknown);
  if (listener.reflection) parts->AddReflection(&builder);
  // From here on the destructor stops the server.
  std::unique_ptr<GrpcServer> result(new GrpcServer(std::move(parts)));
  Parts& made = *result->parts_;
  if (UnixPath(listener.address).empty()) {
    RETURN_IF_ERROR(
        made.ListenOnTcp(listener, deps.clock->TimeNow(), &builder));
  } else {
    made.server = builder.BuildAndStart();
    if (made.server == nullptr) {
      return Error(Reason::kInternal, "cannot start a gRPC server");
    }
    RETURN_IF_ERROR(made.ListenOnUnix(listener, limits, deps.clock));
  }
  result->SetServing(false);
  return result;
}

GrpcServer::~GrpcServer() { Shutdown(absl::InfinitePast()); }

const std::string& GrpcServer::address() const { return parts_->address; }

const std::vector<std::string>& GrpcServer::services() const {
  return parts_->adapter.service_names();
}

void GrpcServer::SetServing(bool serving) {
  SetServing("", serving);
  for (const std::string& name : services()) SetServing(name, serving);
}

void GrpcServer::SetServing(const std::string& service, bool serving) {
  parts_->health.SetServing(service, serving);
}

void GrpcServer::Shutdown(absl::Time deadline) {
  if (parts_->stopped || parts_->server == nullptr) return;
  parts_->stopped = true;
  // From now on NOT_SERVING, whatever SetServing says; streams that only watch
  // end, so that they do not hold up the rest.
  parts_->health.Shutdown();
  parts_->unix_listener.reset();
  // gRPC takes a time before the epoch for the far future.
  parts_->server->Shutdown(
      absl::ToChronoTime(std::max(deadline, absl::UnixEpoch())));
}

}  // namespace latchkey
