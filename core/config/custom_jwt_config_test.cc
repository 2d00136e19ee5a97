// Providers of kind custom_jwt: keys, audience, metadata.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/config/config.h"
#include "core/config/config_test_yaml.h"

namespace latchkey {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

constexpr char kRsa2048[] = R"(-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAuNPeRPv5x5EgUgkRrmfq
Xdz3/jLq8aWUGhJ+5kV/MRik4DcqA4XYG2uYa447uA0hvKeXmc5oKjwIoXmwIJnB
Skdbzj2UwwvcqgPW8lPwLpSG7YisTSKgrz5MqXWEM3Z8330RxszuJzi9MdcsskCB
udwQHv5MMYP7mmkniEAl0J8pMQyulJY2ffUVJ3pnWcc3Btbl+EDp+ZfYkdDPhwvp
uBtqmGWQeWTwNzP1n4MRj9VEL2IbyZzmkfjVvyrC49F80Df8xwKNjLr3E4s5eDCO
or6WNBpUELzflB4QrLCiNRoSK6M1CK18fN0eQHOrH9AojX4VhMtoAuR/EX8YPPd5
6QIDAQAB
-----END PUBLIC KEY-----
)";
constexpr char kRsa1024[] = R"(-----BEGIN PUBLIC KEY-----
MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQCv7MBJitsPoNQNoJkqgZ+x41o0
Jd1t+heyisuntlcY8N7FgvUTkfXbLXFZGwgLiw7u2RhzyBgY5NnNtPJ7GA2ENn8Z
/D4VVhOdeEF25ByN9qDUH5PZT9zZLrlTcSNCQYWpZq1hr3TLe+MbxU4Mta5HRcEX
G1wybowsDGF1swVEYQIDAQAB
-----END PUBLIC KEY-----
)";
constexpr char kHs[] = "abcdefghijklmnopqrstuvwxyz_-0123";
constexpr absl::string_view kSource = "jwks_uri: 'https://id.example.com/k'";

// The settings of the provider with these fields.
CustomJwtSettings Read(absl::string_view fields,
                       const ConfigOptions& options = TestOptions(),
                       absl::string_view more = "") {
  auto result = ParseConfig(absl::StrCat(WithCustomJwt(fields), more), options);
  if (auto* problems = std::get_if<std::vector<ConfigProblem>>(&result)) {
    ADD_FAILURE() << FormatProblems("FILE", *problems);
    return CustomJwtSettings();
  }
  return std::get<CustomJwtSettings>(
      std::move(std::get<Config>(result).apps[0].providers[0].arm));
}

std::vector<std::string> ProblemsIn(absl::string_view fields) {
  return ProblemsOf(WithCustomJwt(fields));
}

TEST(CustomJwtConfigTest, Defaults) {
  const CustomJwtSettings jwt = Read(kSource);
  EXPECT_EQ(jwt.key_source->jwks_uri, "https://id.example.com/k");
  EXPECT_EQ(jwt.key_source->issuer, "");
  EXPECT_FALSE(jwt.key_source->required);
  EXPECT_THAT(jwt.audience, ElementsAre("app"));
  EXPECT_FALSE(jwt.require_any_audience);
  EXPECT_THAT(jwt.issuers, IsEmpty());
  EXPECT_THAT(jwt.algorithms,
              ElementsAre(Algorithm::kRs256, Algorithm::kEs256));
  EXPECT_THAT(jwt.types, ElementsAre("", "jwt", "at+jwt"));
  EXPECT_EQ(jwt.max_token_bytes, 8192u);
  EXPECT_EQ(jwt.leeway, absl::ZeroDuration());
  EXPECT_FALSE(jwt.max_lifetime.has_value());
}

TEST(CustomJwtConfigTest, ABoundedNumberIsVerifiedDirectly) {
  const auto with = [](int count) {
    std::string yaml = absl::StrCat(kTop, "apps:\n- id: app\n  providers:\n");
    std::string names;
    for (int i = 0; i < count; ++i) {
      absl::StrAppend(&yaml, "  - custom_jwt: {name: p", i, ", ", kSource,
                      "}\n");
      absl::StrAppend(&names, i == 0 ? "" : ", ", "p", i);
    }
    absl::StrAppend(&yaml, "  direct_verification: {custom_jwt: [", names,
                    "]}\n");
    return ProblemsOf(yaml);
  };
  EXPECT_THAT(with(16), IsEmpty());
  EXPECT_THAT(with(17),
              ElementsAre("24 apps[0].direct_verification.custom_jwt: at most "
                          "16"));
}

TEST(CustomJwtConfigTest, EverySettingArrives) {
  const CustomJwtSettings jwt = Read(absl::StrCat(
      kSource,
      ", audience: [x, y], audience_match: any, algorithms: [PS256, EdDSA], "
      "expected_issuer: iss, require_typ: [JWT, application/Foo], "
      "max_token_bytes: 512, leeway: 5m, jwks_poll: 90s, "
      "max_token_lifetime: 1h, metadata: [{path: 'a.b\\.c'}, {path: d, field: "
      "e, required: true}]"));
  EXPECT_THAT(jwt.audience, ElementsAre("x", "y"));
  EXPECT_TRUE(jwt.require_any_audience);
  EXPECT_THAT(jwt.algorithms,
              ElementsAre(Algorithm::kPs256, Algorithm::kEdDsa));
  EXPECT_THAT(jwt.issuers, ElementsAre("iss"));
  EXPECT_THAT(jwt.types, ElementsAre("jwt", "foo"));
  EXPECT_EQ(jwt.max_token_bytes, 512u);
  EXPECT_EQ(jwt.leeway, absl::Minutes(5));
  EXPECT_EQ(jwt.key_source->poll, absl::Seconds(90));
  EXPECT_EQ(jwt.max_lifetime, absl::Hours(1));
  ASSERT_EQ(jwt.metadata.size(), 2u);
  EXPECT_EQ(jwt.metadata[0].field, "b.c");
  EXPECT_EQ(jwt.metadata[1].field, "e");
  EXPECT_TRUE(jwt.metadata[1].required);
}

TEST(CustomJwtConfigTest, SigningKeysComeFromSecrets) {
  const CustomJwtSettings hs =
      Read("signing_keys: [one, two], signing_algorithm: HS256",
           TestOptions({{"KEY", kHs}}, {{"key.txt", absl::StrCat(kHs, "x\n")}}),
           "secrets: [{name: one, env: KEY}, {name: two, file: key.txt}]\n");
  ASSERT_EQ(hs.signing_keys.size(), 2u);
  EXPECT_EQ(hs.signing_keys[0].name, "one");
  EXPECT_EQ(hs.signing_keys[0].key.RevealSecret(), kHs);
  EXPECT_EQ(hs.signing_keys[1].key.RevealSecret(), absl::StrCat(kHs, "x"));
  EXPECT_THAT(hs.algorithms, ElementsAre(Algorithm::kHs256));
  EXPECT_FALSE(hs.key_source.has_value());
  const CustomJwtSettings rs =
      Read("signing_keys: [k], signing_algorithm: RS256",
           TestOptions({}, {{"k.pem", kRsa2048}}),
           "secrets: [{name: k, file: k.pem}]\n");
  EXPECT_EQ(rs.signing_algorithm, Algorithm::kRs256);
}

TEST(CustomJwtConfigTest, RefusesWeakKeys) {
  const std::string secrets = "secrets: [{name: k, env: KEY}]\n";
  const std::string hs =
      WithCustomJwt("signing_keys: [k], signing_algorithm: HS256") + secrets;
  const std::string weak =
      "7 apps[0].providers[0].custom_jwt.signing_keys[0]: weak key: HS256 "
      "needs 32-512 ASCII letters, digits, \"_\", \"-\"";
  for (const std::string& key :
       {std::string(31, 'x'), std::string(513, 'x'),
        std::string("abcdefghijklmnopqrstuvwxyz 012345"),
        std::string("abcdefghijklmnopqrstuvwxyz+012345")}) {
    EXPECT_THAT(ProblemsOf(hs, TestOptions({{"KEY", key}})), ElementsAre(weak));
  }
  const std::string rs =
      WithCustomJwt("signing_keys: [k], signing_algorithm: RS256") + secrets;
  const std::string bad_rsa =
      "7 apps[0].providers[0].custom_jwt.signing_keys[0]: must be an RSA "
      "public key in PEM, of 2048 to 8192 bits";
  for (const char* key : {kRsa1024, kHs, "-----BEGIN PUBLIC KEY-----\n"}) {
    EXPECT_THAT(ProblemsOf(rs, TestOptions({{"KEY", key}})),
                ElementsAre(bad_rsa));
  }
}

TEST(CustomJwtConfigTest, RefusesOtherThanOneSourceOfKeys) {
  const std::string rule =
      "7 apps[0].providers[0].custom_jwt: exactly one of jwks_uri, issuer and "
      "signing_keys must be set, not ";
  EXPECT_THAT(ProblemsIn(""), ElementsAre(rule + "0"));
  EXPECT_THAT(ProblemsIn("jwks_uri: 'https://a.b/c', issuer: 'https://a.b'"),
              ElementsAre(rule + "2"));
}

TEST(CustomJwtConfigTest, ChecksEachSourceOfKeysThatIsSet) {
  const std::string place = "7 apps[0].providers[0].custom_jwt";
  const std::string plain = ": must be https; http is for loopback only";
  EXPECT_THAT(ProblemsOf(WithCustomJwt("jwks_uri: 'http://a.b/c', issuer: "
                                       "'http://a.b', signing_keys: [k], "
                                       "signing_algorithm: HS256") +
                             "secrets: [{name: k, env: KEY}]\n",
                         TestOptions({{"KEY", kHs}})),
              UnorderedElementsAre(place + ": exactly one of jwks_uri, issuer "
                                           "and signing_keys must be set, "
                                           "not 3",
                                   place + ".jwks_uri" + plain,
                                   place + ".issuer" + plain));
}

TEST(CustomJwtConfigTest, RsaKeysServeWhatIsAccepted) {
  const auto rsa_default = [](absl::string_view algorithms) {
    return Read(absl::StrCat(kSource, ", algorithms: [", algorithms, "]"))
        .key_source->rsa_default;
  };
  EXPECT_EQ(Read(kSource).key_source->rsa_default, std::nullopt);
  EXPECT_EQ(rsa_default("ES256, EdDSA"), std::nullopt);
  EXPECT_EQ(rsa_default("PS256, RS256"), std::nullopt);
  EXPECT_EQ(rsa_default("PS256"), Algorithm::kPs256);
  EXPECT_EQ(rsa_default("ES256, RS512, PS256"), Algorithm::kRs512);
}

TEST(CustomJwtConfigTest, TokensFitIntoRequests) {
  EXPECT_EQ(
      Read(absl::StrCat(kSource, ", max_token_bytes: 65536")).max_token_bytes,
      65536u);
  EXPECT_THAT(
      ProblemsIn(absl::StrCat(kSource, ", max_token_bytes: 65537")),
      ElementsAre("7 apps[0].providers[0].custom_jwt.max_token_bytes: no "
                  "request can hold so long a token: limits.max_message_bytes "
                  "is 65536"));
  EXPECT_EQ(Read(absl::StrCat(kSource, ", max_token_bytes: 65537"),
                 TestOptions(), "limits: {max_message_bytes: 70000}\n")
                .max_token_bytes,
            65537u);
}

TEST(CustomJwtConfigTest, PollIsWithinWhatTheCacheKeepsTo) {
  const std::string place = "7 apps[0].providers[0].custom_jwt.jwks_poll: ";
  for (const char* poll : {"5s", "59s", "20h"}) {
    EXPECT_THAT(
        ProblemsIn(absl::StrCat(kSource, ", jwks_poll: ", poll)),
        ElementsAre(place + "must be from 1m to 12h; key_sources.min_refresh, "
                            "and max_refresh or half of max_stale, set these "
                            "bounds for all issuers"))
        << poll;
  }
  for (const char* poll : {"60s", "12h"}) {
    EXPECT_THAT(ProblemsIn(absl::StrCat(kSource, ", jwks_poll: ", poll)),
                IsEmpty());
  }
  const auto read = [](const char* poll, const char* key_sources) {
    return Read(absl::StrCat(kSource, ", jwks_poll: ", poll), TestOptions(),
                absl::StrCat("key_sources: {", key_sources, "}\n"))
        .key_source->poll;
  };
  EXPECT_EQ(read("5s", "min_refresh: 5s"), absl::Seconds(5));
  EXPECT_EQ(read("20h", "max_stale: 2d"), absl::Hours(20));
}

TEST(CustomJwtConfigTest, RefusesPlainHttp) {
  EXPECT_THAT(ProblemsIn("jwks_uri: 'http://id.example.com/k'"),
              ElementsAre("7 apps[0].providers[0].custom_jwt.jwks_uri: must be "
                          "https; http is for loopback only"));
  EXPECT_THAT(ProblemsIn("issuer: 'http://id.example.com'"),
              ElementsAre("7 apps[0].providers[0].custom_jwt.issuer: must be "
                          "https; http is for loopback only"));
  EXPECT_THAT(ProblemsIn("issuer: 'http://127.0.0.1:9'"), IsEmpty());
}

TEST(CustomJwtConfigTest, RefusesOneByOne) {
  struct Row {
    const char* fields;
    const char* path;
    const char* message;
  };
  for (const Row& row : {
           Row{"algorithms: [HS256]", "algorithms[0]", "HS algorithms need"},
           Row{"algorithms: [RS256, none]", "algorithms[1]",
               "must be a JWS algorithm"},
           Row{"signing_algorithm: RS256", "signing_algorithm",
               "is for signing_keys"},
           Row{"audience: ['']", "audience[0]", "must not be empty"},
           Row{"audience_match: some", "audience_match",
               "must be \"all\" or \"any\""},
           Row{"max_token_bytes: 511", "max_token_bytes",
               "must be from 512 to 1000000"},
           Row{"leeway: 301s", "leeway", "must be from 0s to 5m"},
           Row{"metadata: [{field: x}]", "metadata[0].path", "is required"},
           Row{"metadata: [{path: a.x}, {path: b.x}]", "metadata[1].field",
               "another field of this provider has this name"},
           Row{"metadata: [{path: b, field: x}, {path: x}]",
               "metadata[1].field", "another field of this provider"},
           Row{"name: 'a b'", "name", "must be 1-64 ASCII letters"},
       }) {
    EXPECT_THAT(
        ProblemsIn(absl::StrCat(kSource, ", ", row.fields)),
        ElementsAre(HasSubstr(absl::StrCat("7 apps[0].providers[0].custom_jwt.",
                                           row.path, ": ", row.message))))
        << row.fields;
  }
}

TEST(CustomJwtConfigTest, NeverShowsSecrets) {
  // The secret stands where its name should, or in other wrong places.
  const std::string key = "s3cret-s3cret-s3cret";
  std::string all;
  for (const std::string& fields :
       {"signing_keys: [" + key + "], signing_algorithm: HS256",
        "signing_keys: " + key, "signing_algorithm: " + key, "issuer: " + key,
        "jwks_uri: " + key, "algorithms: [" + key + "]",
        "max_token_bytes: " + key, "leeway: " + key, "disabled: " + key,
        "audience_match: " + key, "name: '" + key + " '",
        std::string("signing_keys: [k], signing_algorithm: HS256")}) {
    const auto problems =
        ProblemsOf(WithCustomJwt(fields) + "secrets: [{name: k, env: KEY}]\n",
                   TestOptions({{"KEY", key}}));
    EXPECT_THAT(problems, Not(IsEmpty())) << fields;
    for (const std::string& problem : problems) absl::StrAppend(&all, problem);
  }
  EXPECT_THAT(all, Not(HasSubstr("s3cret")));
}

}  // namespace
}  // namespace latchkey
