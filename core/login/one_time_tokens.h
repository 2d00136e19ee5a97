// OneTimeTokens makes and checks the tokens of confirmation and reset mails.
#ifndef LATCHKEY_CORE_LOGIN_ONE_TIME_TOKENS_H_
#define LATCHKEY_CORE_LOGIN_ONE_TIME_TOKENS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "core/base/clock.h"
#include "core/base/ids.h"
#include "core/base/random.h"
#include "core/base/secret.h"
#include "core/store/store.h"

namespace latchkey {

inline constexpr absl::Duration kOneTimeTokenLife = absl::Minutes(30);

// OneTimeTokens: thread-safe; Store and Check block on the store. What is
// stored is a hash of token, address and the password that held then: a token
// dies with any of them, so a link confirms the password that it was sent for.
class OneTimeTokens final {
 public:
  // All borrowed.
  OneTimeTokens(Store* store, Clock* clock, Random* random)
      : store_(store), clock_(clock), random_(random) {}

  struct Fresh {
    std::string id;  // 24 hex digits
    Secret text;     // 128 hex digits
    absl::Time expires_at;
  };
  // Make stores nothing.
  Fresh Make() const;

  // Save lets `fresh` be used for `password`. With `live` false it stores a
  // decoy that nothing can use, at the same cost.
  enum class Kind { kLive, kDecoy };
  absl::Status Save(const Fresh& fresh, TokenPurpose purpose,
                    const PasswordRecord& password, Kind kind);

  struct Proof {
    std::string token;  // for Store::UpdatePasswordByToken
    PasswordRecord password;
  };
  // Check finds what the token proves. CREDENTIAL_REJECTED for one that is
  // unknown, used, expired, of another purpose, or outlived by the address or
  // password; STORE_UNAVAILABLE.
  absl::StatusOr<Proof> Check(const AppId& app, TokenPurpose purpose,
                              absl::string_view id, const Secret& text) const;

 private:
  Store* const store_;
  Clock* const clock_;
  Random* const random_;
};

}  // namespace latchkey

#endif  // LATCHKEY_CORE_LOGIN_ONE_TIME_TOKENS_H_
