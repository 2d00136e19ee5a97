// What PublicKey and SigningKey are made of. Private to core/crypto.
#ifndef LATCHKEY_CORE_CRYPTO_VERIFY_KEY_H_
#define LATCHKEY_CORE_CRYPTO_VERIFY_KEY_H_

#include <cstddef>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace latchkey {

// VerifyKey checks signatures of one algorithm with one key. Immutable in what
// it says, and thread-safe. One implementation for each KeyFamily.
class VerifyKey {
 public:
  virtual ~VerifyKey() = default;

  // Verify is called with signatures of exactly signature_size() bytes.
  virtual bool Verify(absl::string_view data,
                      absl::string_view signature) const = 0;
  virtual size_t signature_size() const = 0;
  // As PublicKey::WantsTable, HasTable and BuildTable.
  virtual bool WantsTable() const { return false; }
  virtual bool HasTable() const { return false; }
  virtual bool BuildTable() const { return false; }
  // As PublicKey::CanonicalJwk.
  virtual std::string CanonicalJwk() const = 0;
  // Equals compares the key; `other` has the same algorithm.
  virtual bool Equals(const VerifyKey& other) const {
    return CanonicalJwk() == other.CanonicalJwk();
  }
};

using VerifyKeyPtr = std::shared_ptr<const VerifyKey>;

}  // namespace latchkey

#endif  // LATCHKEY_CORE_CRYPTO_VERIFY_KEY_H_
