#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "core/base/reason.h"
#include "core/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/grpc/grpc_test_world.h"
#include "server/grpc/unix_socket.h"

namespace latchkey {
namespace {

using testing::HasSubstr;

class UnixServerTest : public GrpcTestWorld {
 protected:
  UnixServerTest() {
    // Paths of Unix sockets must be short.
    char folder[] = "/tmp/lk-unix-XXXXXX";
    folder_ = mkdtemp(folder);
    path_ = absl::StrCat(folder_, "/run/admin.sock");
    listener_.address = absl::StrCat("unix://", path_);
    listener_.admin = true;
  }
  ~UnixServerTest() override {
    server_.reset();
    unlink(path_.c_str());
    rmdir(absl::StrCat(folder_, "/run").c_str());
    rmdir(folder_.c_str());
  }

  mode_t ModeOf(const std::string& path) {
    struct stat file;
    return stat(path.c_str(), &file) == 0 ? (file.st_mode & 0777) : 0;
  }

  std::string folder_;
  std::string path_;
};

TEST_F(UnixServerTest, OurselvesAreAdmins) {
  RpcContext seen;
  behaviour_ = [&seen](const auto&, const RpcContext& context, auto*) {
    seen = context;
    return absl::OkStatus();
  };
  Start();
  const grpc::Status status =
      client_->Call(kAdminWork, v1::VerifyRequest(), &response_);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_TRUE(seen.peer_is_admin);
  EXPECT_EQ(seen.admin_peer, absl::StrCat("unix:uid=", geteuid()));
  EXPECT_EQ(seen.call.peer, "unix");
  EXPECT_EQ(server_->address(), absl::StrCat("unix:", path_));
  EXPECT_EQ(ModeOf(path_), 0600u);
  EXPECT_EQ(ModeOf(absl::StrCat(folder_, "/run")), 0700u);
}

TEST_F(UnixServerTest, OfManyThatMayConnectTheOneWhoDidIsNamed) {
  RpcContext seen;
  behaviour_ = [&seen](const auto&, const RpcContext& context, auto*) {
    seen = context;
    return absl::OkStatus();
  };
  listener_.allowed_uids = {geteuid() + 1, geteuid()};
  Start();
  ASSERT_TRUE(client_->Call(kAdminWork, v1::VerifyRequest(), &response_).ok());
  EXPECT_TRUE(seen.peer_is_admin);
  EXPECT_EQ(seen.admin_peer, absl::StrCat("unix:uid=", geteuid()));
}

TEST_F(UnixServerTest, UsersThatAreNotListedAreRefused) {
  listener_.allowed_uids = {geteuid() + 1};
  Start();
  EXPECT_EQ(
      client_->Call(kAdminWork, v1::VerifyRequest(), &response_).error_code(),
      grpc::StatusCode::UNAVAILABLE);
}

TEST_F(UnixServerTest, WithoutAdminNobodyIsAsked) {
  RpcContext seen;
  behaviour_ = [&seen](const auto&, const RpcContext& context, auto*) {
    seen = context;
    return absl::OkStatus();
  };
  listener_.admin = false;
  Start();
  ASSERT_TRUE(Call("t").ok());
  EXPECT_FALSE(seen.peer_is_admin);
  EXPECT_EQ(ModeOf(path_), 0666u);
}

TEST_F(UnixServerTest, ConnectionsOverTheLimitWait) {
  limits_.max_connections = 1;
  Start();
  ASSERT_TRUE(Call("t").ok());
  auto second = std::make_unique<GrpcTestClient>(server_->address());
  grpc::ClientContext hasty;
  hasty.set_deadline(std::chrono::system_clock::now() +
                     std::chrono::milliseconds(200));
  EXPECT_EQ(
      second->Call(kWork, v1::VerifyRequest(), &response_, &hasty).error_code(),
      grpc::StatusCode::DEADLINE_EXCEEDED);
  // The end of the first connection lets another in.
  client_.reset();
  EXPECT_TRUE(second->Call(kWork, v1::VerifyRequest(), &response_).ok());
}

TEST_F(UnixServerTest, TheFileGoesWithTheServer) {
  Start();
  EXPECT_EQ(access(path_.c_str(), F_OK), 0);
  server_->Shutdown(absl::InfinitePast());
  EXPECT_NE(access(path_.c_str(), F_OK), 0);
}

TEST_F(UnixServerTest, ASocketInUseIsNotTaken) {
  Start();
  GrpcServer::Deps deps{&table_, &dispatcher_, Clock::RealClock(),
                        Random::SystemRandom()};
  const auto second = GrpcServer::Start(listener_, limits_, deps);
  EXPECT_THAT(second, HasReason(Reason::kInvalidRequest));
  EXPECT_THAT(std::string(second.status().message()),
              HasSubstr("another process listens"));
  EXPECT_TRUE(Call("t").ok());
}

TEST_F(UnixServerTest, AFileLeftBehindIsReplaced) {
  ASSERT_EQ(mkdir(absl::StrCat(folder_, "/run").c_str(), 0700), 0);
  const int stale = socket(AF_UNIX, SOCK_STREAM, 0);
  struct sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  path_.copy(address.sun_path, sizeof(address.sun_path) - 1);
  ASSERT_EQ(bind(stale, reinterpret_cast<struct sockaddr*>(&address),
                 sizeof(address)),
            0);
  close(stale);
  Start();
  EXPECT_TRUE(Call("t").ok());
}

TEST_F(UnixServerTest, AnotherFileIsLeftAlone) {
  ASSERT_EQ(mkdir(absl::StrCat(folder_, "/run").c_str(), 0700), 0);
  fclose(fopen(path_.c_str(), "w"));
  const auto socket = UnixSocket::Listen(path_, 0600);
  EXPECT_THAT(socket, HasReason(Reason::kInvalidRequest));
  EXPECT_EQ(access(path_.c_str(), F_OK), 0);
}

TEST(UnixPathTest, ReadsBothForms) {
  EXPECT_EQ(UnixPath("unix:run/a.sock"), "run/a.sock");
  EXPECT_EQ(UnixPath("unix:/run/a.sock"), "/run/a.sock");
  EXPECT_EQ(UnixPath("unix:///run/a.sock"), "/run/a.sock");
  EXPECT_EQ(UnixPath("127.0.0.1:7070"), "");
}

}  // namespace
}  // namespace latchkey
