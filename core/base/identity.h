// What a provider proved about the caller.
#ifndef LATCHKEY_CORE_BASE_IDENTITY_H_
#define LATCHKEY_CORE_BASE_IDENTITY_H_

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "core/base/ids.h"

namespace latchkey {

// The kinds of provider, by the names of the public API. A provider of kind
// "custom_jwt" may be named otherwise inside an app.
enum class ProviderKind {
  kAnonymous,
  kEmailPassword,
  kApiKey,
  kCustomJwt,
  kFunction,
  kOidc,
  kGoogle,
  kApple,
  kFacebook,
};

// ProviderKindName gives "anonymous", "email_password", ...
const char* ProviderKindName(ProviderKind kind);

// ProvenIdentity is the result of Provider::Authenticate.
struct ProvenIdentity {
  ProviderName provider;
  ProviderKind kind = ProviderKind::kAnonymous;
  // 1-255 bytes, compared by bytes; unique within (app, provider).
  std::string subject;
  // JSON object: what is kept with the identity, and shown to its user.
  std::string data_json = "{}";
  // JSON object: members merged into the user's data at each login.
  std::string user_data_json = "{}";
  // Set when the credential belongs to a user that must already exist (API
  // keys): no user is created, no identity attached.
  std::optional<UserId> owner;
  // The session must not outlive this, when set.
  std::optional<absl::Time> session_not_after;
  std::vector<std::string> roles;
  // Asked once more when the session is stored, for proofs that can be undone
  // (a password that is changed): OK, CREDENTIAL_REJECTED, STORE_UNAVAILABLE.
  // May be empty; may block. Whoever ends sessions after undoing a proof and
  // whoever begins one from it then always see each other.
  std::function<absl::Status()> still_holds;
};

}  // namespace latchkey

#endif  // LATCHKEY_CORE_BASE_IDENTITY_H_
