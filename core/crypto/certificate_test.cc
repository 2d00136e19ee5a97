#include "core/crypto/certificate.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "core/crypto/test_certificate.h"
#include "core/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

using testing::HasSubstr;

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

std::string Detail(const absl::Status& status) {
  EXPECT_THAT(status, HasReason(Reason::kInvalidRequest));
  return std::string(status.message());
}

class CertificateTest : public testing::Test {
 protected:
  TestCertificate Between(absl::Duration begin, absl::Duration end) const {
    TestAuthority::Wanted wanted = authority_.Default();
    wanted.not_before = kNow + begin;
    wanted.not_after = kNow + end;
    return authority_.Issue(wanted);
  }
  static absl::Status CheckChain(const std::string& pem) {
    return Certificates::Read(pem)->CheckChain(kNow);
  }

  const TestAuthority authority_{"Authority", kNow};
};

TEST_F(CertificateTest, APairFits) {
  const TestCertificate pair = authority_.Issue("DNS:a.example");
  const auto chain =
      Certificates::Read(absl::StrCat(pair.cert_pem, authority_.pem()));
  ASSERT_THAT(chain, IsOk());
  EXPECT_THAT(chain->CheckChain(kNow), IsOk());
  EXPECT_THAT(chain->CheckKey(*CertificateKey::Read(pair.key_pem)), IsOk());
  EXPECT_THAT(chain->CheckAuthorities(kNow), IsOk());
}

TEST_F(CertificateTest, AnotherKeyDoesNotFit) {
  const auto chain = Certificates::Read(authority_.Issue("DNS:a").cert_pem);
  const auto key = CertificateKey::Read(authority_.Issue("DNS:a").key_pem);
  EXPECT_THAT(Detail(chain->CheckKey(*key)), HasSubstr("is not the key of"));
  TestAuthority::Wanted rsa = authority_.Default();
  rsa.rsa_bits = 2048;
  const auto other_kind = CertificateKey::Read(authority_.Issue(rsa).key_pem);
  EXPECT_THAT(Detail(chain->CheckKey(*other_kind)),
              HasSubstr("is not the key of"));
}

TEST_F(CertificateTest, TimesAreChecked) {
  EXPECT_THAT(CheckChain(Between(-absl::Hours(2), absl::Seconds(0)).cert_pem),
              IsOk());
  EXPECT_EQ(
      Detail(CheckChain(Between(-absl::Hours(2), -absl::Seconds(1)).cert_pem)),
      "has an expired certificate, number 1: it ended at "
      "2027-01-15T07:59:59Z");
  EXPECT_EQ(
      Detail(CheckChain(Between(absl::Seconds(1), absl::Hours(2)).cert_pem)),
      "has a certificate that is not valid yet, number 1: it begins at "
      "2027-01-15T08:00:01Z");
  // Beyond 2050 the encoding is another one.
  EXPECT_THAT(
      CheckChain(Between(-absl::Hours(2), absl::Hours(24 * 365 * 60)).cert_pem),
      IsOk());
}

TEST_F(CertificateTest, TheChainIsCheckedButForItsEnd) {
  const std::string own = authority_.Issue("DNS:a").cert_pem;
  const std::string old = Between(-absl::Hours(2), -absl::Hours(1)).cert_pem;
  EXPECT_THAT(Detail(CheckChain(absl::StrCat(own, old, authority_.pem()))),
              HasSubstr("number 2: it ended at 2027-01-15T07:00:00Z"));
  // An old root that some clients still want.
  EXPECT_THAT(CheckChain(absl::StrCat(own, old)), IsOk());
}

TEST_F(CertificateTest, AuthoritiesMayHaveExpiredButNotAll) {
  const std::string old = Between(-absl::Hours(2), -absl::Hours(1)).cert_pem;
  EXPECT_THAT(Detail(Certificates::Read(old)->CheckAuthorities(kNow)),
              HasSubstr("has only expired certificates"));
  EXPECT_THAT(Certificates::Read(absl::StrCat(old, authority_.pem()))
                  ->CheckAuthorities(kNow),
              IsOk());
}

TEST_F(CertificateTest, WeakKeysAreNamed) {
  TestAuthority::Wanted weak = authority_.Default();
  weak.rsa_bits = 1024;
  EXPECT_THAT(Detail(CheckChain(authority_.Issue(weak).cert_pem)),
              HasSubstr("weak key"));
}

TEST_F(CertificateTest, OtherFilesAreNoCertificates) {
  const TestCertificate pair = authority_.Issue("DNS:a");
  for (const std::string& text : {std::string(), std::string("%PDF-1.4"),
                                  std::string("\0\0", 2), pair.key_pem}) {
    EXPECT_THAT(Detail(Certificates::Read(text).status()),
                HasSubstr("has no certificate in PEM"));
  }
  std::string broken = pair.cert_pem;
  broken[100] = '!';
  EXPECT_THAT(Detail(Certificates::Read(broken).status()),
              HasSubstr("malformed certificate, number 1"));
  EXPECT_THAT(
      Detail(Certificates::Read(absl::StrCat(pair.cert_pem, broken)).status()),
      HasSubstr("malformed certificate, number 2"));
}

TEST_F(CertificateTest, EveryCutIsRefused) {
  const TestCertificate pair = authority_.Issue("DNS:a");
  // Without its last line break it is whole.
  for (size_t size = 0; size + 1 < pair.cert_pem.size(); ++size) {
    EXPECT_FALSE(Certificates::Read(pair.cert_pem.substr(0, size)).ok())
        << size;
  }
  for (size_t size = 0; size + 1 < pair.key_pem.size(); ++size) {
    EXPECT_FALSE(CertificateKey::Read(pair.key_pem.substr(0, size)).ok())
        << size;
  }
}

TEST_F(CertificateTest, OtherFilesAreNoKeys) {
  const TestCertificate pair = authority_.Issue("DNS:a");
  for (const std::string& text :
       {std::string(), std::string("word"), pair.cert_pem}) {
    EXPECT_THAT(Detail(CertificateKey::Read(text).status()),
                HasSubstr("has no private key in PEM"));
  }
  std::string broken = pair.key_pem;
  broken[60] = '!';
  EXPECT_THAT(Detail(CertificateKey::Read(broken).status()),
              HasSubstr("malformed private key"));
  EXPECT_THAT(
      Detail(CertificateKey::Read(EncryptedForTest(pair.key_pem)).status()),
      HasSubstr("is encrypted"));
}

}  // namespace
}  // namespace latchkey
