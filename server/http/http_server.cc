#include "server/http/http_server.h"

#include <algorithm>
#include <chrono>
#include <list>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "boost/asio/executor_work_guard.hpp"
#include "boost/asio/io_context.hpp"
#include "boost/asio/ip/tcp.hpp"
#include "boost/asio/post.hpp"
#include "boost/asio/steady_timer.hpp"
#include "core/base/log.h"
#include "core/base/named_thread.h"
#include "core/base/reason.h"
#include "core/base/status_macros.h"
#include "server/http/connect_dispatcher.h"
#include "server/http/http_connection.h"
#include "server/http/request_head.h"
#include "server/http/router.h"
#include "server/http/well_known.h"

namespace latchkey {
namespace {

using boost::asio::ip::tcp;
using boost::system::error_code;

// Out of descriptors: look again after this, instead of spinning.
constexpr std::chrono::milliseconds kAcceptPause(100);
// Forget closed connections after this many new ones.
constexpr size_t kSweepEvery = 64;

absl::StatusOr<tcp::endpoint> ParseEndpoint(const std::string& address) {
  const size_t colon = address.rfind(':');
  std::string host = address.substr(0, colon);
  if (absl::StartsWith(host, "[") && absl::EndsWith(host, "]")) {
    host = host.substr(1, host.size() - 2);
  }
  if (host == "localhost") host = "127.0.0.1";
  uint32_t port = 0;
  error_code error;
  const auto ip = boost::asio::ip::make_address(host, error);
  if (error || colon == std::string::npos ||
      !absl::SimpleAtoi(address.substr(colon + 1), &port) || port > 65535) {
    return Error(Reason::kInvalidRequest,
                 absl::StrCat("http address ", address, " is not HOST:PORT"));
  }
  return tcp::endpoint(ip, static_cast<uint16_t>(port));
}

}  // namespace

struct HttpServer::Impl {
  Impl(const HttpConfig& config, const LimitsConfig& limits,
       const std::string& issuer, Deps deps)
      : well_known(issuer, deps.keys),
        connect({deps.methods, deps.dispatcher, deps.clock, deps.random,
                 config.auth, config.admin},
                limits),
        router({&well_known, &connect, deps.metrics, deps.not_ready_because,
                config.max_body_bytes, deps.handlers}),
        pool(std::make_shared<HttpConnectionPool>()),
        acceptor(pool->io),
        pause(pool->io) {
    pool->config = config;
    pool->router = &router;
  }

  absl::Status Bind(const std::string& wanted);
  void Accept();
  void Take(tcp::socket socket);
  void BeginStop();

  WellKnown well_known;
  ConnectDispatcher connect;
  Router router;
  const std::shared_ptr<HttpConnectionPool> pool;
  tcp::acceptor acceptor;
  boost::asio::steady_timer pause;
  // A call that is being handled waits for nothing in the io_context.
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work{
      pool->io.get_executor()};
  std::list<std::weak_ptr<HttpConnection>> connections;
  size_t accepted = 0;
  std::string address;
  absl::Notification drained;
  bool stopped = false;
  std::unique_ptr<NamedThread> thread;
};

absl::Status HttpServer::Impl::Bind(const std::string& wanted) {
  ASSIGN_OR_RETURN(const tcp::endpoint endpoint, ParseEndpoint(wanted));
  error_code error;
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) {
    acceptor.listen(boost::asio::socket_base::max_listen_connections, error);
  }
  if (error) {
    return Error(Reason::kInvalidRequest,
                 absl::StrCat("cannot listen for HTTP on ", wanted, ": ",
                              error.message()));
  }
  address = EndpointName(acceptor.local_endpoint());
  return absl::OkStatus();
}

void HttpServer::Impl::Accept() {
  acceptor.async_accept([this](error_code error, tcp::socket socket) {
    if (pool->stopping || error == boost::asio::error::operation_aborted) {
      return;
    }
    if (error) {
      Log(LogLevel::kWarning, "http_accept_failed",
          {{"cause", error.message()}});
      pause.expires_after(kAcceptPause);
      pause.async_wait([this](error_code cancelled) {
        if (!cancelled) Accept();
      });
      return;
    }
    Take(std::move(socket));
    Accept();
  });
}

void HttpServer::Impl::Take(tcp::socket socket) {
  // Over the cap the newcomer goes: those inside have a request to finish.
  if (pool->open >= pool->config.max_connections) return;
  error_code ignored;
  socket.set_option(tcp::no_delay(true), ignored);
  auto connection = std::make_shared<HttpConnection>(std::move(socket), pool);
  if (++accepted % kSweepEvery == 0) {
    connections.remove_if([](const auto& weak) { return weak.expired(); });
  }
  connections.push_back(connection);
  connection->Start();
}

// On the io thread: no new connections, idle ones go, busy ones may finish.
void HttpServer::Impl::BeginStop() {
  pool->stopping = true;
  error_code ignored;
  acceptor.close(ignored);
  pause.cancel();
  const auto notify_when_drained = [this] {
    if (pool->busy == 0 && !drained.HasBeenNotified()) drained.Notify();
  };
  pool->on_change = notify_when_drained;
  for (const auto& weak : connections) {
    if (auto connection = weak.lock()) connection->CloseIfIdle();
  }
  notify_when_drained();
}

absl::StatusOr<std::unique_ptr<HttpServer>> HttpServer::Start(
    const HttpConfig& config, const LimitsConfig& limits,
    const std::string& issuer, Deps deps) {
  auto impl = std::make_unique<Impl>(config, limits, issuer, std::move(deps));
  RETURN_IF_ERROR(impl->Bind(config.address));
  impl->Accept();
  Impl* raw = impl.get();
  impl->thread =
      std::make_unique<NamedThread>("lk-http", [raw] { raw->pool->io.run(); });
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(impl)));
}

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

HttpServer::~HttpServer() { Stop(absl::ZeroDuration()); }

const std::string& HttpServer::address() const { return impl_->address; }

void HttpServer::Stop(absl::Duration timeout) {
  if (std::exchange(impl_->stopped, true)) return;
  Impl* const impl = impl_.get();
  boost::asio::post(impl->pool->io, [impl] { impl->BeginStop(); });
  impl->drained.WaitForNotificationWithTimeout(
      std::max(timeout, absl::ZeroDuration()));
  // With everything closed and nothing else to wait for, run() returns.
  boost::asio::post(impl->pool->io, [impl] {
    impl->pool->on_change = nullptr;
    impl->work.reset();
    for (const auto& weak : impl->connections) {
      if (auto connection = weak.lock()) connection->CloseNow();
    }
  });
  impl->thread.reset();
  {
    absl::MutexLock lock(&impl->pool->mu);
    impl->pool->closed.store(true);
  }
  // Replies that came after the thread's last look let go of their connections.
  impl->pool->io.restart();
  impl->pool->io.poll();
}

}  // namespace latchkey
