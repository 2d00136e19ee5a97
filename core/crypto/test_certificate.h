// Certificates for tests, made when the test runs: none that could expire lies
// in the repository.
#ifndef LATCHKEY_CORE_CRYPTO_TEST_CERTIFICATE_H_
#define LATCHKEY_CORE_CRYPTO_TEST_CERTIFICATE_H_

#include <string>

#include "absl/time/time.h"
#include "core/crypto/openssl_ptr.h"

namespace latchkey {

// TestCertificate holds a certificate and its private key as PEM.
struct TestCertificate {
  std::string cert_pem;
  std::string key_pem;  // PKCS#8
};

// TestAuthority signs certificates. Ends the process when the library fails.
class TestAuthority final {
 public:
  struct Wanted {
    std::string name = "localhost";
    // As in openssl.cnf: "DNS:localhost,IP:127.0.0.1,URI:spiffe://a/b".
    std::string sans = "DNS:localhost,IP:127.0.0.1";
    absl::Time not_before;
    absl::Time not_after;
    int rsa_bits = 0;  // 0: an EC key on P-256
  };

  // Valid for a day before and after `now`, like what it signs by default.
  TestAuthority(const std::string& name, absl::Time now);

  // `Default` names this machine.
  Wanted Default() const;
  TestCertificate Issue(const Wanted& wanted) const;
  TestCertificate Issue(const std::string& sans) const;

  // The authority's own certificate.
  const std::string& pem() const { return pem_; }

 private:
  const absl::Time now_;
  EvpPkeyPtr key_;
  X509Ptr certificate_;
  std::string pem_;
};

// The PEM of `key_pem` encrypted with a passphrase.
std::string EncryptedForTest(const std::string& key_pem);

}  // namespace latchkey

#endif  // LATCHKEY_CORE_CRYPTO_TEST_CERTIFICATE_H_
