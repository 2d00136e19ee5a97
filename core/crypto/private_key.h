// What SigningKey is made of. Private to core/crypto.
#ifndef LATCHKEY_CORE_CRYPTO_PRIVATE_KEY_H_
#define LATCHKEY_CORE_CRYPTO_PRIVATE_KEY_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/base/secret.h"
#include "core/crypto/verify_key.h"

namespace latchkey {

// PrivateKey signs with one algorithm. Immutable and thread-safe.
class PrivateKey {
 public:
  virtual ~PrivateKey() = default;

  virtual absl::Status Sign(absl::string_view data, std::string* out) const = 0;
  virtual absl::StatusOr<Secret> Serialize() const = 0;
  // MakeVerifyKey gives the counterpart.
  virtual absl::StatusOr<VerifyKeyPtr> MakeVerifyKey() const = 0;
};

using PrivateKeyPtr = std::unique_ptr<const PrivateKey>;

}  // namespace latchkey

#endif  // LATCHKEY_CORE_CRYPTO_PRIVATE_KEY_H_
