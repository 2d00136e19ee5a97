// Every AuditEvent::action there is. Events carry the app, the user, the
// session, the provider, the peer and the request id where they are known.
#ifndef LATCHKEY_CORE_AUDIT_AUDIT_ACTIONS_H_
#define LATCHKEY_CORE_AUDIT_AUDIT_ACTIONS_H_

#include "absl/strings/string_view.h"

namespace latchkey {

// The words are a contract with whoever reads the audit trail: never change
// one. "_failed" has the reason's name as detail.
namespace audit_action {

// Logins and identities.
inline constexpr absl::string_view kLogin = "login";
inline constexpr absl::string_view kLoginFailed = "login_failed";
inline constexpr absl::string_view kLink = "link";
inline constexpr absl::string_view kLinkFailed = "link_failed";
inline constexpr absl::string_view kUnlink = "unlink";
inline constexpr absl::string_view kUnlinkFailed = "unlink_failed";

// Sessions. Detail of the first two: why ("logout", "admin", "user_disabled",
// "password_change", "identity_ended", "key_deleted", ...).
inline constexpr absl::string_view kSessionRevoked = "session_revoked";
inline constexpr absl::string_view kSessionsRevoked = "sessions_revoked";
// An old refresh token came back: the session has ended.
inline constexpr absl::string_view kRefreshReused = "refresh_reused";

// Users.
inline constexpr absl::string_view kUserCreated = "user_created";
inline constexpr absl::string_view kUserDisabled = "user_disabled";
inline constexpr absl::string_view kUserEnabled = "user_enabled";
inline constexpr absl::string_view kUserDeleted = "user_deleted";
// One batch; the detail says how many were made.
inline constexpr absl::string_view kUsersImported = "users_imported";
// A page of users left the service, with their password hashes.
inline constexpr absl::string_view kUsersExported = "users_exported";

// E-mail addresses and passwords. Target of the registrations: the subject
// that the identity has or would have. `registered` says no more than the
// answer to the caller: the address may have been known.
inline constexpr absl::string_view kRegistered = "registered";
inline constexpr absl::string_view kRegisterFailed = "register_failed";
inline constexpr absl::string_view kRegistrationConfirmed =
    "registration_confirmed";
inline constexpr absl::string_view kConfirmationFailed =
    "registration_confirm_failed";
// Says no more than the answer to the caller, as `registered` does.
inline constexpr absl::string_view kConfirmationRequested =
    "confirmation_requested";
inline constexpr absl::string_view kConfirmationRequestFailed =
    "confirmation_request_failed";
inline constexpr absl::string_view kRegistrationDeleted =
    "registration_deleted";
inline constexpr absl::string_view kPasswordChanged = "password_changed";
inline constexpr absl::string_view kPasswordChangeFailed =
    "password_change_failed";
inline constexpr absl::string_view kPasswordResetRequested =
    "password_reset_requested";
inline constexpr absl::string_view kPasswordResetRequestFailed =
    "password_reset_request_failed";
// By a token, or by a function that decided so at once.
inline constexpr absl::string_view kPasswordReset = "password_reset";
inline constexpr absl::string_view kPasswordResetFailed =
    "password_reset_failed";

// API keys. Target: the key's id. The user is who the key logs in: its owner,
// or the server user.
inline constexpr absl::string_view kApiKeyCreated = "api_key_created";
inline constexpr absl::string_view kApiKeyEnabled = "api_key_enabled";
inline constexpr absl::string_view kApiKeyDisabled = "api_key_disabled";
inline constexpr absl::string_view kApiKeyDeleted = "api_key_deleted";

// Administration. Detail of the first: what was wrong with the proof. Target of
// the second: the key source, empty for all.
inline constexpr absl::string_view kAdminRefused = "admin_refused";
inline constexpr absl::string_view kProviderKeysRefreshed =
    "provider_keys_refreshed";

}  // namespace audit_action
}  // namespace latchkey

#endif  // LATCHKEY_CORE_AUDIT_AUDIT_ACTIONS_H_
