#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "boost/asio/buffer.hpp"
#include "boost/asio/io_context.hpp"
#include "boost/asio/ip/address.hpp"
#include "boost/asio/ip/tcp.hpp"
#include "boost/asio/read.hpp"
#include "boost/asio/write.hpp"
#include "clients/cli/failure.h"
#include "clients/cli/redirect_listener.h"
#include "core/base/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

using boost::asio::ip::tcp;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

// A browser's connection. The kernel takes it and what is sent before anybody
// accepts it, so one thread will do.
class Browser final {
 public:
  explicit Browser(int port, const char* address = "127.0.0.1") {
    socket_.connect(tcp::endpoint(boost::asio::ip::make_address(address),
                                  static_cast<uint16_t>(port)));
  }

  Browser& Send(const std::string& bytes) {
    boost::asio::write(socket_, boost::asio::buffer(bytes));
    return *this;
  }
  Browser& Get(const std::string& target, const std::string& host) {
    return Send(
        absl::StrCat("GET ", target, " HTTP/1.1\r\nHost: ", host, "\r\n\r\n"));
  }

  std::string Read() {
    std::string text;
    boost::system::error_code end;
    boost::asio::read(socket_, boost::asio::dynamic_buffer(text), end);
    return text;
  }

 private:
  boost::asio::io_context io_;
  tcp::socket socket_{io_};
};

class RedirectListenerTest : public ::testing::Test {
 protected:
  RedirectListenerTest() {
    auto listener = NewRedirectListener(0);
    EXPECT_TRUE(listener.ok()) << listener.status();
    listener_ = *std::move(listener);
    host_ = absl::StrCat("localhost:", listener_->port());
  }

  // "good" grants, "no" refuses; all others are strangers.
  absl::Status Wait(absl::Duration time = absl::Seconds(20)) {
    Clock* const clock = Clock::RealClock();
    return listener_->Wait(
        clock->TimeNow() + time, clock, [this](absl::string_view query) {
          judged_.emplace_back(query);
          return query == "good" ? RedirectVerdict::kGranted
                 : query == "no" ? RedirectVerdict::kRefused
                                 : RedirectVerdict::kStranger;
        });
  }

  std::unique_ptr<RedirectListener> listener_;
  std::string host_;
  std::vector<std::string> judged_;
};

TEST_F(RedirectListenerTest, TakesTheAnswerAndShowsAPageWithoutIt) {
  Browser browser(listener_->port());
  browser.Get("/redirect?good", host_);
  ASSERT_TRUE(Wait().ok());
  EXPECT_THAT(judged_, ElementsAre("good"));
  const std::string page = browser.Read();
  EXPECT_THAT(page, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(page, HasSubstr("Cache-Control: no-store\r\n"));
  EXPECT_THAT(page, HasSubstr("Referrer-Policy: no-referrer\r\n"));
  EXPECT_THAT(page, HasSubstr("default-src 'none'"));
  EXPECT_THAT(page, HasSubstr("You are back at latchkey."));
  EXPECT_THAT(page, Not(HasSubstr("good")));
}

TEST_F(RedirectListenerTest, WaitsOnAfterOthers) {
  Browser idle(listener_->port());  // as browsers open in advance
  Browser half(listener_->port());
  half.Send("GET /redirect?good HTTP/1.1\r\n");
  Browser wrong(listener_->port());
  wrong.Get("/redirect?other", host_);
  Browser favicon(listener_->port());
  favicon.Get("/favicon.ico", host_);
  Browser post(listener_->port());
  post.Send(absl::StrCat("POST /redirect?good HTTP/1.1\r\nHost: ", host_,
                         "\r\nContent-Length: 0\r\n\r\n"));
  Browser rebound(listener_->port());
  rebound.Get("/redirect?good",
              absl::StrCat("evil.example:", listener_->port()));
  Browser nothing(listener_->port());
  nothing.Get("/redirect", host_);
  Browser last(listener_->port());
  last.Get("/redirect?no", absl::StrCat("127.0.0.1:", listener_->port()));
  ASSERT_TRUE(Wait().ok());
  EXPECT_THAT(judged_, ElementsAre("other", "no"));
  EXPECT_THAT(wrong.Read(), StartsWith("HTTP/1.1 403 "));
  EXPECT_THAT(favicon.Read(), StartsWith("HTTP/1.1 404 "));
  EXPECT_THAT(post.Read(), StartsWith("HTTP/1.1 405 "));
  EXPECT_THAT(rebound.Read(), StartsWith("HTTP/1.1 403 "));
  EXPECT_THAT(nothing.Read(), StartsWith("HTTP/1.1 403 "));
  EXPECT_THAT(last.Read(), HasSubstr("the terminal says why"));
}

TEST_F(RedirectListenerTest, NobodyComesInTime) {
  Browser browser(listener_->port());
  browser.Get("/redirect?other", host_);
  EXPECT_EQ(Wait(absl::Milliseconds(1)).code(),
            absl::StatusCode::kDeadlineExceeded);
}

TEST_F(RedirectListenerTest, APortThatIsTakenIsNoPlaceToWait) {
  const auto second = NewRedirectListener(listener_->port());
  EXPECT_EQ(ReadFailure(second.status()).exit_code, kExitUsage);
  EXPECT_THAT(std::string(second.status().message()),
              HasSubstr("--redirect-port"));
  const int port = listener_->port();
  listener_.reset();
  EXPECT_TRUE(NewRedirectListener(port).ok());
}

TEST_F(RedirectListenerTest, ListensToThisMachineAlone) {
  boost::asio::io_context io;
  tcp::acceptor other(io);
  // Another address of the same machine and port is free.
  const tcp::endpoint place(boost::asio::ip::make_address("127.0.0.2"),
                            static_cast<uint16_t>(listener_->port()));
  other.open(place.protocol());
  boost::system::error_code error;
  other.bind(place, error);
  EXPECT_FALSE(error) << error.message();
}

}  // namespace
}  // namespace latchkey
