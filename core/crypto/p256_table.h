// P256Table makes the checks of one ES256 key twice as fast.
#ifndef LATCHKEY_CORE_CRYPTO_P256_TABLE_H_
#define LATCHKEY_CORE_CRYPTO_P256_TABLE_H_

#include <memory>

#include "absl/strings/string_view.h"
#include "core/crypto/message_hash.h"

namespace latchkey {

// P256Table holds multiples of a public key, as the crypto library keeps them
// of the curve's generator: about 150 KiB, 30 ms to build. Everything in it is
// public, so its time may depend on it. Immutable and thread-safe.
class P256Table final {
 public:
  // Build takes the point's coordinates, 32 bytes each. Null when the point is
  // not on the curve, or the crypto library cannot do it (BoringSSL).
  static std::unique_ptr<const P256Table> Build(absl::string_view x,
                                                absl::string_view y);
  ~P256Table();
  P256Table(const P256Table&) = delete;
  P256Table& operator=(const P256Table&) = delete;

  // Verify checks R||S, 32 bytes each, by FIPS 186-4 §6.4 over a SHA-256 hash.
  // Says exactly what the library's own check says.
  bool Verify(const MessageHash& hash, absl::string_view signature) const;

 private:
  struct Group;
  explicit P256Table(std::unique_ptr<const Group> group);
  const std::unique_ptr<const Group> group_;
};

}  // namespace latchkey

#endif  // LATCHKEY_CORE_CRYPTO_P256_TABLE_H_
