// RSA and ECDSA keys of the EVP API, prepared once and copied for each use.
#ifndef LATCHKEY_CORE_CRYPTO_EVP_KEY_H_
#define LATCHKEY_CORE_CRYPTO_EVP_KEY_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/crypto/algorithm.h"
#include "core/crypto/openssl_ptr.h"

namespace latchkey {

// EvpVerifier checks signatures in the library's form (DER for ECDSA). Its
// context is only read after Create, so use is thread-safe.
class EvpVerifier {
 public:
  // INVALID_REQUEST when the library refuses the key, e.g. a point that is not
  // on the curve.
  static absl::StatusOr<EvpVerifier> Create(Algorithm algorithm,
                                            absl::string_view spki);

  bool Verify(absl::string_view data, absl::string_view signature) const;

 private:
  explicit EvpVerifier(EvpMdCtxPtr prepared) : prepared_(std::move(prepared)) {}
  EvpMdCtxPtr prepared_;
};

// EvpSigner is the counterpart; thread-safe in the same way.
class EvpSigner {
 public:
  static absl::StatusOr<EvpSigner> Create(Algorithm algorithm, EvpPkeyPtr key);

  absl::Status Sign(absl::string_view data, std::string* out) const;
  EVP_PKEY* key() const { return key_.get(); }

 private:
  EvpSigner(EvpPkeyPtr key, EvpMdCtxPtr prepared)
      : key_(std::move(key)), prepared_(std::move(prepared)) {}
  EvpPkeyPtr key_;
  EvpMdCtxPtr prepared_;
};

}  // namespace latchkey

#endif  // LATCHKEY_CORE_CRYPTO_EVP_KEY_H_
