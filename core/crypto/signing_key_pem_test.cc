#include "core/crypto/signing_key_pem.h"

#include <openssl/err.h>

#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "core/base/reason.h"
#include "core/testing/status_matchers.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

// Made with: openssl ecparam -name NAME -genkey [| openssl pkcs8 -topk8
// -nocrypt]
constexpr absl::string_view kP256 = R"(-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgffqFxJj45ROdidvG
VnP45wWJDt7fF0mQTBpSRFrgL+6hRANCAARVCYY2VEhjiTXFvagk/ZLrmdFG1mpZ
Csfxc+YKJfV2Dx43Whlyph6grGNCycMzq+YGoVyJKtLv7xocFYeUslgy
-----END PRIVATE KEY-----
)";
constexpr absl::string_view kP256Sec1 = R"(-----BEGIN EC PRIVATE KEY-----
MHcCAQEEIH36hcSY+OUTnYnbxlZz+OcFiQ7e3xdJkEwaUkRa4C/uoAoGCCqGSM49
AwEHoUQDQgAEVQmGNlRIY4k1xb2oJP2S65nRRtZqWQrH8XPmCiX1dg8eN1oZcqYe
oKxjQsnDM6vmBqFciSrS7+8aHBWHlLJYMg==
-----END EC PRIVATE KEY-----
)";
constexpr absl::string_view kP384 = R"(-----BEGIN PRIVATE KEY-----
MIG2AgEAMBAGByqGSM49AgEGBSuBBAAiBIGeMIGbAgEBBDA+foXPKrVft56FmWd/
TVDBB7nR0rFhnausROEVjUko9bqxPdyWQOqnnaAoGBdbfsWhZANiAAT25wiGJtcL
nYZaLhIXV08rFOFEe1vmYNm1Fyg/I5R52UeQYACe3G5Q8yqm3Mw9APJr2Wdk1hjH
LS2uGJ10Ixym6f914yluhsD6vzWl78LSrtSz6eRm8JptWcUsdaa6pDA=
-----END PRIVATE KEY-----
)";
constexpr absl::string_view kEncrypted =
    R"(-----BEGIN ENCRYPTED PRIVATE KEY-----
MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAiHX5Bl6yX1MwICCAAw
DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEECQXdt6mfx7y0eSe+a+tEAEgZCI
MLGXqHr6rhXL5nwmlG0Z81DezXt2C2Kf7cUuAuTGmaplnQ9KFmx+JOKYn7WLy+fo
d0k7gxdWfzKrb3rfV6WDjDiecQGzGX995qJoVcGbOr/9iQ4BGpukM87PRtOGscPG
285Qc+9F0AFIBihhqDiTquqTnYMtup9wmpyB/S+wbY+QDp/nMz2GZ6i5lfu5ZKI=
-----END ENCRYPTED PRIVATE KEY-----
)";

std::string Pem(absl::string_view label, absl::string_view der) {
  return absl::StrCat("-----BEGIN ", label, "-----\n", absl::Base64Escape(der),
                      "\n-----END ", label, "-----\n");
}

std::string PemOf(Algorithm algorithm) {
  const auto key = SigningKey::Generate(algorithm);
  return Pem("PRIVATE KEY", key->Serialize()->RevealSecret());
}

TEST(SigningKeyPemTest, TheTypeOfTheKeyChoosesTheAlgorithm) {
  const auto ec = SigningKeyFromPem(std::nullopt, "k1", Secret(kP256));
  ASSERT_THAT(ec, IsOk());
  EXPECT_EQ(ec->algorithm(), Algorithm::kEs256);
  EXPECT_EQ(ec->kid(), "k1");
  const auto rsa =
      SigningKeyFromPem(std::nullopt, "", Secret(PemOf(Algorithm::kRs256)));
  ASSERT_THAT(rsa, IsOk());
  EXPECT_EQ(rsa->algorithm(), Algorithm::kRs256);
}

TEST(SigningKeyPemTest, ReadsTheOlderFormOfTheSameKey) {
  const auto pkcs8 = SigningKeyFromPem(std::nullopt, "", Secret(kP256));
  const auto sec1 = SigningKeyFromPem(std::nullopt, "", Secret(kP256Sec1));
  ASSERT_THAT(pkcs8, IsOk());
  ASSERT_THAT(sec1, IsOk());
  EXPECT_EQ(pkcs8->public_key(), sec1->public_key());
}

TEST(SigningKeyPemTest, RefusesWhatIsNoKeyOfTheAlgorithm) {
  const std::string der(
      SigningKey::Generate(Algorithm::kEs256)->Serialize()->RevealSecret());
  struct Row {
    std::optional<Algorithm> algorithm;
    std::string pem;
  };
  for (const Row& row : {
           Row{Algorithm::kRs256, std::string(kP256)},
           Row{Algorithm::kEs256, PemOf(Algorithm::kRs256)},
           Row{Algorithm::kEs256, std::string(kP384)},
           Row{std::nullopt, std::string(kP384)},
           Row{std::nullopt, std::string(kEncrypted)},
           Row{std::nullopt, PemOf(Algorithm::kEdDsa)},
           Row{std::nullopt, ""},
           Row{std::nullopt, "no PEM"},
           Row{std::nullopt, Pem("PRIVATE KEY", "no DER")},
           Row{std::nullopt, Pem("PUBLIC KEY", der)},
           Row{std::nullopt, Pem("PRIVATE KEY", absl::StrCat(der, "x"))},
           Row{std::nullopt, Pem("PRIVATE KEY", der.substr(0, der.size() - 1))},
           Row{std::nullopt, absl::StrCat(kP256, kP256)},
       }) {
    EXPECT_THAT(SigningKeyFromPem(row.algorithm, "", Secret(row.pem)),
                HasReason(Reason::kInvalidRequest))
        << row.pem;
    EXPECT_EQ(ERR_peek_error(), 0u);
  }
}

}  // namespace
}  // namespace latchkey
