// Password hashes as PHC strings ($argon2id$v=19$m=…,t=…,p=…$salt$hash), and
// those that other systems made (foreign_hash.h).
#ifndef LATCHKEY_CORE_CRYPTO_PASSWORD_HASH_H_
#define LATCHKEY_CORE_CRYPTO_PASSWORD_HASH_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/base/random.h"
#include "core/base/secret.h"
#include "core/crypto/argon2id.h"

namespace latchkey {

// PasswordHasher makes and checks PHC strings. Thread-safe; each call costs
// tens of milliseconds and `memory_kib`, so callers bound how many run.
class PasswordHasher {
 public:
  // `parameters` are within their limits; `random` outlives the hasher.
  PasswordHasher(Argon2idParameters parameters, Random* random);

  // Hash makes a new string: 16 bytes of salt, 32 of hash. INTERNAL when the
  // memory cannot be had.
  absl::StatusOr<std::string> Hash(const Secret& password) const;

  struct Outcome {
    bool matches = false;
    // The string was made with other parameters, or elsewhere: store a new
    // Hash().
    bool needs_rehash = false;
  };
  // Verify checks `password` against `phc`. A string that does not parse, or
  // whose parameters pass the caps (m <= 1 GiB, t <= 16, p <= 8; foreign_hash.h
  // has those of other schemes), costs as much as a dummy and does not match. A
  // foreign hash costs what it cost where it was made, until the rehash.
  Outcome Verify(const Secret& password, absl::string_view phc) const;

  // VerifyDummy does the same work as Verify of a current string and never
  // matches: for users that do not exist.
  void VerifyDummy(const Secret& password) const;

 private:
  Outcome VerifyForeign(const Secret& password, absl::string_view text) const;

  const Argon2idParameters parameters_;
  Random* const random_;
  std::string dummy_phc_;
};

}  // namespace latchkey

#endif  // LATCHKEY_CORE_CRYPTO_PASSWORD_HASH_H_
