#include "server/http/http_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "core/base/clock.h"
#include "core/base/random.h"
#include "core/crypto/signing_key.h"
#include "core/metrics/metrics.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "latchkey/v1/auth_service.pb.h"
#include "server/http/http_message.h"
#include "server/http/path_handler.h"

namespace latchkey {
namespace {

using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

constexpr char kVerify[] = "/latchkey.v1.AuthService/Verify";
constexpr char kBatch[] = "/latchkey.v1.AuthService/BatchVerify";

// A raw client, so that it can misbehave.
class Client {
 public:
  explicit Client(const std::string& address) {
    const std::vector<std::string> parts =
        absl::StrSplit(address, absl::MaxSplits("]:", 1));
    fd_ = parts.size() == 2 ? ConnectV6(parts[1]) : ConnectV4(address);
    const timeval limit = {10, 0};
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
  }
  ~Client() { close(fd_); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // Where this client is, as the server should see it.
  std::string local_v6() const {
    sockaddr_in6 from = {};
    socklen_t size = sizeof(from);
    getsockname(fd_, reinterpret_cast<sockaddr*>(&from), &size);
    return absl::StrCat("[::1]:", ntohs(from.sin6_port));
  }

  void Send(const std::string& text) {
    (void)!send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
  }
  // Reads until the server closes (or 10 s pass, which fails the test).
  std::string ReadAll() {
    std::string all;
    char buffer[4096];
    for (;;) {
      const ssize_t count = recv(fd_, buffer, sizeof(buffer), 0);
      if (count == 0 || (count < 0 && errno == ECONNRESET)) return all;
      if (count < 0) {
        ADD_FAILURE() << "the server neither answered nor closed";
        return all;
      }
      all.append(buffer, static_cast<size_t>(count));
    }
  }
  std::string ReadUntil(const std::string& end) {
    std::string all;
    char byte;
    while (all.find(end) == std::string::npos) {
      if (recv(fd_, &byte, 1, 0) != 1) return all;
      all.push_back(byte);
    }
    return all;
  }

 private:
  static uint16_t Port(const std::string& text) {
    int port = 0;
    EXPECT_TRUE(absl::SimpleAtoi(text, &port));
    return htons(static_cast<uint16_t>(port));
  }
  static int ConnectV4(const std::string& address) {
    const std::vector<std::string> parts = absl::StrSplit(address, ':');
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in to = {};
    to.sin_family = AF_INET;
    to.sin_port = Port(parts[1]);
    inet_pton(AF_INET, parts[0].c_str(), &to.sin_addr);
    EXPECT_EQ(connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof(to)), 0);
    return fd;
  }
  static int ConnectV6(const std::string& port) {
    const int fd = socket(AF_INET6, SOCK_STREAM, 0);
    sockaddr_in6 to = {};
    to.sin6_family = AF_INET6;
    to.sin6_port = Port(port);
    to.sin6_addr = in6addr_loopback;
    EXPECT_EQ(connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof(to)), 0);
    return fd;
  }

  int fd_;
};

bool HasLoopbackV6() {
  const int fd = socket(AF_INET6, SOCK_STREAM, 0);
  if (fd < 0) return false;
  sockaddr_in6 to = {};
  to.sin6_family = AF_INET6;
  to.sin6_addr = in6addr_loopback;
  const int bound = bind(fd, reinterpret_cast<sockaddr*>(&to), sizeof(to));
  close(fd);
  return bound == 0;
}

// Says what it saw; DELETE gets nothing.
class EchoHandler final : public PathHandler {
 public:
  bool Serves(absl::string_view path) const override {
    return absl::StartsWith(path, "/echo/");
  }
  HttpReply TooLarge(const HttpRequest& head, int status) const override {
    HttpReply reply;
    reply.status = status;
    reply.content_type = "application/json";
    reply.body = absl::StrCat(R"({"origin":")", head.Header("origin"), R"("})");
    return reply;
  }
  void Handle(HttpRequest request,
              std::function<void(HttpReply)> reply) override {
    HttpReply answer;
    answer.status = request.method == "DELETE" ? 204 : 200;
    if (answer.status == 200) {
      answer.content_type = "text/x-echo";
      answer.body =
          absl::StrCat(request.method, " ", request.path, " ", request.query);
    }
    reply(std::move(answer));
  }
};

class HttpServerTest : public ::testing::Test {
 protected:
  HttpServerTest() {
    auto key = std::make_shared<const SigningKey>(
        *SigningKey::Generate(Algorithm::kEs256));
    ring_ = std::make_unique<KeyRing>(
        key, std::vector<PublicKey>{key->public_key()}, key);
    table_.Add<v1::VerifyRequest, v1::VerifyResponse>(
        kVerify, {},
        [this](const v1::VerifyRequest& request, const RpcContext& context,
               v1::VerifyResponse* response) {
          {
            absl::MutexLock lock(&mu_);
            peer_ = context.call.peer;
          }
          if (request.token() == "wait") cancelled_ = context.call.cancelled;
          if (request.token() == "wait") {
            entered_.Notify();
            release_.WaitForNotification();
          }
          response->set_active(true);
          if (absl::StartsWith(request.token(), "echo ")) {
            response->mutable_principal()->set_user_id(request.token());
          }
          return absl::OkStatus();
        });
    table_.Add<v1::BatchVerifyRequest, v1::BatchVerifyResponse>(
        kBatch, {.max_request_bytes = 1024 * 1024},
        [](const v1::BatchVerifyRequest&, const RpcContext&,
           v1::BatchVerifyResponse*) { return absl::OkStatus(); });
    config_.address = "127.0.0.1:0";
  }

  void Start() {
    HttpServer::Deps deps;
    deps.methods = &table_;
    deps.dispatcher = &dispatcher_;
    deps.keys = ring_.get();
    deps.metrics = &metrics_;
    deps.clock = Clock::RealClock();
    deps.random = Random::SystemRandom();
    deps.not_ready_because = [this] { return not_ready_; };
    deps.handlers = {&echo_};
    auto server = HttpServer::Start(config_, LimitsConfig(),
                                    "http://127.0.0.1:1", std::move(deps));
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
  }

  std::string Ask(const std::string& request) {
    Client client(server_->address());
    client.Send(request);
    return client.ReadAll();
  }
  std::string Get(const std::string& path) {
    return Ask(absl::StrCat(
        "GET ", path, " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"));
  }
  static std::string PostVerify(const std::string& body,
                                const std::string& more = "") {
    return absl::StrCat("POST ", kVerify, " HTTP/1.1\r\nHost: x\r\n", more,
                        "Content-Type: application/json\r\nContent-Length: ",
                        body.size(), "\r\n\r\n", body);
  }

  EchoHandler echo_;
  HttpConfig config_;
  std::string not_ready_;
  absl::Mutex mu_;
  std::string peer_;                 // of the last call
  std::function<bool()> cancelled_;  // of the last that waits
  absl::Notification entered_;
  absl::Notification release_;
  Metrics metrics_;
  MethodTable table_;
  std::unique_ptr<KeyRing> ring_;
  Dispatcher dispatcher_{DispatcherOptions(), Clock::RealClock(), &metrics_};
  std::unique_ptr<HttpServer> server_;
};

TEST_F(HttpServerTest, ServesProbesKeysAndMetrics) {
  Start();
  EXPECT_THAT(Get("/healthz"), StartsWith("HTTP/1.1 200 OK"));
  EXPECT_THAT(Get("/readyz?verbose"), StartsWith("HTTP/1.1 200 OK"));
  EXPECT_THAT(Get("/.well-known/jwks.json"),
              AllOf(HasSubstr("Cache-Control: public, max-age=300"),
                    HasSubstr("\"keys\":[{")));
  EXPECT_THAT(Get("/metrics"),
              HasSubstr("Content-Type: text/plain; version=0.0.4"));
  EXPECT_THAT(Get("/nothing"), StartsWith("HTTP/1.1 404"));
}

TEST_F(HttpServerTest, HandlersGetAllMethodsOfTheirPaths) {
  Start();
  EXPECT_THAT(Get("/echo/a?b=c?d"),
              AllOf(HasSubstr("Content-Type: text/x-echo"),
                    HasSubstr("GET /echo/a b=c?d")));
  const std::string rest = " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n";
  EXPECT_THAT(Ask(absl::StrCat("PUT /echo/", rest, "\r\n")),
              HasSubstr("PUT /echo/ "));
  // Nothing at all: neither a body nor what would describe one.
  EXPECT_THAT(Ask(absl::StrCat("DELETE /echo/", rest, "\r\n")),
              AllOf(StartsWith("HTTP/1.1 204"), Not(HasSubstr("\nContent-"))));
  EXPECT_THAT(
      Ask(absl::StrCat("POST /echo/", rest, "Origin: https://a.example\r\n",
                       "Content-Length: 70000\r\n\r\n")),
      AllOf(StartsWith("HTTP/1.1 413"),
            HasSubstr("Content-Type: application/json"),
            HasSubstr(R"({"origin":"https://a.example"})")));
  EXPECT_THAT(Ask(absl::StrCat("PUT /echos", rest, "\r\n")),
              StartsWith("HTTP/1.1 405"));
}

TEST_F(HttpServerTest, ReadinessIsTruthful) {
  not_ready_ = "key source x has no keys";
  Start();
  EXPECT_THAT(Get("/readyz"),
              AllOf(StartsWith("HTTP/1.1 503"),
                    HasSubstr("not ready: key source x has no keys")));
  EXPECT_THAT(Get("/healthz"), StartsWith("HTTP/1.1 200 OK"));
}

TEST_F(HttpServerTest, KeepsConnectionsAndPipelines) {
  Start();
  Client client(server_->address());
  client.Send(PostVerify("{}") + PostVerify("{}"));
  for (int i = 0; i < 2; ++i) {
    const std::string answer = client.ReadUntil("{\"active\":true}");
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK"));
  }
}

TEST_F(HttpServerTest, HeadHasNoBody) {
  Start();
  const std::string answer =
      Ask("HEAD /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(answer, AllOf(StartsWith("HTTP/1.1 200"),
                            HasSubstr("Content-Length: 3\r\n"),
                            Not(HasSubstr("ok\n"))));
}

TEST_F(HttpServerTest, WrongMethods) {
  Start();
  EXPECT_THAT(Get(kVerify),
              AllOf(StartsWith("HTTP/1.1 405"), HasSubstr("Allow: POST")));
  EXPECT_THAT(Ask("DELETE / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
              StartsWith("HTTP/1.1 405"));
}

TEST_F(HttpServerTest, ExpectContinueIsAnswered) {
  Start();
  Client client(server_->address());
  client.Send(absl::StrCat("POST ", kVerify,
                           " HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
                           "Content-Type: application/json\r\n"
                           "Content-Length: 2\r\n\r\n"));
  EXPECT_EQ(client.ReadUntil("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  client.Send("{}");
  EXPECT_THAT(client.ReadUntil("{\"active\":true}"),
              StartsWith("HTTP/1.1 200 OK"));
}

TEST_F(HttpServerTest, RefusesWhatIsTooLargeOrNoHttp) {
  config_.max_header_bytes = 2048;
  Start();
  EXPECT_THAT(Ask(absl::StrCat("GET /", std::string(5000, 'a'),
                               " HTTP/1.1\r\nHost: x\r\n\r\n")),
              AllOf(StartsWith("HTTP/1.1 431"), HasSubstr("text/plain")));
  EXPECT_THAT(Ask(absl::StrCat("POST ", kVerify,
                               " HTTP/1.1\r\nHost: x\r\n"
                               "Content-Length: 999999\r\n\r\n")),
              StartsWith("HTTP/1.1 413"));
  std::string chunks = absl::StrCat(
      "POST ", kVerify,
      " HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (int i = 0; i < 64; ++i) {
    absl::StrAppend(&chunks, "400\r\n", std::string(1024, 'x'), "\r\n");
  }
  chunks += "1\r\n";
  EXPECT_THAT(Ask(chunks), StartsWith("HTTP/1.1 413"));
  EXPECT_THAT(Ask("\x16\x03\x01 hello\r\n\r\n"), StartsWith("HTTP/1.1 400"));
  EXPECT_THAT(Ask("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n"
                  "Content-Length: 2\r\n\r\n"),
              StartsWith("HTTP/1.1 400"));
}

TEST_F(HttpServerTest, ServesTheConfiguredServicesOnly) {
  config_.auth = false;
  Start();
  EXPECT_THAT(Ask(PostVerify("{}", "Connection: close\r\n")),
              AllOf(StartsWith("HTTP/1.1 404"), HasSubstr("unimplemented")));
}

TEST_F(HttpServerTest, EveryMethodHasItsOwnBodyLimit) {
  config_.max_body_bytes = 4096;
  Start();
  const auto ask = [this](absl::string_view path, size_t size) {
    std::string body = "{\"tokens\":[\"" + std::string(size, 'x') + "\"]}";
    return Ask(absl::StrCat("POST ", path,
                            " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                            "Content-Type: application/json\r\n"
                            "Content-Length: ",
                            body.size(), "\r\n\r\n", body));
  };
  EXPECT_THAT(ask(kBatch, 900'000), StartsWith("HTTP/1.1 200"));
  const auto too_large = AllOf(StartsWith("HTTP/1.1 413"),
                               HasSubstr("Content-Type: application/json"),
                               HasSubstr("REQUEST_TOO_LARGE"));
  const auto head = [](absl::string_view path, int size) {
    return absl::StrCat("POST ", path,
                        " HTTP/1.1\r\nHost: x\r\nContent-Length: ", size,
                        "\r\n\r\n");
  };
  EXPECT_THAT(Ask(head(kBatch, 1024 * 1024 + 1)), too_large);
  EXPECT_THAT(Ask(head(kVerify, 64 * 1024 + 1)), too_large);
  EXPECT_THAT(Ask(head("/", 4097)),
              AllOf(StartsWith("HTTP/1.1 413"), HasSubstr("text/plain")));
}

TEST_F(HttpServerTest, LargeHeadsOfCallsAreRefusedAsConnectDoes) {
  config_.max_header_bytes = 2048;
  Start();
  // Each line is small; the sum is not.
  std::string lines;
  for (int i = 0; i < 30; ++i) {
    absl::StrAppend(&lines, "X-", i, ": ", std::string(100, 'x'), "\r\n");
  }
  EXPECT_THAT(
      Ask(PostVerify("{}", lines)),
      AllOf(StartsWith("HTTP/1.1 431"), HasSubstr("REQUEST_TOO_LARGE")));
}

TEST_F(HttpServerTest, RefusesHeadsThatReadTwoWays) {
  Start();
  const auto ask = [this](const std::string& lines) {
    return Ask(absl::StrCat("POST ", kVerify, " HTTP/1.1\r\n", lines,
                            "Content-Type: application/json\r\n"
                            "Connection: close\r\n\r\n2\r\n{}\r\n0\r\n\r\n"));
  };
  const std::string chunked = "Transfer-Encoding: chunked\r\n";
  EXPECT_THAT(ask("Host: x\r\n" + chunked), StartsWith("HTTP/1.1 200"));
  const auto refused = StartsWith("HTTP/1.1 400");
  EXPECT_THAT(ask(chunked), refused);
  EXPECT_THAT(ask("Host: x\r\nHost: y\r\n" + chunked), refused);
  EXPECT_THAT(ask("Host: x\r\nTransfer-Encoding: gzip, chunked\r\n"), refused);
  EXPECT_THAT(ask("Host: x\r\nX-A: b\r\n c\r\n" + chunked), refused);
}

TEST_F(HttpServerTest, FoldedLinesAreSeenAcrossReads) {
  Start();
  Client client(server_->address());
  const std::string request =
      "GET /healthz HTTP/1.1\r\nHost: x\r\nX-A: b\r\n\tc\r\n\r\n";
  for (const char byte : request) client.Send(std::string(1, byte));
  EXPECT_THAT(client.ReadAll(), StartsWith("HTTP/1.1 400"));
}

TEST_F(HttpServerTest, PeersOverIpv6HaveBrackets) {
  if (!HasLoopbackV6()) GTEST_SKIP() << "no ::1 here";
  config_.address = "[::1]:0";
  Start();
  Client client(server_->address());
  client.Send(PostVerify("{}"));
  client.ReadUntil("true}");
  absl::MutexLock lock(&mu_);
  EXPECT_EQ(peer_, client.local_v6());
}

TEST_F(HttpServerTest, SlowAndSilentClientsCostNoThread) {
  config_.header_timeout = absl::Milliseconds(200);
  config_.body_timeout = absl::Milliseconds(200);
  config_.idle_timeout = absl::Milliseconds(200);
  Start();
  std::vector<std::unique_ptr<Client>> bad;
  for (int i = 0; i < 50; ++i) {
    bad.push_back(std::make_unique<Client>(server_->address()));
    if (i % 3 == 0) bad.back()->Send("GET / HT");
    if (i % 3 == 1)
      bad.back()->Send(
          "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n");
  }
  EXPECT_THAT(Ask(PostVerify("{}", "Connection: close\r\n")),
              HasSubstr("\"active\":true"));
  // Every one of them is closed without an answer.
  for (const auto& client : bad) EXPECT_THAT(client->ReadAll(), IsEmpty());
}

TEST_F(HttpServerTest, CapsConnections) {
  config_.max_connections = 2;
  Start();
  Client first(server_->address());
  Client second(server_->address());
  first.Send(PostVerify("{}"));
  first.ReadUntil("true}");
  second.Send(PostVerify("{}"));
  second.ReadUntil("true}");
  Client third(server_->address());
  EXPECT_THAT(third.ReadAll(), IsEmpty());
}

TEST_F(HttpServerTest, StopLetsRunningCallsEnd) {
  Start();
  Client idle(server_->address());
  Client client(server_->address());
  client.Send(PostVerify(R"({"token":"wait"})"));
  entered_.WaitForNotification();
  // Stop begins, closes the idle one, and waits for the other.
  absl::Notification stopped;
  std::thread stopper([&] {
    server_->Stop(absl::Seconds(10));
    stopped.Notify();
  });
  EXPECT_THAT(idle.ReadAll(), IsEmpty());
  EXPECT_FALSE(stopped.HasBeenNotified());
  release_.Notify();
  EXPECT_THAT(client.ReadAll(), HasSubstr("\"active\":true"));
  stopper.join();
}

TEST_F(HttpServerTest, RepliesAfterTheEndGoNowhere) {
  Start();
  Client client(server_->address());
  client.Send(PostVerify(R"({"token":"wait"})"));
  entered_.WaitForNotification();
  server_->Stop(absl::ZeroDuration());
  server_.reset();
  EXPECT_THAT(client.ReadAll(), IsEmpty());
  release_.Notify();
}

TEST_F(HttpServerTest, CallsKnowThatTheirClientIsGone) {
  Start();
  auto client = std::make_unique<Client>(server_->address());
  client->Send(PostVerify(R"({"token":"wait"})"));
  entered_.WaitForNotification();
  EXPECT_FALSE(cancelled_());
  client.reset();
  // The server's one thread looks at its sockets between requests.
  for (int i = 0; i < 1000 && !cancelled_(); ++i) Get("/healthz");
  EXPECT_TRUE(cancelled_());
  release_.Notify();
}

TEST_F(HttpServerTest, WhatFollowsACallStaysForItsTurn) {
  Start();
  Client client(server_->address());
  client.Send(PostVerify(R"({"token":"wait"})"));
  entered_.WaitForNotification();
  client.Send(PostVerify("{}"));
  for (int i = 0; i < 3; ++i) Get("/healthz");
  EXPECT_FALSE(cancelled_());
  release_.Notify();
  for (int i = 0; i < 2; ++i) {
    EXPECT_THAT(client.ReadUntil("{\"active\":true}"),
                StartsWith("HTTP/1.1 200 OK"));
  }
}

// Whoever holds a connection last lets go of it without harm, and none is kept
// for ever (for the sanitizers to see).
TEST_F(HttpServerTest, RepliesMayComeWhileTheServerStops) {
  for (int i = 0; i < 20; ++i) {
    Start();
    std::vector<std::unique_ptr<Client>> clients;
    for (int j = 0; j < 8; ++j) {
      clients.push_back(std::make_unique<Client>(server_->address()));
      clients.back()->Send(PostVerify("{}"));
    }
    Get("/healthz");
    server_.reset();
    for (const auto& client : clients) {
      EXPECT_THAT(client->ReadUntil("true}"),
                  AnyOf(IsEmpty(), StartsWith("HTTP/1.1 200")));
    }
  }
}

// Every call goes from the server's thread to a lane's and its answer back,
// on connections that are kept, beside others that come and go.
TEST_F(HttpServerTest, ManyClientsAtOnceGetTheirOwnAnswers) {
  Start();
  constexpr int kClients = 8;
  constexpr int kCalls = 40;
  std::atomic<int> good{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < kClients; ++i) {
    threads.emplace_back([this, &good, i] {
      Client kept(server_->address());
      for (int n = 0; n < kCalls; ++n) {
        const std::string token = absl::StrCat("echo ", i, "/", n);
        const std::string call =
            PostVerify(absl::StrCat("{\"token\":\"", token, "\"}"));
        kept.Send(call);
        if (n % 8 == 0) {
          Client leaves(server_->address());
          leaves.Send(call);
        }
        const std::string end = absl::StrCat("\"", token, "\"}}");
        const std::string answer = kept.ReadUntil(end);
        if (absl::StartsWith(answer, "HTTP/1.1 200") &&
            absl::EndsWith(answer, end)) {
          ++good;
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good, kClients * kCalls);
}

TEST_F(HttpServerTest, AnAddressInUseIsNamed) {
  Start();
  HttpConfig taken = config_;
  taken.address = server_->address();
  HttpServer::Deps deps;
  deps.methods = &table_;
  deps.keys = ring_.get();
  const auto second =
      HttpServer::Start(taken, LimitsConfig(), "x", std::move(deps));
  EXPECT_THAT(std::string(second.status().message()),
              AllOf(HasSubstr(taken.address), HasSubstr("in use")));
}

}  // namespace
}  // namespace latchkey
