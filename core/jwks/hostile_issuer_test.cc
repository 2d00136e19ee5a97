// Section F of the attacks, whole: the key cache, libcurl, and an issuer on
// loopback that misbehaves. Each test bears the number of its case in
// tests/attacks/cases.txt.
#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "core/base/reason.h"
#include "core/base/simulated_clock.h"
#include "core/jwks/hostile_server.h"
#include "core/jwks/http_fetcher.h"
#include "core/jwks/jwks_cache.h"
#include "core/jwks/jwks_cache_options.h"
#include "core/jwks/key_source.h"
#include "core/jwks/test_keys.h"
#include "core/testing/fake_random.h"
#include "core/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string Good() { return TestJwks({{"k", 0}}); }
std::string Other() { return TestJwks({{"other", 1}}); }

std::string Answer(absl::string_view status, absl::string_view headers,
                   absl::string_view body) {
  return absl::StrCat("HTTP/1.1 ", status, "\r\n", headers,
                      "Content-Length: ", body.size(), "\r\n\r\n", body);
}

class HostileIssuerTest : public ::testing::Test {
 protected:
  HostileIssuerTest()
      : server_([this](Connection* c) { Serve(c); }),
        fetcher_(NewCurlFetcher()) {
    options_.fetch.total_timeout = absl::Milliseconds(400);
    cache_ = std::make_unique<JwksCache>(options_, fetcher_.get(), &clock_,
                                         &random_);
    Say(Answer("200 OK", "", Good()));
    KeySourceSpec spec;
    spec.jwks_uri = server_.Url();
    source_ = cache_->Use(spec);
    EXPECT_TRUE(HasKey("k"));
  }

  // Say sets what every further request is answered with.
  void Say(std::string text) {
    absl::MutexLock lock(&mu_);
    script_ = [text = std::move(text)](Connection* c) { c->Send(text); };
  }
  void Do(HostileServer::Script script) {
    absl::MutexLock lock(&mu_);
    script_ = std::move(script);
  }
  bool Refresh() {
    return cache_->Refresh(server_.Url(), absl::InfiniteFuture()).empty();
  }
  bool HasKey(absl::string_view kid) {
    const auto keys =
        cache_->KeysFor(source_.get(), std::nullopt, absl::InfiniteFuture());
    return keys.ok() && (*keys)->Contains(kid);
  }
  // Asks for one kid, as a token that names it does.
  bool Finds(const std::string& kid) {
    const auto keys =
        cache_->KeysFor(source_.get(), kid, absl::InfiniteFuture());
    return keys.ok() && (*keys)->Contains(kid);
  }
  // The answer is refused, and the last good keys stay.
  void KeepsTheKeys(const std::string& answer) {
    Say(answer);
    EXPECT_FALSE(Refresh()) << answer.substr(0, 200);
    EXPECT_TRUE(HasKey("k"));
  }

 private:
  void Serve(Connection* connection) {
    HostileServer::Script script;
    {
      absl::MutexLock lock(&mu_);
      script = script_;
    }
    if (script) script(connection);
  }

  absl::Mutex mu_;
  HostileServer::Script script_ ABSL_GUARDED_BY(mu_);

 protected:
  SimulatedClock clock_{absl::FromUnixSeconds(1'700'000'000)};
  FakeRandom random_;
  HostileServer server_;
  const std::unique_ptr<HttpFetcher> fetcher_;
  JwksCacheOptions options_;
  std::unique_ptr<JwksCache> cache_;
  std::shared_ptr<JwksCache::Source> source_;
};

TEST_F(HostileIssuerTest, F119_SlowBody) {
  std::atomic<bool> gone{false};
  Do([&gone](Connection* c) {
    c->Send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{\"keys\":[");
    while (c->Send(" ")) {
      if (c->WaitForClose(absl::Milliseconds(20))) break;
    }
    gone = true;
  });
  EXPECT_FALSE(Refresh());
  EXPECT_TRUE(HasKey("k"));
  // Readers of the keys never waited for it, and the transfer is over.
  Say(Answer("200 OK", "", Other()));
  EXPECT_TRUE(Refresh());
  EXPECT_TRUE(gone);
  EXPECT_TRUE(HasKey("other"));
}

TEST_F(HostileIssuerTest, F120_FalseLengths) {
  const std::string body = Other();
  const auto with_length = [&body](absl::string_view length) {
    return absl::StrCat("HTTP/1.1 200 OK\r\n", length, "\r\n\r\n", body);
  };
  const std::string size = absl::StrCat(body.size());
  for (const std::string& answer :
       {with_length("Content-Length: 10"),                     // too small
        with_length(absl::StrCat("Content-Length: 9", size)),  // too large
        with_length("Content-Length: -1"),
        with_length("Content-Length: 7\r\nContent-Length: 8"),
        with_length("Content-Length: 0x10"),
        with_length("Transfer-Encoding: chunked"),
        absl::StrCat("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
                     "ffffffffffffffffff\r\n", body),
        absl::StrCat("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
                     "-1\r\n", body)}) {
    KeepsTheKeys(answer);
  }
  EXPECT_FALSE(HasKey("other"));
  // libcurl takes a length that passes 64 bits for unknown: the cap holds.
  KeepsTheKeys(absl::StrCat(
      "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
      std::string(options_.fetch.max_body_bytes, ' '), body));
}

TEST_F(HostileIssuerTest, F120_HugeHeader) {
  KeepsTheKeys(Answer("200 OK",
                      absl::StrCat("X: ", std::string(1 << 20, 'x'), "\r\n"),
                      Other()));
  std::string many;
  for (int i = 0; i < 100'000; ++i) absl::StrAppend(&many, "X", i, ": 1\r\n");
  KeepsTheKeys(Answer("200 OK", many, Other()));
}

TEST_F(HostileIssuerTest, F121_StatusesAndContent) {
  for (const char* status :
       {"500 Error", "404 Not Found", "429 Too Many", "403 Forbidden",
        "302 Found", "201 Created", "206 Partial Content"}) {
    KeepsTheKeys(Answer(status, "", Other()));
  }
  KeepsTheKeys("HTTP/1.1 204 No Content\r\n\r\n");
  KeepsTheKeys(Answer("200 OK", "Content-Type: text/html\r\n",
                      "<html>maintenance</html>"));
  KeepsTheKeys(Answer("200 OK", "", absl::StrCat("\xEF\xBB\xBF", Other())));
  KeepsTheKeys(Answer("200 OK", "", ""));
  EXPECT_FALSE(HasKey("other"));
  // What the body is counts, not what it is called.
  Say(Answer("200 OK", "Content-Type: text/html\r\n", Other()));
  EXPECT_TRUE(Refresh());
  EXPECT_TRUE(HasKey("other"));
}

TEST_F(HostileIssuerTest, F122_NotModifiedOverASocket) {
  Say(Answer("200 OK", "ETag: \"v1\"\r\nCache-Control: no-store\r\n", Good()));
  ASSERT_TRUE(Refresh());
  Say("HTTP/1.1 304 Not Modified\r\nETag: \"v1\"\r\n\r\n");
  ASSERT_TRUE(Refresh());
  EXPECT_TRUE(HasKey("k"));
  EXPECT_THAT(server_.requests().back(),
              HasSubstr("If-None-Match: \"v1\"\r\n"));
  // A 304 that nobody asked for renews nothing.
  Say(Answer("200 OK", "", Good()));
  ASSERT_TRUE(Refresh());
  Say("HTTP/1.1 304 Not Modified\r\n\r\n");
  EXPECT_FALSE(Refresh());
  EXPECT_THAT(server_.requests().back(), Not(HasSubstr("If-None-Match")));
  EXPECT_TRUE(HasKey("k"));
}

TEST_F(HostileIssuerTest, F126_NamesThatDoNotResolve) {
  FetchOptions options;
  options.total_timeout = absl::Milliseconds(400);
  for (const char* url :
       {"https://no-such-host.invalid/keys", "https://a..b/keys",
        "https://-/keys", "https://[::1/keys", "https:///keys"}) {
    const absl::Time before = absl::Now();
    EXPECT_THAT(fetcher_->Fetch(url, options),
                HasReason(Reason::kIssuerUnavailable))
        << url;
    // The one deadline covers the look-up too.
    EXPECT_LT(absl::Now() - before, absl::Seconds(3)) << url;
  }
}

// The rest is about issuers that mean no harm, over the same real sockets.

TEST_F(HostileIssuerTest, AHundredThreadsWithANewKidCauseOneRequest) {
  clock_.AdvanceTime(options_.cooldown);
  Say(Answer("200 OK", "", TestJwks({{"k", 0}, {"other", 1}})));
  const size_t before = server_.requests().size();
  std::atomic<int> found{0};
  std::vector<std::thread> callers;
  callers.reserve(100);
  for (int i = 0; i < 100; ++i) {
    callers.emplace_back([&] { found += Finds("other") ? 1 : 0; });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(found, 100);
  EXPECT_EQ(server_.requests().size() - before, 1u);
}

TEST_F(HostileIssuerTest, TenThousandRandomKidsCauseOneRequestInACooldown) {
  const size_t before = server_.requests().size();
  for (const size_t round : {1u, 2u}) {
    clock_.AdvanceTime(options_.cooldown);
    for (int i = 0; i < 10'000; ++i) {
      EXPECT_FALSE(Finds(absl::StrCat("random", round, "-", i)));
    }
    EXPECT_EQ(server_.requests().size() - before, round);
  }
  EXPECT_TRUE(Finds("k"));
}

TEST_F(HostileIssuerTest, RotationWithOverlap) {
  Say(Answer("200 OK", "", TestJwks({{"k", 0}, {"other", 1}})));
  clock_.AdvanceTime(options_.cooldown);
  EXPECT_TRUE(Finds("other"));
  EXPECT_TRUE(Finds("k"));
  Say(Answer("200 OK", "", Other()));
  ASSERT_TRUE(Refresh());
  EXPECT_TRUE(Finds("other"));
  EXPECT_FALSE(HasKey("k"));
}

TEST_F(HostileIssuerTest, RotationWithoutOverlap) {
  Say(Answer("200 OK", "", Other()));
  clock_.AdvanceTime(options_.cooldown);
  EXPECT_TRUE(Finds("other"));
  EXPECT_FALSE(HasKey("k"));
}

TEST_F(HostileIssuerTest, AnIssuerThatHangsHoldsUpNobody) {
  absl::Notification hangs;
  Do([&hangs](Connection* c) {
    hangs.Notify();
    c->WaitForClose(absl::Seconds(60));
  });
  bool refreshed = true;
  std::thread refresh([&] { refreshed = Refresh(); });
  hangs.WaitForNotification();
  EXPECT_TRUE(Finds("k"));
  refresh.join();
  EXPECT_FALSE(refreshed);
  EXPECT_TRUE(Finds("k"));
}

TEST_F(HostileIssuerTest, AnIssuerThatIsDownAtTheStartIsFoundLater) {
  Do([](Connection*) {});  // closes at once
  cache_ =
      std::make_unique<JwksCache>(options_, fetcher_.get(), &clock_, &random_);
  KeySourceSpec spec;
  spec.jwks_uri = server_.Url();
  source_ = cache_->Use(spec);
  EXPECT_THAT(
      cache_->KeysFor(source_.get(), "k", absl::InfiniteFuture()).status(),
      HasReason(Reason::kIssuerUnavailable));
  Say(Answer("200 OK", "", Good()));
  clock_.AdvanceTime(options_.retry_max);
  EXPECT_TRUE(Finds("k"));
}

}  // namespace
}  // namespace latchkey
