// RSA and ECDSA keys of the EVP API, prepared once and copied for each use.
#ifndef LATCHKEY_CORE_CRYPTO_EVP_KEY_H_
#define LATCHKEY_CORE_CRYPTO_EVP_KEY_H_

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/crypto/algorithm.h"
#include "core/crypto/message_hash.h"
#include "core/crypto/openssl_ptr.h"
#include "core/crypto/thread_contexts.h"

namespace latchkey {

// EvpVerifier checks signatures in the library's form (DER for ECDSA). Use is
// thread-safe, and free of locks of ours.
class EvpVerifier {
 public:
  // INVALID_REQUEST when the library refuses the key, e.g. a point that is not
  // on the curve.
  static absl::StatusOr<EvpVerifier> Create(Algorithm algorithm,
                                            absl::string_view spki);

  // `hash` is what HashMessage gives for the algorithm.
  bool Verify(const MessageHash& hash, absl::string_view signature) const;

 private:
  explicit EvpVerifier(EvpPkeyCtxPtr context) : context_(std::move(context)) {}
  PreparedContext context_;
};

// EvpSigner is the counterpart. Its context is only read after Create, so use
// is thread-safe.
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
