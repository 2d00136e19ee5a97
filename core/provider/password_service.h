// PasswordService registers, checks and changes e-mail passwords.
#ifndef LATCHKEY_CORE_PROVIDER_PASSWORD_SERVICE_H_
#define LATCHKEY_CORE_PROVIDER_PASSWORD_SERVICE_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "core/base/call_context.h"
#include "core/base/clock.h"
#include "core/base/ids.h"
#include "core/base/random.h"
#include "core/base/secret.h"
#include "core/crypto/password_hash.h"
#include "core/provider/email.h"  // IWYU pragma: export
#include "core/store/credential_store.h"
#include "core/store/user_store.h"

namespace latchkey {

struct PasswordPolicy {
  size_t min_length = 8;     // characters (code points); see also CallContext
  size_t max_length = 1024;  // bytes, checked before any hash
  Argon2idParameters argon2id;
  // Hashes running at once never use more than this together (one hash of our
  // own always runs). A stored hash that needs more on its own never matches.
  size_t memory_budget_mib = 256;
};

// PasswordService: thread-safe; blocks for a hash, so only on the hash queue.
//
// Passwords are compared as the bytes they came in: there is no normalisation
// (RFC 8265 §4.2 asks for NFC, which needs tables that no library here has), so
// the composed and the decomposed form of one text are two passwords.
//
// CANCELLED and DEADLINE_EXCEEDED come from `ctx` before a hash,
// STORE_UNAVAILABLE from the store. Fields in violations: "email", "password",
// "current_password", "new_password".
class PasswordService final {
 public:
  PasswordService(PasswordPolicy policy, PasswordStore* store, Clock* clock,
                  Random* random);

  // Register stores a new address, as StoreLikeNew. An address that is
  // confirmed already gives OK too and changes nothing, after the same work:
  // answers never reveal whether an address exists. PASSWORD_UNACCEPTABLE,
  // INVALID_REQUEST otherwise.
  absl::Status Register(const AppId& app, const ProviderName& provider,
                        absl::string_view email, const Secret& password,
                        bool confirmed, const CallContext& ctx);

  // RegisterNew is Register for administrators, who may know what exists: the
  // record as it is stored, RESOURCE_EXISTS for an address that is taken.
  absl::StatusOr<PasswordRecord> RegisterNew(
      const AppId& app, const ProviderName& provider, absl::string_view email,
      const Secret& password, bool confirmed, const CallContext& ctx);

  // Prepare is the record that Register would store, with nothing stored: the
  // hash is made before anybody looks whether the address is there.
  absl::StatusOr<PasswordRecord> Prepare(const AppId& app,
                                         const ProviderName& provider,
                                         absl::string_view email,
                                         const Secret& password, bool confirmed,
                                         const CallContext& ctx);

  // StoreLikeNew inserts a prepared record: true. A record of the address that
  // is still unconfirmed gets the new password, and the prepared one's
  // confirmation: true, and *record is then what is stored. One that is
  // confirmed, or that one of `users` has (an imported one may have it
  // unconfirmed), stays as it is: false. `users` may be null: nobody has one.
  // All take one durable write. Sets the version.
  absl::StatusOr<bool> StoreLikeNew(PasswordRecord* record, UserStore* users);

  // HashNew is the hash of an acceptable new password: PASSWORD_UNACCEPTABLE
  // naming `field` otherwise, at the cost of nothing.
  absl::StatusOr<std::string> HashNew(const Secret& password,
                                      absl::string_view field,
                                      const CallContext& ctx);
  absl::Status CheckNewPassword(const Secret& password, absl::string_view field,
                                const CallContext& ctx) const;

  // Matches says whether the password is that of `record`, after the work of
  // one hash also when that is null.
  absl::StatusOr<bool> Matches(const PasswordRecord* record,
                               const Secret& password, const CallContext& ctx);

  // CheckShape refuses an empty password and one over max_length, which no
  // stored hash can belong to. INVALID_REQUEST naming `field`; costs no hash.
  absl::Status CheckShape(const Secret& password,
                          absl::string_view field) const;

  // Check returns the record when the password is right; else
  // CREDENTIAL_REJECTED after the work of one hash, whatever the cause. Stores
  // a new hash when the parameters are old. EMAIL_UNCONFIRMED only after the
  // right password. INVALID_REQUEST when address or password have no possible
  // shape.
  absl::StatusOr<PasswordRecord> Check(const AppId& app,
                                       const ProviderName& provider,
                                       absl::string_view email,
                                       const Secret& password,
                                       const CallContext& ctx);

  // StillHolds says whether `checked`, which Check gave, is what is stored now:
  // CREDENTIAL_REJECTED when the password was changed or removed since.
  absl::Status StillHolds(const PasswordRecord& checked);

  struct Replacement {
    Secret current;
    Secret replacement;
    // Runs when `current` has proved right, right before the new one is stored;
    // unless it is OK nothing is, and Change gives its status. May be empty.
    std::function<absl::Status()> before_store = nullptr;
  };
  // Change replaces the password when `current` is right (else
  // CREDENTIAL_REJECTED).
  absl::StatusOr<PasswordRecord> Change(const AppId& app,
                                        const ProviderName& provider,
                                        absl::string_view email,
                                        const Replacement& change,
                                        const CallContext& ctx);

  // budget_kib is the memory that hashes have together.
  uint64_t budget_kib() const { return budget_kib_; }

  // hashes_run counts the hash computations so far, dummies included.
  uint64_t hashes_run() const {
    return hashes_run_.load(std::memory_order_relaxed);
  }

 private:
  // HashMemory holds a part of the memory budget.
  class HashMemory;

  // Replace gives the unconfirmed record of the address the new password: false
  // when there is none (any more) that nobody of `users` has.
  absl::StatusOr<bool> Replace(PasswordRecord* record, UserStore* users);
  // AcquireMemory waits for `kib` of the budget until the deadline of `ctx`.
  absl::Status AcquireMemory(uint64_t kib, const CallContext& ctx);
  void ReleaseMemory(uint64_t kib);
  absl::StatusOr<std::string> Hash(const Secret& password,
                                   const CallContext& ctx);
  // Verify does the work of one hash, against a dummy when `record` is null.
  absl::StatusOr<PasswordHasher::Outcome> Verify(const PasswordRecord* record,
                                                 const Secret& password,
                                                 const CallContext& ctx);
  // CheckOnce is Check for a canonical address; CONFLICT when the record was
  // changed while its new hash was made.
  absl::StatusOr<PasswordRecord> CheckOnce(const AppId& app,
                                           const ProviderName& provider,
                                           absl::string_view email,
                                           const Secret& password,
                                           const CallContext& ctx);
  // Rehash stores a hash with today's parameters; CONFLICT, other failures are
  // only logged.
  absl::Status Rehash(const Secret& password, const CallContext& ctx,
                      PasswordRecord* record);

  const PasswordPolicy policy_;
  PasswordStore* const store_;
  Clock* const clock_;
  Random* const random_;
  const PasswordHasher hasher_;
  const uint64_t budget_kib_;
  std::atomic<uint64_t> hashes_run_{0};
  absl::Mutex mu_;
  uint64_t free_kib_ ABSL_GUARDED_BY(mu_);
};

// Whether one of `users` has the record as an identity; an unconfirmed record
// without one is a registration. Null `users`: nobody has. STORE_UNAVAILABLE.
absl::StatusOr<bool> IsIdentityOfUser(const PasswordRecord& record,
                                      UserStore* users);

}  // namespace latchkey

#endif  // LATCHKEY_CORE_PROVIDER_PASSWORD_SERVICE_H_
