#include "core/jwks/discovery.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "core/base/reason.h"
#include "core/jwks/http_fetcher.h"
#include "core/jwks/key_issuers.h"
#include "core/testing/fake_fetcher.h"
#include "core/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

using ::testing::ElementsAre;

constexpr char kIssuer[] = "https://i.example/oauth2/default";
constexpr char kOpenId[] =
    "https://i.example/oauth2/default/.well-known/openid-configuration";
constexpr char kOauth[] =
    "https://i.example/.well-known/oauth-authorization-server/oauth2/default";
constexpr char kKeys[] = "https://keys.example/v1/keys";
const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);

std::string Document(const std::string& issuer, const std::string& uri) {
  return absl::StrCat(R"({"issuer":")", issuer, R"(","jwks_uri":")", uri,
                      R"(","scopes_supported":["openid"]})");
}

HttpResponse Status(int status) {
  HttpResponse response;
  response.status = status;
  return response;
}

TEST(DiscoveryTest, KnowsBothPlaces) {
  EXPECT_THAT(DiscoveryUrls(kIssuer), ElementsAre(kOpenId, kOauth));
  EXPECT_THAT(
      DiscoveryUrls("https://i.example/"),
      ElementsAre("https://i.example/.well-known/openid-configuration",
                  "https://i.example/.well-known/oauth-authorization-server"));
  // Only one slash goes.
  EXPECT_THAT(
      DiscoveryUrls("https://i.example/a//"),
      ElementsAre(
          "https://i.example/a//.well-known/openid-configuration",
          "https://i.example/.well-known/oauth-authorization-server/a/"));
}

TEST(DiscoveryTest, AnyTenantsDocumentIsThatOfCommon) {
  const char issuer[] = "https://login.example/{tenantid}/v2.0";
  EXPECT_EQ(DiscoveryUrls(issuer).at(0),
            "https://login.example/common/v2.0/.well-known/"
            "openid-configuration");
  FakeFetcher fetcher;
  fetcher.Answer(DiscoveryUrls(issuer).at(0), Document(issuer, kKeys));
  EXPECT_THAT(Discover(&fetcher, issuer, FetchOptions(), kNow), IsOk());
  fetcher.Answer(DiscoveryUrls(issuer).at(0),
                 Document("https://login.example/common/v2.0", kKeys));
  EXPECT_THAT(Discover(&fetcher, issuer, FetchOptions(), kNow),
              HasReason(Reason::kIssuerUnavailable));
}

TEST(KeyIssuersTest, KeysServeTheirIssuerOrAnyTenant) {
  const std::string id = "72f988bf-86f1-41af-91ab-2d7cd011db47";
  const std::string any = "https://login.microsoftonline.com/{tenantid}/v2.0";
  const std::string v2 =
      absl::StrCat("https://login.microsoftonline.com/", id, "/v2.0");
  const std::string v1 = absl::StrCat("https://sts.windows.net/", id, "/");
  EXPECT_TRUE(KeyServes(v2, v2));
  EXPECT_TRUE(KeyServes(any, v2));
  EXPECT_TRUE(KeyServes(any, any));
  EXPECT_TRUE(KeyServes(any, v1));
  EXPECT_TRUE(KeyServes(v2, v1));
  EXPECT_FALSE(KeyServes(v2, any));
  EXPECT_FALSE(KeyServes(v1, v2));
  for (const char* issuer :
       {"https://login.microsoftonline.com/x/v2.0",
        "https://login.microsoftonline.com//v2.0",
        "https://login.microsoftonline.com/"
        "9188040D-6c67-4c5b-b112-36a304b66dad/v2.0",
        "https://evil.example/72f988bf-86f1-41af-91ab-2d7cd011db47/v2.0", ""}) {
    EXPECT_FALSE(KeyServes(any, issuer)) << issuer;
  }
}

TEST(KeyIssuersTest, OnlyKeysOfOthersAreDropped) {
  std::vector<std::string> dropped;
  const std::string own =
      R"({"keys":[{"kid":"a","issuer":"https://i"},{"kid":"b"}]})";
  EXPECT_EQ(OwnKeys(own, "https://i", 1000, &dropped), own);
  EXPECT_THAT(dropped, testing::IsEmpty());
  EXPECT_EQ(OwnKeys(R"({"keys":[{"kid":"a","issuer":"https://j"},)"
                    R"({"kid":"b","issuer":7},{"kid":"c"}]})",
                    "https://i", 1000, &dropped),
            R"({"keys":[{"kid":"c"}]})");
  EXPECT_THAT(dropped, ElementsAre("a", "b"));
  for (const char* odd : {"", "[]", "{}", R"({"keys":7})"}) {
    EXPECT_EQ(OwnKeys(odd, "https://i", 1000, &dropped), odd);
  }
}

TEST(DiscoveryTest, ReadsTheOpenIdDocument) {
  FakeFetcher fetcher;
  fetcher.Answer(kOpenId, Document(kIssuer, kKeys));
  const auto metadata = Discover(&fetcher, kIssuer, FetchOptions(), kNow);
  ASSERT_THAT(metadata, IsOk());
  EXPECT_EQ(metadata->issuer, kIssuer);
  EXPECT_EQ(metadata->jwks_uri, kKeys);
  EXPECT_EQ(fetcher.fetches(kOauth), 0);
}

TEST(DiscoveryTest, FallsBackToTheOauthDocument) {
  FakeFetcher fetcher;
  fetcher.Answer(kOpenId, Status(404));
  fetcher.Answer(kOauth, Document(kIssuer, kKeys));
  const auto metadata = Discover(&fetcher, kIssuer, FetchOptions(), kNow);
  ASSERT_THAT(metadata, IsOk());
  EXPECT_EQ(metadata->jwks_uri, kKeys);
}

TEST(DiscoveryTest, ReportsTheFirstAnswer) {
  FakeFetcher fetcher;
  HttpResponse busy = Status(429);
  busy.headers["retry-after"] = "30";
  fetcher.Answer(kOpenId, busy);
  fetcher.Answer(kOauth, Status(404));
  const auto metadata = Discover(&fetcher, kIssuer, FetchOptions(), kNow);
  EXPECT_THAT(metadata, HasReason(Reason::kIssuerUnavailable));
  EXPECT_EQ(metadata.status().message(), "discovery: HTTP status 429");
  EXPECT_EQ(GetRetryAfter(metadata.status()), absl::Seconds(30));
}

TEST(DiscoveryTest, DoesNotFallBackWhenTheServerIsAway) {
  FakeFetcher fetcher;
  fetcher.Answer(kOauth, Document(kIssuer, kKeys));
  EXPECT_THAT(Discover(&fetcher, kIssuer, FetchOptions(), kNow),
              HasReason(Reason::kIssuerUnavailable));
  EXPECT_EQ(fetcher.fetches(kOauth), 0);
}

TEST(DiscoveryTest, RefusesIssuersThatAreNoUrl) {
  FakeFetcher fetcher;
  for (const char* issuer :
       {"", "i.example", "https://i.example?a=b", "https://i.example/#a"}) {
    EXPECT_THAT(Discover(&fetcher, issuer, FetchOptions(), kNow),
                HasReason(Reason::kIssuerUnavailable))
        << issuer;
  }
}

TEST(DiscoveryTest, IssuerMatchesByteForByte) {
  for (const char* other :
       {"https://i.example/oauth2/default/", "https://I.example/oauth2/default",
        "https://i.example:443/oauth2/default", "https://evil.example", ""}) {
    EXPECT_THAT(
        ParseIssuerMetadata(Document(other, kKeys), kIssuer, FetchOptions()),
        HasReason(Reason::kIssuerUnavailable))
        << other;
  }
}

TEST(DiscoveryTest, JwksUriIsHttpsOrLoopback) {
  for (const char* uri : {"http://keys.example/", "file:///etc/passwd", "",
                          "/keys", "http://localhost.:80/"}) {
    EXPECT_THAT(
        ParseIssuerMetadata(Document(kIssuer, uri), kIssuer, FetchOptions()),
        HasReason(Reason::kIssuerUnavailable))
        << uri;
  }
  constexpr char kLocalIssuer[] = "http://localhost:1234";
  const std::string local =
      Document(kLocalIssuer, "http://127.0.0.1:1234/keys");
  FetchOptions options;
  EXPECT_THAT(ParseIssuerMetadata(local, kLocalIssuer, options), IsOk());
  options.allow_loopback_http = false;
  EXPECT_THAT(ParseIssuerMetadata(local, kLocalIssuer, options),
              HasReason(Reason::kIssuerUnavailable));
}

TEST(DiscoveryTest, ARemoteIssuerCannotPointAtThisMachine) {
  for (const char* uri :
       {"http://127.0.0.1:1234/keys", "https://127.0.0.1/keys",
        "http://localhost/keys", "https://[::1]:8443/keys"}) {
    EXPECT_THAT(
        ParseIssuerMetadata(Document(kIssuer, uri), kIssuer, FetchOptions()),
        HasReason(Reason::kIssuerUnavailable))
        << uri;
  }
}

TEST(DiscoveryTest, RefusesBadDocuments) {
  for (const std::string& document :
       {std::string(), std::string("<html>"), std::string("[]"),
        std::string("{}"), std::string("\xef\xbb\xbf{}"),
        absl::StrCat(R"({"issuer":")", kIssuer, R"("})"),
        absl::StrCat(R"({"issuer":")", kIssuer, R"(","jwks_uri":7})"),
        absl::StrCat(R"({"issuer":"x",)",
                     Document(kIssuer, kKeys).substr(1))}) {
    EXPECT_THAT(ParseIssuerMetadata(document, kIssuer, FetchOptions()),
                HasReason(Reason::kIssuerUnavailable))
        << document;
  }
}

}  // namespace
}  // namespace latchkey
