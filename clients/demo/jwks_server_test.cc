#include "clients/demo/jwks_server.h"

#include <cstdint>
#include <string>
#include <thread>

#include "boost/asio/buffer.hpp"
#include "boost/asio/read.hpp"
#include "boost/asio/write.hpp"
#include "core/base/reason.h"
#include "core/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

using boost::asio::ip::tcp;
using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class JwksServerTest : public ::testing::Test {
 protected:
  JwksServerTest() : server_(&io_, {"/keys", "{\"keys\":[]}"}) {}
  ~JwksServerTest() override {
    io_.stop();
    if (thread_.joinable()) thread_.join();
  }

  void Start() {
    ASSERT_THAT(server_.Listen("127.0.0.1:0"), IsOk());
    port_ = static_cast<uint16_t>(server_.port());
    thread_ = std::thread([this] { io_.run(); });
  }

  // Everything until the server closes.
  std::string Ask(const std::string& request) {
    boost::asio::io_context io;
    tcp::socket socket(io);
    socket.connect({boost::asio::ip::address_v4::loopback(), port_});
    boost::system::error_code ignored;
    boost::asio::write(socket, boost::asio::buffer(request), ignored);
    std::string answer;
    boost::asio::read(socket, boost::asio::dynamic_buffer(answer), ignored);
    return answer;
  }

  boost::asio::io_context io_;
  JwksServer server_;
  uint16_t port_ = 0;
  std::thread thread_;
};

TEST_F(JwksServerTest, ServesItsOneDocument) {
  Start();
  EXPECT_THAT(Ask("GET /keys HTTP/1.1\r\nHost: x\r\n\r\n"),
              AllOf(StartsWith("HTTP/1.1 200 OK\r\n"),
                    HasSubstr("Content-Type: application/json\r\n"),
                    EndsWith("\r\n\r\n{\"keys\":[]}")));
}

TEST_F(JwksServerTest, RefusesEverythingElse) {
  Start();
  EXPECT_THAT(Ask("GET /other HTTP/1.1\r\n\r\n"), HasSubstr(" 404 "));
  EXPECT_THAT(Ask("POST /keys HTTP/1.1\r\n\r\n"), HasSubstr(" 405 "));
  EXPECT_THAT(Ask("nonsense\r\n\r\n"), HasSubstr(" 400 "));
  EXPECT_EQ(Ask("GET /keys HTTP/1.1\r\nX: " + std::string(8192, 'x')), "");
}

TEST_F(JwksServerTest, NamesAnAddressThatCannotBeBound) {
  EXPECT_THAT(server_.Listen("127.0.0.1"), HasReason(Reason::kInvalidRequest));
  EXPECT_THAT(server_.Listen("localhost:1"),
              HasReason(Reason::kInvalidRequest));
  EXPECT_THAT(server_.Listen("127.0.0.1:65536"),
              HasReason(Reason::kInvalidRequest));
  Start();
  boost::asio::io_context io;
  JwksServer second(&io, {"/keys", ""});
  EXPECT_THAT(second.Listen("127.0.0.1:" + std::to_string(port_)),
              HasReason(Reason::kInvalidRequest));
}

}  // namespace
}  // namespace latchkey
