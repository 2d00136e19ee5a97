// Password hashes as PHC strings ($argon2id$v=19$m=…,t=…,p=…$salt$hash).
#ifndef LATCHKEY_CORE_CRYPTO_PASSWORD_HASH_H_
#define LATCHKEY_CORE_CRYPTO_PASSWORD_HASH_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/base/random.h"
#include "core/base/secret.h"

namespace latchkey {

// Cost of one hash. Defaults are OWASP's (19 MiB, 2 passes).
struct Argon2idParameters {
  uint32_t memory_kib = 19456;  // 8 .. 1'048'576
  uint32_t iterations = 2;      // 1 .. 16
  uint32_t parallelism = 1;     // 1 (own hashes); imported: .. 8

  friend bool operator==(const Argon2idParameters& a,
                         const Argon2idParameters& b) {
    return a.memory_kib == b.memory_kib && a.iterations == b.iterations &&
           a.parallelism == b.parallelism;
  }
};

// PasswordHasher makes and checks PHC strings. Thread-safe; each call costs
// tens of milliseconds and `memory_kib`, so callers bound how many run.
class PasswordHasher {
 public:
  PasswordHasher(Argon2idParameters parameters, Random* random);

  absl::StatusOr<std::string> Hash(const Secret& password) const;

  struct Outcome {
    bool matches = false;
    // The string was made with other parameters: store a new Hash().
    bool needs_rehash = false;
  };
  // Verify checks `password` against `phc`. A string that does not parse, or
  // whose parameters pass the caps (m <= 1 GiB, t <= 16, p <= 8), costs as
  // much as a dummy and does not match.
  Outcome Verify(const Secret& password, absl::string_view phc) const;

  // VerifyDummy does the same work as Verify of a current string and never
  // matches: for users that do not exist.
  void VerifyDummy(const Secret& password) const;

 private:
  const Argon2idParameters parameters_;
  Random* const random_;
  std::string dummy_phc_;
};

}  // namespace latchkey

#endif  // LATCHKEY_CORE_CRYPTO_PASSWORD_HASH_H_
