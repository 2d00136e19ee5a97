#include "core/config/addresses.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace latchkey {
namespace {

TEST(AddressesTest, ReadsTcpAddresses) {
  struct Row {
    const char* text;
    const char* host;
    int port;
    bool is_loopback;
  };
  for (const Row& row :
       {Row{"127.0.0.1:7070", "127.0.0.1", 7070, true},
        Row{"127.9.9.9:0", "127.9.9.9", 0, true},
        Row{"localhost:65535", "localhost", 65535, true},
        Row{"[::1]:80", "[::1]", 80, true},
        Row{"0.0.0.0:80", "0.0.0.0", 80, false},
        Row{"[::]:80", "[::]", 80, false},
        Row{"[::ffff:127.0.0.1]:80", "[::ffff:127.0.0.1]", 80, false},
        Row{"10.0.0.1:443", "10.0.0.1", 443, false}}) {
    const auto address = ParseSocketAddress(row.text);
    ASSERT_TRUE(address.has_value()) << row.text;
    EXPECT_EQ(address->host, row.host);
    EXPECT_EQ(address->port, row.port) << row.text;
    EXPECT_EQ(address->is_loopback, row.is_loopback) << row.text;
    EXPECT_FALSE(address->is_unix()) << row.text;
  }
}

TEST(AddressesTest, ReadsUnixAddresses) {
  for (const auto& [text, path] :
       {std::pair("unix:data/x.sock", "data/x.sock"),
        std::pair("unix:///run/x.sock", "/run/x.sock"),
        std::pair("unix:/run/x.sock", "/run/x.sock")}) {
    const auto address = ParseSocketAddress(text);
    ASSERT_TRUE(address.has_value()) << text;
    EXPECT_EQ(address->unix_path, path);
    EXPECT_TRUE(address->is_loopback) << text;
  }
}

TEST(AddressesTest, RefusesAllElse) {
  for (const std::string& text : std::vector<std::string>{
           "", ":", "127.0.0.1", "127.0.0.1:", ":7070", "*:7070",
           "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:+1",
           "127.0.0.1:000080", "example.com:80", "::1:80", "[::1:80",
           "[localhost]:80", "127.1:80", "http://127.0.0.1:80",
           "unix:", "unix://run/x.sock", "unix:///" + std::string(107, 'x')}) {
    EXPECT_FALSE(ParseSocketAddress(text).has_value()) << text;
  }
}

TEST(AddressesTest, EqualSocketsHaveEqualKeys) {
  EXPECT_EQ(ParseSocketAddress("unix:/run/x")->Key(),
            ParseSocketAddress("unix:///run/x")->Key());
  EXPECT_NE(ParseSocketAddress("127.0.0.1:1")->Key(),
            ParseSocketAddress("127.0.0.1:2")->Key());
}

std::vector<std::string> UrlProblems(absl::string_view url) {
  Problems problems;
  CheckUrl(url, Place(&problems, "here"));
  std::vector<std::string> messages;
  for (const auto& problem : problems.Take()) {
    messages.push_back(problem.message);
  }
  return messages;
}

TEST(AddressesTest, UrlsAreHttpsOrOnLoopback) {
  using Messages = std::vector<std::string>;
  EXPECT_EQ(UrlProblems("https://issuer.example/keys"), Messages());
  EXPECT_EQ(UrlProblems("http://127.0.0.1:9090/keys"), Messages());
  EXPECT_EQ(UrlProblems("http://[::1]:9090/keys"), Messages());
  EXPECT_EQ(UrlProblems("http://localhost/keys"), Messages());
  const Messages insecure = {"must be https; http is for loopback only"};
  EXPECT_EQ(UrlProblems("http://issuer.example/keys"), insecure);
  EXPECT_EQ(UrlProblems("http://127.0.0.1.example.com/keys"), insecure);
  const Messages malformed = {"must be a URL: https://HOST[:PORT]/PATH"};
  EXPECT_EQ(UrlProblems("issuer.example"), malformed);
  EXPECT_EQ(UrlProblems("ftp://issuer.example"), malformed);
  EXPECT_EQ(UrlProblems("https://user:pass@issuer.example"), malformed);
}

}  // namespace
}  // namespace latchkey
