// PasswordService registers, checks and changes e-mail passwords.
#ifndef LATCHKEY_CORE_PROVIDER_PASSWORD_SERVICE_H_
#define LATCHKEY_CORE_PROVIDER_PASSWORD_SERVICE_H_

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "core/base/call_context.h"
#include "core/base/clock.h"
#include "core/base/random.h"
#include "core/base/secret.h"
#include "core/crypto/password_hash.h"
#include "core/store/credential_store.h"

namespace latchkey {

struct PasswordPolicy {
  size_t min_length = 8;     // characters (code points)
  size_t max_length = 1024;  // bytes, checked before any hash
  Argon2idParameters argon2id;
  // Hashes running at once never use more than this together.
  size_t memory_budget_mib = 256;
};

// CanonicalEmail lower-cases ASCII and refuses what is no plain address:
// exactly one '@', 3-254 bytes, no blanks or control characters, no quoted
// local part. INVALID_REQUEST naming `field`.
absl::StatusOr<std::string> CanonicalEmail(absl::string_view email,
                                           absl::string_view field);

// PasswordService: thread-safe; blocks for a hash, so only on the hash queue.
class PasswordService final {
 public:
  PasswordService(PasswordPolicy policy, PasswordStore* store, Clock* clock,
                  Random* random);

  // Register stores a new address. An address that exists already gives OK too
  // and changes nothing, after the same work: answers never reveal whether an
  // address exists. PASSWORD_UNACCEPTABLE, INVALID_REQUEST otherwise.
  absl::Status Register(const AppId& app, const ProviderName& provider,
                        absl::string_view email, const Secret& password,
                        bool confirmed, const CallContext& ctx);

  // Check returns the record when the password is right; else
  // CREDENTIAL_REJECTED after the work of one hash, whatever the cause. Stores
  // a new hash when the parameters are old. EMAIL_UNCONFIRMED only after the
  // right password.
  absl::StatusOr<PasswordRecord> Check(const AppId& app,
                                       const ProviderName& provider,
                                       absl::string_view email,
                                       const Secret& password,
                                       const CallContext& ctx);

  // Change replaces the password when `current` is right (else
  // CREDENTIAL_REJECTED).
  absl::StatusOr<PasswordRecord> Change(const AppId& app,
                                        const ProviderName& provider,
                                        absl::string_view email,
                                        const Secret& current,
                                        const Secret& replacement,
                                        const CallContext& ctx);

 private:
  absl::Status CheckNewPassword(const Secret& password,
                                absl::string_view field) const;
  // AcquireHashSlot waits for memory until the deadline of `ctx`.
  absl::Status AcquireHashSlot(const CallContext& ctx);
  void ReleaseHashSlot();

  const PasswordPolicy policy_;
  PasswordStore* const store_;
  Clock* const clock_;
  Random* const random_;
  const PasswordHasher hasher_;
  absl::Mutex mu_;
  size_t free_slots_ ABSL_GUARDED_BY(mu_);
};

}  // namespace latchkey

#endif  // LATCHKEY_CORE_PROVIDER_PASSWORD_SERVICE_H_
