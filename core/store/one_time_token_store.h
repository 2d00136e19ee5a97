// OneTimeTokenStore keeps tokens that are sent by mail and work once.
#ifndef LATCHKEY_CORE_STORE_ONE_TIME_TOKEN_STORE_H_
#define LATCHKEY_CORE_STORE_ONE_TIME_TOKEN_STORE_H_

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "core/base/ids.h"

namespace latchkey {

// What a token allows once. The numbers are stored: never change them.
enum class TokenPurpose { kConfirmation = 1, kPasswordReset = 2 };

// OneTimeToken: the token itself is kept as a hash only (512 random bits need
// no slow one).
struct OneTimeToken {
  std::string id;  // object id; unique
  AppId app;
  ProviderName provider;
  TokenPurpose purpose = TokenPurpose::kConfirmation;
  // The PasswordRecord it is for; empty: a decoy, which nothing can use.
  std::string password;
  std::string email;   // that the token was sent to
  std::string sha256;  // 32 bytes
  absl::Time expires_at;
};

// OneTimeTokenStore: thread-safe; may block. A token is used up by
// Store::UpdatePasswordByToken. Errors: RESOURCE_NOT_FOUND, RESOURCE_EXISTS,
// STORE_UNAVAILABLE.
class OneTimeTokenStore {
 public:
  virtual ~OneTimeTokenStore() = default;
  virtual absl::Status Insert(const OneTimeToken& token) = 0;
  virtual absl::StatusOr<OneTimeToken> Find(const AppId& app,
                                            absl::string_view id) = 0;
  // RemoveExpired removes what ended before `now`, at most 1000 at a time;
  // returns how many.
  virtual absl::StatusOr<size_t> RemoveExpired(absl::Time now) = 0;
};

}  // namespace latchkey

#endif  // LATCHKEY_CORE_STORE_ONE_TIME_TOKEN_STORE_H_
