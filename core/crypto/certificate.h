// What can be wrong with the files of a TLS listener, said before TLS says
// less.
#ifndef LATCHKEY_CORE_CRYPTO_CERTIFICATE_H_
#define LATCHKEY_CORE_CRYPTO_CERTIFICATE_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "core/crypto/openssl_ptr.h"

namespace latchkey {

// Every error below is INVALID_REQUEST; its detail completes the sentence "this
// file ..." and holds nothing of the file but times.

// CertificateKey is a private key of PEM text (RFC 7468). Move-only;
// thread-compatible.
class CertificateKey final {
 public:
  // Read takes the first private key of `pem`: PKCS#8, or the older forms of
  // RSA and EC keys. Errors when there is none, or an encrypted one.
  static absl::StatusOr<CertificateKey> Read(absl::string_view pem);

 private:
  friend class Certificates;
  explicit CertificateKey(EvpPkeyPtr key) : key_(std::move(key)) {}
  EvpPkeyPtr key_;
};

// Certificates are those of PEM text, in its order. Never empty. Move-only;
// thread-compatible.
class Certificates final {
 public:
  // Read skips other blocks. Errors when there is no certificate, or a broken
  // one.
  static absl::StatusOr<Certificates> Read(absl::string_view pem);

  // CheckChain: the first, which is the listener's own, and all between it and
  // the last are valid at `now`, and the first one's key is not a weak one (RSA
  // below 2048 bits).
  absl::Status CheckChain(absl::Time now) const;
  // CheckAuthorities: at least one has not expired.
  absl::Status CheckAuthorities(absl::Time now) const;
  // Sha256 is the digest of the first one's DER, 32 bytes (`x5t#S256`, RFC 7515
  // §4.1.8).
  std::string Sha256() const;
  // CheckKey: `key` belongs to the first certificate.
  absl::Status CheckKey(const CertificateKey& key) const;

 private:
  explicit Certificates(std::vector<X509Ptr> list) : list_(std::move(list)) {}
  std::vector<X509Ptr> list_;
};

}  // namespace latchkey

#endif  // LATCHKEY_CORE_CRYPTO_CERTIFICATE_H_
