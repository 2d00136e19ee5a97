#include "core/jwks/url_rules.h"

#include <string>

#include "core/base/reason.h"
#include "core/testing/status_matchers.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

TEST(UrlRulesTest, TakesUrlsApart) {
  const auto url = ParseHttpUrl("https://a.example:8443/b/c?d=e");
  ASSERT_THAT(url, IsOk());
  EXPECT_EQ(url->scheme, "https");
  EXPECT_EQ(url->host, "a.example");
  EXPECT_EQ(url->port, 8443);
  EXPECT_EQ(url->path, "/b/c?d=e");
  EXPECT_EQ(url->origin(), "https://a.example:8443");
}

TEST(UrlRulesTest, OriginNeglectsCaseAndDefaultPort) {
  EXPECT_EQ(ParseHttpUrl("https://A.Example/x")->origin(),
            ParseHttpUrl("https://a.example:443")->origin());
  EXPECT_NE(ParseHttpUrl("http://a.example")->origin(),
            ParseHttpUrl("https://a.example")->origin());
}

TEST(UrlRulesTest, TakesIpv6) {
  const auto url = ParseHttpUrl("http://[::1]:81/");
  ASSERT_THAT(url, IsOk());
  EXPECT_EQ(url->host, "::1");
  EXPECT_EQ(url->port, 81);
  EXPECT_EQ(url->origin(), "http://[::1]:81");
  EXPECT_TRUE(url->is_loopback_host());
}

TEST(UrlRulesTest, RefusesWhatParsersDisagreeOn) {
  for (const char* url : {"",
                          "example.com",
                          "HTTPS://a.example",
                          "//a.example",
                          "https",
                          "http",
                          "https:/a",
                          "https://",
                          "https:///a",
                          "https://u@a.example",
                          "https://u:p@a",
                          "https://a.example#b",
                          "https://a .example",
                          "https://a\\b",
                          "https://a.example:",
                          "https://a.example:0",
                          "https://a.example:65536",
                          "https://a.example:+1",
                          "https://a.example:443a",
                          "https://[::1",
                          "https://[::1]a",
                          "https://[abc]/",
                          "https://[127.0.0.1]/",
                          "https://[1::2::3]/",
                          "https://[g]",
                          "https://\xc3\xa9.example",
                          "https://a.example/\x01",
                          "javascript:alert(1)",
                          "file:///a"}) {
    EXPECT_THAT(ParseHttpUrl(url), HasReason(Reason::kInvalidRequest)) << url;
  }
  EXPECT_THAT(ParseHttpUrl("https://a/" + std::string(3000, 'a')),
              HasReason(Reason::kInvalidRequest));
}

TEST(UrlRulesTest, HttpIsForLoopbackOnly) {
  for (const char* url : {"http://localhost", "http://127.0.0.1:8080/x",
                          "http://127.9.8.7", "http://[::1]/"}) {
    EXPECT_THAT(CheckFetchUrl(url, true), IsOk()) << url;
    EXPECT_THAT(CheckFetchUrl(url, false), HasReason(Reason::kInvalidRequest))
        << url;
  }
  for (const char* url :
       {"http://a.example", "http://localhost.", "http://127.1",
        "http://0x7f.0.0.1", "http://127.0.0.01", "http://127.0.0.256",
        "http://2130706433", "http://127.0.0.1.a.example",
        "http://[::ffff:127.0.0.1]", "http://0.0.0.0"}) {
    EXPECT_THAT(CheckFetchUrl(url, true), HasReason(Reason::kInvalidRequest))
        << url;
  }
  EXPECT_THAT(CheckFetchUrl("https://a.example", false), IsOk());
}

}  // namespace
}  // namespace latchkey
