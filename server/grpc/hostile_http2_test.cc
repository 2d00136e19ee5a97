// Raw HTTP/2 against what gRPC 1.51 does not defend by itself: a peer that
// never acknowledges our SETTINGS is held to none of them, and some headers
// ended older servers.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/grpc/grpc_test_world.h"

namespace latchkey {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using Headers = std::vector<std::pair<std::string, std::string>>;

// Frame types and flags of RFC 9113 §6.
constexpr int kData = 0, kHeaders = 1, kReset = 3, kSettings = 4, kGoAway = 7,
              kContinuation = 9;
constexpr int kAck = 1, kEndStream = 1, kEndHeaders = 4;
constexpr size_t kFrameHead = 9;
constexpr size_t kMaxPayload = 16'384;

std::string BigEndian(uint32_t value, int bytes) {
  std::string out;
  for (int i = bytes - 1; i >= 0; --i) {
    out.push_back(static_cast<char>(value >> (8 * i)));
  }
  return out;
}

std::string Frame(int type, int flags, uint32_t stream,
                  absl::string_view payload) {
  return absl::StrCat(BigEndian(static_cast<uint32_t>(payload.size()), 3),
                      std::string(1, static_cast<char>(type)),
                      std::string(1, static_cast<char>(flags)),
                      BigEndian(stream, 4), payload);
}

// A text as HPACK has it, without Huffman's code (RFC 7541 §5).
std::string HpackText(absl::string_view text) {
  size_t rest = text.size();
  std::string out;
  if (rest < 127) {
    out.push_back(static_cast<char>(rest));
    return absl::StrCat(out, text);
  }
  out.push_back(127);
  for (rest -= 127; rest >= 128; rest /= 128) {
    out.push_back(static_cast<char>(rest % 128 + 128));
  }
  out.push_back(static_cast<char>(rest));
  return absl::StrCat(out, text);
}

// Everything a client says in a connection with one call of kWork.
std::string CallOf(const Headers& headers, int settings_acks) {
  std::string block;
  for (const auto& [name, value] : headers) {
    // A literal that is not indexed (RFC 7541 §6.2.2).
    absl::StrAppend(&block, std::string(1, '\0'), HpackText(name),
                    HpackText(value));
  }
  std::string out = absl::StrCat("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
                                 Frame(kSettings, 0, 0, ""));
  for (int i = 0; i < settings_acks; ++i) {
    absl::StrAppend(&out, Frame(kSettings, kAck, 0, ""));
  }
  absl::string_view rest = block;
  for (int type = kHeaders; !rest.empty(); type = kContinuation) {
    const absl::string_view part = rest.substr(0, kMaxPayload);
    rest.remove_prefix(part.size());
    absl::StrAppend(&out, Frame(type, rest.empty() ? kEndHeaders : 0, 1, part));
  }
  // An empty message, not compressed.
  return absl::StrCat(out, Frame(kData, kEndStream, 1, std::string(5, '\0')));
}

// Whether the call or the connection is over.
bool HasEnded(absl::string_view received) {
  while (received.size() >= kFrameHead) {
    const auto byte = [&received](size_t i) {
      return static_cast<uint8_t>(received[i]);
    };
    const size_t size = static_cast<size_t>(byte(0)) << 16 |
                        static_cast<size_t>(byte(1)) << 8 | byte(2);
    if (received.size() < kFrameHead + size) return false;
    const int type = byte(3);
    if (type == kReset || type == kGoAway) return true;
    if (type == kHeaders && (byte(4) & kEndStream) != 0) return true;
    received.remove_prefix(kFrameHead + size);
  }
  return false;
}

class HostileHttp2Test : public GrpcTestWorld {
 protected:
  HostileHttp2Test() {
    behaviour_ = [this](const auto&, const auto&, auto*) {
      ++calls_;
      return absl::OkStatus();
    };
  }

  // Say gives what the server answered on a connection of its own.
  std::string Say(absl::string_view bytes) {
    const std::string address = server_->address();
    int port = 0;
    EXPECT_TRUE(
        absl::SimpleAtoi(address.substr(address.rfind(':') + 1), &port));
    struct sockaddr_in peer = {};
    peer.sin_family = AF_INET;
    peer.sin_port = htons(static_cast<uint16_t>(port));
    peer.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const struct timeval patience = {30, 0};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    EXPECT_EQ(connect(fd, reinterpret_cast<const struct sockaddr*>(&peer),
                      sizeof(peer)),
              0);
    while (!bytes.empty()) {
      const ssize_t sent = send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) break;  // it has heard enough
      bytes.remove_prefix(static_cast<size_t>(sent));
    }
    std::string received;
    char buffer[4096];
    while (!HasEnded(received)) {
      const ssize_t got = recv(fd, buffer, sizeof(buffer), 0);
      if (got <= 0) break;
      received.append(buffer, static_cast<size_t>(got));
    }
    close(fd);
    return received;
  }

  static Headers Good() {
    return {{":method", "POST"}, {":scheme", "http"},
            {":path", kWork},    {":authority", "localhost"},
            {"te", "trailers"},  {"content-type", "application/grpc"}};
  }
  static Headers With(const std::string& name, const std::string& value) {
    Headers headers = Good();
    const auto found = std::find_if(
        headers.begin(), headers.end(),
        [&name](const auto& header) { return header.first == name; });
    if (found == headers.end()) {
      headers.emplace_back(name, value);
    } else {
      found->second = value;
    }
    return headers;
  }

  std::atomic<int> calls_{0};
};

TEST_F(HostileHttp2Test, OurSettingsSayHowManyStreams) {
  limits_.max_concurrent_streams = 7;
  Start();
  // SETTINGS_MAX_CONCURRENT_STREAMS is 3 (RFC 9113 §6.5.2).
  EXPECT_THAT(Say(CallOf(Good(), 1)),
              HasSubstr(absl::StrCat(BigEndian(3, 2), BigEndian(7, 4))));
  EXPECT_EQ(calls_, 1);
}

TEST_F(HostileHttp2Test, MetadataIsLimitedForWhoNeverAgreed) {
  Start();
  Headers many = Good();
  for (int i = 0; i < 200; ++i) many.emplace_back(absl::StrCat("k", i), "v");
  for (const Headers& headers :
       {With("k", std::string(9'000, 'v')),
        With("k", std::string(1'000'000, 'v')), many}) {
    EXPECT_THAT(Say(CallOf(headers, 0)), HasSubstr("larger than the limit"));
  }
  EXPECT_EQ(calls_, 0);
  EXPECT_TRUE(Call("t").ok());
}

// CVE-2023-1428 and CVE-2023-32732.
TEST_F(HostileHttp2Test, HeadersThatEndedOlderServers) {
  Start();
  for (const int acks : {0, 1}) {
    for (const auto& [name, value] : Headers{{"te", "x"},
                                             {":scheme", "x"},
                                             {"grpclb_client_stats", "x"},
                                             {"k-bin", "!!!"}}) {
      Headers headers = With(name, value);
      headers.emplace_back("k", std::string(9'000, 'v'));
      EXPECT_THAT(Say(CallOf(headers, acks)), Not(IsEmpty())) << name;
    }
  }
  EXPECT_EQ(calls_, 0);
  EXPECT_TRUE(Call("t").ok());
}

}  // namespace
}  // namespace latchkey
