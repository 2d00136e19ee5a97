#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "core/base/reason.h"
#include "core/jwks/hostile_server.h"
#include "core/jwks/http_fetcher.h"
#include "core/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

constexpr absl::Duration kLong = absl::Seconds(10);

FetchOptions ShortOptions() {
  FetchOptions options;
  options.total_timeout = absl::Milliseconds(300);
  options.max_body_bytes = 1000;
  options.max_header_bytes = 2000;
  return options;
}

FetchOptions PatientOptions() {
  FetchOptions options = ShortOptions();
  options.total_timeout = kLong;
  return options;
}

std::string Answer(absl::string_view headers, absl::string_view body) {
  return absl::StrCat("HTTP/1.1 200 OK\r\n", headers,
                      "Content-Length: ", body.size(), "\r\n\r\n", body);
}

HostileServer::Script Sends(std::string text) {
  return [text = std::move(text)](Connection* c) { c->Send(text); };
}

absl::StatusOr<HttpResponse> Fetch(const std::string& url,
                                   const FetchOptions& options) {
  return NewCurlFetcher()->Fetch(url, options);
}

// RefusedFor: fetching what `script` serves fails with that cause.
void ExpectRefused(HostileServer::Script script, absl::string_view cause,
                   const FetchOptions& options = PatientOptions()) {
  HostileServer server(std::move(script));
  const auto response = Fetch(server.Url(), options);
  EXPECT_THAT(response, HasReason(Reason::kIssuerUnavailable));
  EXPECT_THAT(std::string(response.status().message()),
              HasSubstr(std::string(cause)));
}

TEST(CurlFetcherTest, GivesStatusHeadersAndBody) {
  HostileServer server(
      Sends(Answer("ETag: \"a\"\r\nX-Two: 1\r\nx-two:  2 \r\n", "{}")));
  const auto response = Fetch(server.Url(), PatientOptions());
  ASSERT_THAT(response, IsOk());
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(response->headers.at("etag"), "\"a\"");
  EXPECT_EQ(response->headers.at("x-two"), "2");
  EXPECT_EQ(response->body, "{}");
}

TEST(CurlFetcherTest, SendsHeadersAndAsksForNoEncoding) {
  HostileServer server(Sends("HTTP/1.1 304 Not Modified\r\n\r\n"));
  FetchOptions options = PatientOptions();
  options.headers["If-None-Match"] = "\"a\"";
  const auto response = Fetch(server.Url("/keys?a=b"), options);
  ASSERT_THAT(response, IsOk());
  EXPECT_EQ(response->status, 304);
  EXPECT_THAT(server.requests(),
              ElementsAre(AllOf(HasSubstr("GET /keys?a=b HTTP/1.1\r\n"),
                                HasSubstr("Accept-Encoding: identity\r\n"),
                                HasSubstr("If-None-Match: \"a\"\r\n"))));
}

TEST(CurlFetcherTest, PostsForms) {
  HostileServer server(Sends(Answer("", "{}")));
  FetchOptions options = PatientOptions();
  options.post_body = std::make_shared<const std::string>("grant_type=x");
  ASSERT_THAT(Fetch(server.Url("/token"), options), IsOk());
  EXPECT_THAT(
      server.requests(),
      ElementsAre(AllOf(
          HasSubstr("POST /token HTTP/1.1\r\n"),
          HasSubstr("Content-Type: application/x-www-form-urlencoded\r\n"),
          HasSubstr("Content-Length: 12\r\n"), Not(HasSubstr("Expect:")))));
}

TEST(CurlFetcherTest, RefusesLineBreaksInHeaders) {
  HostileServer server(Sends(Answer("", "{}")));
  FetchOptions options = PatientOptions();
  options.headers["If-None-Match"] = "a\r\nCookie: b";
  EXPECT_THAT(Fetch(server.Url(), options),
              HasReason(Reason::kIssuerUnavailable));
  EXPECT_THAT(server.requests(), SizeIs(0));
}

TEST(CurlFetcherTest, AnyStatusIsAnAnswer) {
  HostileServer server(Sends(
      "HTTP/1.1 429 Too Many\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n"));
  const auto response = Fetch(server.Url(), PatientOptions());
  ASSERT_THAT(response, IsOk());
  EXPECT_EQ(response->status, 429);
  EXPECT_EQ(response->headers.at("retry-after"), "7");
}

TEST(CurlFetcherTest, RefusesEncodedBodies) {
  ExpectRefused(Sends(Answer("Content-Encoding: gzip\r\n", "\x1f\x8b")),
                "content encoding");
  ExpectRefused(Sends(Answer("CONTENT-ENCODING: identity, br\r\n", "x")),
                "content encoding");
  ExpectRefused(Sends("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked"
                      "\r\n\r\n0\r\n\r\n"),
                "transfer encoding");
}

TEST(CurlFetcherTest, StopsAtTheBodyCap) {
  ExpectRefused(Sends(Answer("", std::string(1001, 'x'))), "body is too large");
  HostileServer server(Sends(Answer("", std::string(1000, 'x'))));
  EXPECT_THAT(Fetch(server.Url(), PatientOptions()), IsOk());
}

TEST(CurlFetcherTest, StopsAnEndlessChunkedBody) {
  ExpectRefused(
      [](Connection* c) {
        c->Send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        while (c->Send("10\r\n0123456789abcdef\r\n")) {
        }
      },
      "body is too large");
}

TEST(CurlFetcherTest, StopsEndlessHeaders) {
  ExpectRefused(
      [](Connection* c) {
        c->Send("HTTP/1.1 200 OK\r\n");
        while (
            c->Send("X-Filler: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n")) {
        }
      },
      "header is too large");
}

TEST(CurlFetcherTest, StopsAFloodOfInterimAnswers) {
  ExpectRefused(
      [](Connection* c) {
        while (c->Send("HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n")) {
        }
      },
      "header is too large");
}

TEST(CurlFetcherTest, RefusesTruncatedBodies) {
  ExpectRefused(Sends("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{\"keys\""),
                "");
  ExpectRefused(Sends("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                      "5\r\n{\"k"),
                "");
}

TEST(CurlFetcherTest, RefusesWhatIsNotHttp) {
  ExpectRefused(Sends("SSH-2.0-OpenSSH_9.2\r\n"), "");
  ExpectRefused(Sends(""), "");
  ExpectRefused(Sends("HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello"),
                "");
}

TEST(CurlFetcherTest, OneDeadlineForSlowHeaders) {
  ExpectRefused(
      [](Connection* c) {
        c->Send("HTTP/1.1 200 OK\r\nX: ");
        while (c->Send("a") && !c->WaitForClose(absl::Milliseconds(20))) {
        }
      },
      "imeout", ShortOptions());
}

TEST(CurlFetcherTest, OneDeadlineForASilentServer) {
  ExpectRefused([](Connection* c) { c->WaitForClose(kLong); }, "imeout",
                ShortOptions());
}

TEST(CurlFetcherTest, StopsWhenCancelled) {
  std::atomic<bool> cancelled{false};
  HostileServer server([&cancelled](Connection* c) {
    cancelled = true;
    EXPECT_TRUE(c->WaitForClose(kLong));
  });
  FetchOptions options = PatientOptions();
  options.total_timeout = 3 * kLong;
  options.cancelled = &cancelled;
  EXPECT_THAT(Fetch(server.Url(), options),
              HasReason(Reason::kIssuerUnavailable));
}

std::string RedirectTo(const std::string& url) {
  return absl::StrCat("HTTP/1.1 302 Found\r\nLocation: ", url,
                      "\r\nContent-Length: 0\r\n\r\n");
}

TEST(CurlFetcherTest, FollowsNoRedirectUnlessAllowed) {
  HostileServer server(Sends(RedirectTo("/other")));
  const auto response = Fetch(server.Url(), PatientOptions());
  ASSERT_THAT(response, IsOk());
  EXPECT_EQ(response->status, 302);
  EXPECT_THAT(server.requests(), SizeIs(1));
}

TEST(CurlFetcherTest, FollowsOnlySoManyRedirects) {
  HostileServer server(Sends(RedirectTo("/other")));
  FetchOptions options = PatientOptions();
  options.max_redirects = 2;
  const auto response = Fetch(server.Url(), options);
  ASSERT_THAT(response, IsOk());
  EXPECT_EQ(response->status, 302);
  EXPECT_THAT(server.requests(),
              ElementsAre(HasSubstr("GET /keys "), HasSubstr("GET /other "),
                          HasSubstr("GET /other ")));
}

TEST(CurlFetcherTest, FollowsNoRedirectToAnotherOrigin) {
  HostileServer target(Sends(Answer("", "{}")));
  for (const std::string& url :
       {target.Url(), std::string("file:///etc/passwd"),
        absl::StrCat("http://localhost:", target.port(), "/"),
        std::string("https://127.0.0.1/")}) {
    HostileServer server(Sends(RedirectTo(url)));
    FetchOptions options = PatientOptions();
    options.max_redirects = 2;
    const auto response = Fetch(server.Url(), options);
    ASSERT_THAT(response, IsOk()) << url;
    EXPECT_EQ(response->status, 302) << url;
  }
  EXPECT_THAT(target.requests(), SizeIs(0));
}

TEST(CurlFetcherTest, RefusesUrls) {
  for (const char* url :
       {"file:///etc/passwd", "http://example.com/", "ftp://127.0.0.1/", "",
        "https://user@example.com/", "http://0x7f.1/", "http://2130706433/",
        "http://localhost./", "http://[::ffff:127.0.0.1]/"}) {
    EXPECT_THAT(Fetch(url, ShortOptions()),
                HasReason(Reason::kIssuerUnavailable))
        << url;
  }
  HostileServer server(Sends(Answer("", "{}")));
  FetchOptions options = PatientOptions();
  options.allow_loopback_http = false;
  EXPECT_THAT(Fetch(server.Url(), options),
              HasReason(Reason::kIssuerUnavailable));
  EXPECT_THAT(server.requests(), SizeIs(0));
}

TEST(CurlFetcherTest, RefusesAddressesByWhatTheyAre) {
  for (const char* url :
       {"https://10.0.0.1/", "https://169.254.169.254/latest/",
        "https://[fe80::1]/", "https://[::ffff:192.168.0.1]/",
        "https://0.0.0.0/", "https://167772161/"}) {
    const auto response = Fetch(url, ShortOptions());
    EXPECT_THAT(response, HasReason(Reason::kIssuerUnavailable)) << url;
    EXPECT_EQ(response.status().message(), "the host's address is not allowed")
        << url;
  }
}

TEST(CurlFetcherTest, ChecksTlsOnLoopbackToo) {
  HostileServer server([](Connection* c) { c->Send("no TLS here\r\n"); });
  const auto response = Fetch(
      absl::StrCat("https://127.0.0.1:", server.port(), "/"), ShortOptions());
  EXPECT_THAT(response, HasReason(Reason::kIssuerUnavailable));
}

}  // namespace
}  // namespace latchkey
