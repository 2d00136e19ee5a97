// What App Services clients read in their tokens, and the ids that they know
// things by.
#ifndef LATCHKEY_CORE_SESSION_APP_SERVICES_CLAIMS_H_
#define LATCHKEY_CORE_SESSION_APP_SERVICES_CLAIMS_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"
#include "core/base/identity.h"
#include "core/base/ids.h"
#include "core/json/json.h"
#include "core/store/session_store.h"

namespace latchkey {

// All functions are pure and thread-safe.

// A device that nobody made an id for.
inline constexpr char kNoDeviceId[] = "000000000000000000000000";

// AppServicesProviderType gives "anon-user", "local-userpass", ...; kinds that
// App Services did not have keep their own names.
absl::string_view AppServicesProviderType(ProviderKind kind);

// Ids of 24 hex digits that App Services drew at random and nobody looks up:
// here they follow from the names, and so never change.
std::string AppServicesDomainId(const AppId& app);
std::string AppServicesProviderId(const AppId& app,
                                  const ProviderName& provider);

// AppServicesIdentityId is the identity's subject; for anonymous ones 24
// letters more, since clients want 49 characters.
std::string AppServicesIdentityId(ProviderKind kind,
                                  const std::string& subject);

// AppServicesDeviceId is the session's device id when it is an object id, else
// kNoDeviceId.
std::string AppServicesDeviceId(const SessionRecord& session);

// AddAccessClaims and AddRefreshClaims put the claims into the payload of a
// token. `custom_data_json` becomes `user_data` unless it is "{}", over
// `max_user_data` bytes, or so deep that no reader would take the token.
void AddAccessClaims(const SessionRecord& session,
                     absl::string_view custom_data_json, size_t max_user_data,
                     json::Value* payload);
// `kind` is that of the session's provider. A subject over 128 bytes is left
// out, so that the token stays below its limit.
void AddRefreshClaims(const SessionRecord& session, ProviderKind kind,
                      json::Value* payload);

}  // namespace latchkey

#endif  // LATCHKEY_CORE_SESSION_APP_SERVICES_CLAIMS_H_
