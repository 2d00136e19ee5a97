#include "core/crypto/password_text.h"

#include <memory>
#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "core/base/status_macros.h"
#include "core/crypto/foreign_hash.h"
#include "core/crypto/hash_text.h"
#include "core/crypto/phc.h"

namespace latchkey {
namespace {

absl::Status CheckMemory(uint64_t kib, uint64_t max_memory_kib) {
  if (kib <= max_memory_kib) return absl::OkStatus();
  return BadHash(absl::StrCat("one check takes ", kib, " KiB, the service has ",
                              max_memory_kib,
                              ": raise passwords.memory_budget_mib"));
}

}  // namespace

absl::StatusOr<std::string> CanonicalPasswordHash(absl::string_view text,
                                                  uint64_t max_memory_kib) {
  // Django names the library first: "argon2$argon2id$v=19$...".
  if (absl::StartsWith(text, "argon2$")) text.remove_prefix(6);
  if (absl::StartsWith(text, "$argon2id$")) {
    const std::optional<PhcHash> phc = ParsePhc(text);
    if (!phc.has_value()) {
      return BadHash("argon2id: v=19, m at most 1048576, t 16, p 8");
    }
    RETURN_IF_ERROR(CheckMemory(phc->parameters.memory_kib, max_memory_kib));
    return WritePhc(*phc);
  }
  ASSIGN_OR_RETURN(const std::unique_ptr<const ForeignHash> hash,
                   ParseForeignHash(text));
  RETURN_IF_ERROR(CheckMemory(hash->memory_kib(), max_memory_kib));
  return hash->Text();
}

uint64_t PasswordHashMemoryKib(absl::string_view stored) {
  const std::optional<PhcHash> phc = ParsePhc(stored);
  if (phc.has_value()) return phc->parameters.memory_kib;
  const auto hash = ParseForeignHash(stored);
  return hash.ok() ? (*hash)->memory_kib() : 0;
}

}  // namespace latchkey
