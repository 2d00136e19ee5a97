#include "server/server.h"

#include <utility>

#include "absl/strings/str_join.h"
#include "core/base/log.h"
#include "core/base/named_thread.h"
#include "core/base/status_macros.h"
#include "server/server_parts.h"

namespace latchkey {
namespace {

// Required key sources get this long before the service listens anyway,
// reporting NOT_SERVING until they are there.
constexpr absl::Duration kFirstLoadWait = absl::Seconds(2);
constexpr absl::Duration kHealthInterval = absl::Seconds(2);
constexpr absl::Duration kSweepInterval = absl::Minutes(1);
// What the stores remove in one call.
constexpr size_t kFullSweep = 1000;
// For whatever a stop does besides draining; only a disk that hangs or a call
// that outlives drain_timeout needs so long.
constexpr absl::Duration kStopGrace = absl::Seconds(10);

absl::StatusOr<std::unique_ptr<Store>> OpenStore(const Config& config) {
  if (!config.sqlite.has_value()) return NewMemoryStore();
  return NewSqliteStore(*config.sqlite);
}

}  // namespace

absl::Status Server::Parts::Listen() {
  for (const ListenerConfig& listener : config.listeners) {
    ASSIGN_OR_RETURN(std::unique_ptr<GrpcServer> server,
                     GrpcServer::Start(listener, config.limits,
                                       {&methods, &dispatcher, clock, random}));
    grpc.push_back(std::move(server));
  }
  if (config.http.has_value()) {
    HttpServer::Deps deps;
    deps.methods = &methods;
    deps.dispatcher = &dispatcher;
    deps.keys = keys.get();
    deps.metrics = &metrics;
    deps.clock = clock;
    deps.random = random;
    deps.not_ready_because = [this] { return readiness.NotReadyBecause(); };
    deps.handlers = {app_services.get()};
    ASSIGN_OR_RETURN(http, HttpServer::Start(*config.http, config.limits,
                                             config.issuer, std::move(deps)));
  }
  return absl::OkStatus();
}

void Server::Parts::LookAtHealth() {
  readiness.Look();
  PublishHealth();
}

void Server::Parts::PublishHealth() {
  const bool ready = readiness.NotReadyBecause().empty();
  for (const auto& server : grpc) server->SetServing(ready);
}

void Server::Parts::Watch() {
  LookAtHealth();
  health = std::make_unique<BackgroundTask>("lk-health", clock, [this] {
    LookAtHealth();
    return clock->TimeNow() + kHealthInterval;
  });
  anonymous = std::make_unique<BackgroundTask>(
      "lk-anonymous", clock, [this] { return anonymous_sweep.Step(); });
  sweep = std::make_unique<BackgroundTask>("lk-sweep", clock, [this] {
    const absl::Time now = clock->TimeNow();
    const absl::StatusOr<size_t> removed =
        store->sessions()->RemoveDead(now - LifeOfRevocations());
    const absl::StatusOr<size_t> expired =
        store->one_time_tokens()->RemoveExpired(now);
    // A full sweep leaves more behind: go on at once.
    const bool more = (removed.ok() && *removed >= kFullSweep) ||
                      (expired.ok() && *expired >= kFullSweep);
    return more ? now : now + kSweepInterval;
  });
}

// All at once: each lets its running calls end, and none waits for another.
void Server::Parts::CloseListeners(absl::Time deadline) {
  const auto left = [&] { return deadline - clock->TimeNow(); };
  std::vector<std::unique_ptr<NamedThread>> closing;
  for (const auto& server : grpc) {
    closing.push_back(std::make_unique<NamedThread>(
        "lk-stop", [&server, deadline] { server->Shutdown(deadline); }));
  }
  if (http != nullptr) http->Stop(left());
  closing.clear();  // joins
  dispatcher.Drain(left());
}

absl::StatusOr<std::unique_ptr<Server>> Server::Start(Config config) {
  ASSIGN_OR_RETURN(std::unique_ptr<Store> store, OpenStore(config));
  ASSIGN_OR_RETURN(std::unique_ptr<KeyRing> keys,
                   LoadKeyRing(store->keys(), config.tokens.signing_algorithm,
                               config.tokens.access_ttl + config.tokens.leeway,
                               Clock::RealClock()));
  std::vector<OutboundSettings> outbound =
      std::move(config.outbound_credentials);
  auto parts = std::make_unique<Parts>(std::move(config), std::move(store),
                                       std::move(keys));
  RETURN_IF_ERROR(parts->sessions.LoadRevocations(parts->LifeOfRevocations()));
  RETURN_IF_ERROR(parts->LoadApps(parts->config.apps));
  parts->outbound.Replace(std::move(outbound));
  parts->jwks.WaitForFirstLoad(parts->clock->TimeNow() + kFirstLoadWait);
  RETURN_IF_ERROR(parts->Listen());
  parts->Watch();
  std::unique_ptr<Server> server(new Server(std::move(parts)));
  Log(LogLevel::kInfo, "ready",
      {{"grpc", absl::StrJoin(server->grpc_addresses(), ",")},
       {"http", server->http_address()}});
  return server;
}

Server::Server(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Server::~Server() { Stop(); }

std::vector<std::string> Server::grpc_addresses() const {
  std::vector<std::string> addresses;
  for (const auto& server : parts_->grpc) {
    addresses.push_back(server->address());
  }
  return addresses;
}

std::string Server::http_address() const {
  return parts_->http == nullptr ? "" : parts_->http->address();
}

absl::Status Server::Reload(Config config) {
  for (const std::string& section :
       ChangedOutsideApps(parts_->config, config)) {
    Log(LogLevel::kWarning, "config_change_needs_restart",
        {{"section", section}});
  }
  RETURN_IF_ERROR(parts_->LoadApps(config.apps));
  parts_->outbound.Replace(std::move(config.outbound_credentials));
  // Readiness may hang on a key source that came or went.
  if (parts_->health != nullptr) parts_->health->Wake();
  return absl::OkStatus();
}

void Server::NoteReload(const absl::Status& status) {
  parts_->readiness.SetReloadFailure(
      status.ok() ? "" : std::string(status.message()));
}

absl::Duration Server::stop_limit() const {
  return parts_->config.drain_delay + parts_->config.drain_timeout + kStopGrace;
}

void Server::Stop() {
  Parts& parts = *parts_;
  if (std::exchange(parts.stopped, true)) return;
  parts.readiness.SetStopping();
  parts.PublishHealth();
  // Endpoints that watch health need a moment to send callers elsewhere.
  if (parts.config.drain_delay > absl::ZeroDuration()) {
    absl::Mutex mu;
    absl::MutexLock lock(&mu);
    bool never = false;
    parts.clock->AwaitWithDeadline(
        &mu, absl::Condition(&never),
        parts.clock->TimeNow() + parts.config.drain_delay);
  }
  parts.health.reset();
  const absl::Time deadline =
      parts.clock->TimeNow() + parts.config.drain_timeout;
  // Or their streams would stay open for all of drain_timeout.
  parts.event_watches.Stop();
  parts.CloseListeners(deadline);
  // What those calls promised.
  if (parts.mails != nullptr) parts.mails->Drain(deadline);
  parts.anonymous.reset();
  parts.sweep.reset();
  parts.audit.Flush(deadline);
}

}  // namespace latchkey
