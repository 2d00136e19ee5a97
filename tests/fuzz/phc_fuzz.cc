// PHC strings: one form each, and no stored string can ask for unbounded work.
// Hashes of other systems: what is stored is read again as it is.
#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/base/random.h"
#include "core/base/secret.h"
#include "core/crypto/argon2id.h"
#include "core/crypto/foreign_hash.h"
#include "core/crypto/password_hash.h"
#include "core/crypto/phc.h"
#include "tests/fuzz/fuzz.h"

namespace latchkey {
namespace {

constexpr absl::string_view kPassword = "correct horse";
// The cheapest there is, so that hashing keeps up with the fuzzer.
constexpr Argon2idParameters kCheap = {8, 1, 1};

void CheckVerify(absl::string_view text, const std::optional<PhcHash>& phc) {
  static const PasswordHasher* const hasher =
      new PasswordHasher(kCheap, Random::SystemRandom());
  const Secret password(kPassword);
  const PasswordHasher::Outcome outcome = hasher->Verify(password, text);
  if (!phc.has_value()) {
    FUZZ_CHECK(!outcome.matches);
    return;
  }
  const absl::StatusOr<std::string> hash =
      Argon2id(password, phc->salt, phc->parameters, phc->hash.size());
  FUZZ_CHECK(hash.ok());
  FUZZ_CHECK(outcome.matches == (*hash == phc->hash));
}

// Not verified: a good one may take seconds.
bool IsForeign(absl::string_view text) {
  constexpr uint64_t kMaxMemoryKib = 1024 * 1024;
  const auto hash = ParseForeignHash(text);
  if (!hash.ok()) return false;
  FUZZ_CHECK((*hash)->memory_kib() <= kMaxMemoryKib);
  const std::string stored = (*hash)->Text();
  const auto again = ParseForeignHash(stored);
  FUZZ_CHECK(again.ok());
  FUZZ_CHECK((*again)->Text() == stored);
  return true;
}

}  // namespace

void FuzzOne(absl::string_view input) {
  if (IsForeign(input)) return;
  const std::optional<PhcHash> phc = ParsePhc(input);
  if (phc.has_value()) {
    FUZZ_CHECK(WritePhc(*phc) == input);
    FUZZ_CHECK(IsWithinLimits(phc->parameters));
    FUZZ_CHECK(phc->salt.size() >= 8 && phc->salt.size() <= 64);
    FUZZ_CHECK(phc->hash.size() >= 16 && phc->hash.size() <= 64);
    if (phc->parameters.memory_kib > 64 || phc->parameters.iterations > 2) {
      return;
    }
  }
  CheckVerify(input, phc);
}

}  // namespace latchkey
