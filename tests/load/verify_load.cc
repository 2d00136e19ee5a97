// A closed-loop client: keeps calls in flight for some seconds and prints one
// line of figures. See README.md.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "grpcpp/impl/codegen/proto_utils.h"
#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/slice.h"
#include "latchkey/v1/auth_service.pb.h"
#include "latchkey/v1/outbound_credential_service.pb.h"
#include "tests/load/load_client.h"
#include "tests/load/methods.h"

namespace latchkey {
namespace {

struct Options {
  std::string target;
  std::string method = "verify";
  std::string app = "load";
  std::string credential = "load";
  int in_flight = 64;
  int channels = 4;
  int users = 256;
  double seconds = 5;
  double warm_up = 1;
  int token_bytes = 600;
};

// A session of one user.
struct Tokens {
  std::string access;
  std::string refresh;
};

using Workers = std::vector<std::unique_ptr<LoadWorker>>;
constexpr double kLoginPatience = 600;  // seconds
constexpr double kHealthPatience = 30;

// The first bytes of an answer, 0 where it has none. Now and then it comes in
// several slices.
std::array<uint8_t, 2> FirstTwo(const grpc::ByteBuffer& bytes) {
  std::array<uint8_t, 2> first{};
  grpc::Slice whole;
  if (bytes.TrySingleSlice(&whole).ok()) {
    std::copy_n(whole.begin(), std::min(whole.size(), first.size()),
                first.begin());
    return first;
  }
  std::vector<grpc::Slice> slices;
  size_t found = 0;
  if (!bytes.Dump(&slices).ok()) return first;
  for (const grpc::Slice& slice : slices) {
    for (const uint8_t byte : slice) {
      if (found == first.size()) return first;
      first[found++] = byte;
    }
  }
  return first;
}

template <typename Request, typename Response>
class TypedWorker : public LoadWorker {
 public:
  const google::protobuf::Message& request() const override { return request_; }

 protected:
  static Response Parse(const grpc::ByteBuffer& bytes) {
    grpc::ByteBuffer copy(bytes);
    Response response;
    const grpc::Status status =
        grpc::SerializationTraits<Response>::Deserialize(&copy, &response);
    return status.ok() ? response : Response();
  }

  Request request_;
};

// Logs in for each of its sessions.
class LoginWorker final
    : public TypedWorker<v1::LoginRequest, v1::LoginResponse> {
 public:
  LoginWorker(const std::string& app, std::vector<Tokens*> sessions)
      : sessions_(std::move(sessions)) {
    request_.set_app(app);
    request_.mutable_credential()->mutable_anonymous();
  }
  bool Next() override { return next_ < sessions_.size(); }
  bool Done(const grpc::ByteBuffer& bytes) override {
    const v1::LoginResponse response = Parse(bytes);
    sessions_[next_]->access = response.session().access_token();
    sessions_[next_]->refresh = response.session().refresh_token();
    return !sessions_[next_++]->access.empty();
  }

 private:
  std::vector<Tokens*> sessions_;
  size_t next_ = 0;
};

// Verifies (or echoes) the tokens in turn.
class VerifyWorker final
    : public TypedWorker<v1::VerifyRequest, v1::VerifyResponse> {
 public:
  explicit VerifyWorker(std::vector<Tokens*> sessions)
      : sessions_(std::move(sessions)) {}
  bool Next() override {
    request_.set_token(sessions_[next_++ % sessions_.size()]->access);
    return true;
  }
  // Looks for `active` alone, which comes first (field 1, a varint): the client
  // shares the processors with the service, and must not spend more of them on
  // one answer than on the other.
  bool Done(const grpc::ByteBuffer& bytes) override {
    return FirstTwo(bytes) == std::array<uint8_t, 2>{0x08, 1};
  }

 private:
  std::vector<Tokens*> sessions_;
  size_t next_ = 0;
};

// Refreshes its own sessions in turn, so that each token is the newest.
class RefreshWorker final : public TypedWorker<v1::RefreshSessionRequest,
                                               v1::RefreshSessionResponse> {
 public:
  explicit RefreshWorker(std::vector<Tokens*> sessions)
      : sessions_(std::move(sessions)) {}
  bool Next() override {
    current_ = sessions_[next_++ % sessions_.size()];
    request_.set_refresh_token(current_->refresh);
    return true;
  }
  bool Done(const grpc::ByteBuffer& bytes) override {
    current_->refresh = Parse(bytes).session().refresh_token();
    return !current_->refresh.empty();
  }

 private:
  std::vector<Tokens*> sessions_;
  size_t next_ = 0;
  Tokens* current_ = nullptr;
};

// Fetches the token of one outbound credential.
class FetchWorker final : public TypedWorker<v1::FetchAccessTokenRequest,
                                             v1::FetchAccessTokenResponse> {
 public:
  explicit FetchWorker(const std::string& credential) {
    request_.set_name(credential);
  }
  bool Next() override { return true; }
  // Looks for the token alone, which comes first (field 1, bytes), as above.
  bool Done(const grpc::ByteBuffer& bytes) override {
    const std::array<uint8_t, 2> first = FirstTwo(bytes);
    return first[0] == 0x0a && first[1] > 0;
  }
};

// Deals the sessions out to the workers.
template <typename Make>
Workers MakeWorkers(const Options& options, std::vector<Tokens>* sessions,
                    Make make) {
  std::vector<std::vector<Tokens*>> dealt(std::min<size_t>(
      static_cast<size_t>(options.in_flight), sessions->size()));
  for (size_t i = 0; i < sessions->size(); ++i) {
    dealt[i % dealt.size()].push_back(&(*sessions)[i]);
  }
  Workers workers;
  for (auto& hand : dealt) workers.push_back(make(std::move(hand)));
  return workers;
}

bool Login(const Options& options, LoadClient* client,
           std::vector<Tokens>* sessions) {
  const LoadResult result =
      client->Run(kLoginPath,
                  MakeWorkers(options, sessions,
                              [&options](std::vector<Tokens*> hand) {
                                return std::make_unique<LoginWorker>(
                                    options.app, std::move(hand));
                              }),
                  absl::ZeroDuration(), absl::Seconds(kLoginPatience));
  if (result.errors != 0) {
    std::fprintf(stderr, "login failed: %s\n", result.first_error.c_str());
  }
  return result.errors == 0;
}

int Report(const Options& options, const LoadResult& result) {
  std::printf(
      "method=%s calls_per_second=%.0f p50_us=%u p99_us=%u calls=%lld "
      "errors=%lld\n",
      options.method.c_str(), result.CallsPerSecond(), result.Percentile(0.5),
      result.Percentile(0.99), static_cast<long long>(result.calls),
      static_cast<long long>(result.errors));
  if (result.errors == 0) return 0;
  std::fprintf(stderr, "first error: %s\n", result.first_error.c_str());
  return 1;
}

int Fetch(const Options& options, LoadClient* client) {
  Workers workers;
  for (int i = 0; i < options.in_flight; ++i) {
    workers.push_back(std::make_unique<FetchWorker>(options.credential));
  }
  return Report(options,
                client->Run(kFetchPath, workers, absl::Seconds(options.warm_up),
                            absl::Seconds(options.seconds)));
}

int Run(const Options& options) {
  LoadClient client(options.target, options.channels);
  if (options.method == "health") {
    return client.AwaitServing(absl::Seconds(kHealthPatience)) ? 0 : 1;
  }
  if (options.method == "fetch") return Fetch(options, &client);
  std::vector<Tokens> sessions(static_cast<size_t>(options.users));
  const bool refresh = options.method == "refresh";
  const bool echo = options.method == "echo";
  if (echo) {
    for (Tokens& tokens : sessions) {
      tokens.access.assign(static_cast<size_t>(options.token_bytes), 't');
    }
  } else if (!Login(options, &client, &sessions)) {
    return 1;
  } else if (options.method == "login") {
    return 0;
  }
  const char* path = refresh ? kRefreshPath : echo ? kEchoPath : kVerifyPath;
  const auto make =
      [refresh](std::vector<Tokens*> hand) -> std::unique_ptr<LoadWorker> {
    if (refresh) return std::make_unique<RefreshWorker>(std::move(hand));
    return std::make_unique<VerifyWorker>(std::move(hand));
  };
  return Report(options, client.Run(path, MakeWorkers(options, &sessions, make),
                                    absl::Seconds(options.warm_up),
                                    absl::Seconds(options.seconds)));
}

}  // namespace
}  // namespace latchkey

int main(int argc, char** argv) {
  latchkey::Options options;
  CLI::App app("Keeps calls in flight and measures them.");
  app.add_option("--target", options.target, "HOST:PORT or unix:PATH")
      ->required();
  app.add_option("--method", options.method,
                 "echo, verify, refresh, fetch (an outbound credential), login "
                 "(only log in), or health (wait until SERVING)")
      ->check(CLI::IsMember(
          {"echo", "verify", "refresh", "fetch", "login", "health"}));
  app.add_option("--app", options.app, "app to log in to, anonymously");
  app.add_option("--credential", options.credential, "for fetch");
  app.add_option("--in-flight", options.in_flight, "calls at once")
      ->check(CLI::PositiveNumber);
  app.add_option("--channels", options.channels, "connections")
      ->check(CLI::PositiveNumber);
  app.add_option("--users", options.users, "sessions to rotate over")
      ->check(CLI::PositiveNumber);
  app.add_option("--seconds", options.seconds, "length of the measurement");
  app.add_option("--warm-up", options.warm_up, "seconds before it");
  app.add_option("--token-bytes", options.token_bytes, "for echo");
  CLI11_PARSE(app, argc, argv);
  return latchkey::Run(options);
}
