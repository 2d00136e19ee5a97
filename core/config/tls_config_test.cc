// What is refused of the files of a TLS listener.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "core/base/simulated_clock.h"
#include "core/config/config.h"
#include "core/config/config_test_yaml.h"
#include "core/crypto/test_certificate.h"

namespace latchkey {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

// One TLS listener whose fields stand on lines 4, 5 and 6.
constexpr absl::string_view kYaml = R"(issuer: https://a.b
listeners:
- address: '0.0.0.0:1'
  tls: {cert_file: tls.crt,
        key_file: tls.key,
        client_ca_file: ca.crt}
store: {memory: {}}
)";

class TlsConfigTest : public testing::Test {
 protected:
  std::vector<std::string> Problems(absl::string_view yaml = kYaml) {
    ConfigOptions options = TestOptions({}, files_);
    options.clock = &clock_;
    options.check_tls_files = check_files_;
    return ProblemsOf(absl::StrCat(yaml, kApp), options);
  }

  SimulatedClock clock_{kNow};
  bool check_files_ = true;
  const TestAuthority authority_{"ca", kNow};
  const TestCertificate pair_ = authority_.Issue("DNS:a.b");
  std::map<std::string, std::string> files_ = {{"tls.crt", pair_.cert_pem},
                                               {"tls.key", pair_.key_pem},
                                               {"ca.crt", authority_.pem()}};
};

TEST_F(TlsConfigTest, GoodFilesLoad) { EXPECT_THAT(Problems(), IsEmpty()); }

TEST_F(TlsConfigTest, EveryMissingFileIsNamed) {
  files_.clear();
  EXPECT_THAT(
      Problems(),
      ElementsAre("4 listeners[0].tls.cert_file: the file cannot be read",
                  "5 listeners[0].tls.key_file: the file cannot be read",
                  "6 listeners[0].tls.client_ca_file: the file cannot be "
                  "read"));
}

TEST_F(TlsConfigTest, EveryFileThatIsNoPemIsNamed) {
  files_ = {{"tls.crt", "x"}, {"tls.key", ""}, {"ca.crt", pair_.key_pem}};
  EXPECT_THAT(
      Problems(),
      ElementsAre(
          StartsWith("4 listeners[0].tls.cert_file: the file has no "
                     "certificate in PEM"),
          StartsWith("5 listeners[0].tls.key_file: the file has no private "
                     "key in PEM"),
          StartsWith("6 listeners[0].tls.client_ca_file: the file has no "
                     "certificate in PEM")));
}

TEST_F(TlsConfigTest, AnotherCertificatesKeyIsRefused) {
  files_["tls.key"] = authority_.Issue("DNS:a.b").key_pem;
  EXPECT_THAT(Problems(),
              ElementsAre("5 listeners[0].tls.key_file: the file is not the "
                          "key of the first certificate in cert_file"));
}

TEST_F(TlsConfigTest, ExpiredFilesAreRefused) {
  clock_.AdvanceTime(absl::Hours(25));
  EXPECT_THAT(
      Problems(),
      ElementsAre(StartsWith("4 listeners[0].tls.cert_file: the file has an "
                             "expired certificate, number 1: it ended at "
                             "2027-01-16T08:00:00Z"),
                  StartsWith("6 listeners[0].tls.client_ca_file: the file has "
                             "only expired certificates")));
}

TEST_F(TlsConfigTest, AReloadLooksAtNoFile) {
  files_.clear();
  EXPECT_THAT(Problems(), SizeIs(3));
  check_files_ = false;
  EXPECT_THAT(Problems(), IsEmpty());
}

TEST_F(TlsConfigTest, AHugeFileIsRefused) {
  files_["ca.crt"] += std::string(1024 * 1024, '\n');
  EXPECT_THAT(Problems(), ElementsAre("6 listeners[0].tls.client_ca_file: the "
                                      "file is larger than 1 MiB"));
}

TEST_F(TlsConfigTest, FieldsThatAreMissing) {
  EXPECT_THAT(Problems(R"(issuer: https://a.b
listeners: [{address: '0.0.0.0:1', tls: {cert_file: tls.crt}}]
store: {memory: {}}
)"),
              ElementsAre("2 listeners[0].tls.key_file: is required"));
  EXPECT_THAT(Problems(R"(issuer: https://a.b
listeners: [{address: '0.0.0.0:1', tls: {cert_file: tls.crt, key_file: tls.key,
             allowed_sans: [a]}}]
store: {memory: {}}
)"),
              ElementsAre(StartsWith(
                  "3 listeners[0].tls.allowed_sans: needs client_ca_file")));
}

}  // namespace
}  // namespace latchkey
