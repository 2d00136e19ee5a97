#include "clients/cli/cli_test_world.h"

#include <cstddef>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <optional>
#include <sstream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "clients/cli/failure.h"
#include "clients/cli/run_cli.h"
#include "google/protobuf/descriptor.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

constexpr int kUnavailable = 14;

const google::protobuf::MethodDescriptor* FindMethod(absl::string_view name) {
  return google::protobuf::DescriptorPool::generated_pool()->FindMethodByName(
      absl::StrReplaceAll(name, {{"/", "."}}));
}

std::string NewFolder() {
  std::string pattern = absl::StrCat(::testing::TempDir(), "/cli.XXXXXX");
  return mkdtemp(pattern.data());
}

}  // namespace

class CliTestWorld::FakeTransport final : public Transport {
 public:
  FakeTransport(CliTestWorld* world, std::string address)
      : world_(world), address_(std::move(address)) {}

  absl::Status Call(const RpcCall& call, const Message& request,
                    Message* response) override {
    const std::string method(call.method);
    world_->seen.push_back({address_, method, std::string(call.bearer)});
    const auto* described = FindMethod(method);
    EXPECT_NE(described, nullptr) << method;
    if (described != nullptr) {
      EXPECT_EQ(described->input_type(), request.GetDescriptor()) << method;
      EXPECT_EQ(described->output_type(), response->GetDescriptor()) << method;
    }
    const auto handler = world_->handlers_.find(method);
    if (handler == world_->handlers_.end()) {
      return RpcError(kUnavailable, "connection refused", "");
    }
    return handler->second(request, response);
  }

 private:
  CliTestWorld* const world_;
  const std::string address_;
};

class CliTestWorld::FakeListener final : public RedirectListener {
 public:
  FakeListener(CliTestWorld* world, int port) : world_(world), port_(port) {}

  int port() const override { return port_ == 0 ? 4711 : port_; }

  absl::Status Wait(absl::Time deadline, Clock* /*clock*/,
                    const Judge& judge) override {
    // Whoever has no browser copies the URL from the terminal.
    if (world_->browse != nullptr) {
      for (const std::string& query : world_->browse(world_->Url())) {
        world_->verdicts.push_back(judge(query));
        if (world_->verdicts.back() != RedirectVerdict::kStranger) {
          return absl::OkStatus();
        }
      }
    }
    world_->clock.SetTime(deadline);
    return absl::DeadlineExceededError("nobody came");
  }

 private:
  CliTestWorld* const world_;
  const int port_;
};

CliTestWorld::CliTestWorld()
    : clock(absl::FromUnixSeconds(1'700'000'000)), folder_(NewFolder()) {
  env["XDG_CONFIG_HOME"] = folder_;
}

CliTestWorld::Result CliTestWorld::Run(
    const std::vector<std::string>& arguments, const std::string& in) {
  std::istringstream input(in);
  std::ostringstream out;
  std::ostringstream err;
  CliWorld world;
  world.in = &input;
  world.out = &out;
  world.err = &err;
  world.out_is_terminal = terminal;
  world.err_is_terminal = terminal;
  world.clock = &clock;
  world.random = &random;
  world.env = [this](const std::string& name) -> std::optional<std::string> {
    const auto found = env.find(name);
    if (found == env.end()) return std::nullopt;
    return found->second;
  };
  world.ask_secret = [this](const std::string&) -> std::optional<Secret> {
    if (typed.empty()) return std::nullopt;
    return Secret(typed);
  };
  world.connect = [this](const Endpoint& endpoint) {
    return std::make_unique<FakeTransport>(this, endpoint.address);
  };
  world.fetcher = fetcher;
  world.sleep = [this](absl::Duration time) {
    slept.push_back(time);
    clock.AdvanceTime(time);
    if (on_sleep != nullptr) on_sleep();
  };
  world.open_browser = [this](const std::string& url) {
    opened.push_back(url);
    return has_browser;
  };
  world.listen =
      [this](int port) -> absl::StatusOr<std::unique_ptr<RedirectListener>> {
    return std::make_unique<FakeListener>(this, port);
  };
  told_ = &err;
  const int code = RunCli(arguments, world);
  told_ = nullptr;
  return {code, out.str(), err.str()};
}

// The address that the person was told.
std::string CliTestWorld::Url() const {
  const std::string told = told_->str();
  const size_t begin = told.find("https://");
  if (begin == std::string::npos) return "";
  return told.substr(begin, told.find('\n', begin) - begin);
}

void CliTestWorld::Handle(const std::string& method, Handler handler) {
  handlers_[method] = std::move(handler);
}

std::string CliTestWorld::File(const std::string& name,
                               absl::string_view text) const {
  std::string path = absl::StrCat(folder_, "/", name);
  std::ofstream(path, std::ios::binary) << text;
  return path;
}

}  // namespace latchkey
