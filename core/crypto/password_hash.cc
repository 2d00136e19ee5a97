#include "core/crypto/password_hash.h"

#include <optional>
#include <utility>

#include "core/base/constant_time.h"
#include "core/base/status_macros.h"
#include "core/crypto/foreign_hash.h"
#include "core/crypto/phc.h"

namespace latchkey {
namespace {

constexpr size_t kSaltBytes = 16;
constexpr size_t kHashBytes = 32;

bool IsCurrent(const PhcHash& phc, const Argon2idParameters& parameters) {
  return phc.parameters == parameters && phc.salt.size() == kSaltBytes &&
         phc.hash.size() == kHashBytes;
}

// Matches does the work of one hash and compares.
bool Matches(const Secret& password, const PhcHash& phc) {
  const absl::StatusOr<std::string> hash =
      Argon2id(password, phc.salt, phc.parameters, phc.hash.size());
  return hash.ok() && ConstantTimeEquals(*hash, phc.hash);
}

}  // namespace

PasswordHasher::PasswordHasher(Argon2idParameters parameters, Random* random)
    : parameters_(parameters),
      random_(random),
      // Random bytes in the place of a hash: no password is known for it.
      dummy_phc_(WritePhc({parameters, random->Bytes(kSaltBytes),
                           random->Bytes(kHashBytes)})) {}

absl::StatusOr<std::string> PasswordHasher::Hash(const Secret& password) const {
  PhcHash phc{parameters_, random_->Bytes(kSaltBytes), ""};
  ASSIGN_OR_RETURN(phc.hash,
                   Argon2id(password, phc.salt, parameters_, kHashBytes));
  return WritePhc(phc);
}

PasswordHasher::Outcome PasswordHasher::Verify(const Secret& password,
                                               absl::string_view phc) const {
  const std::optional<PhcHash> parsed = ParsePhc(phc);
  if (!parsed.has_value()) return VerifyForeign(password, phc);
  Outcome outcome;
  outcome.matches = Matches(password, *parsed);
  outcome.needs_rehash = outcome.matches && !IsCurrent(*parsed, parameters_);
  return outcome;
}

PasswordHasher::Outcome PasswordHasher::VerifyForeign(
    const Secret& password, absl::string_view text) const {
  const auto foreign = ParseForeignHash(text);
  if (!foreign.ok()) {
    VerifyDummy(password);
    return {};
  }
  Outcome outcome;
  outcome.matches = (*foreign)->Matches(password);
  outcome.needs_rehash = outcome.matches;
  return outcome;
}

void PasswordHasher::VerifyDummy(const Secret& password) const {
  const std::optional<PhcHash> dummy = ParsePhc(dummy_phc_);
  if (dummy.has_value()) Matches(password, *dummy);
}

}  // namespace latchkey
