#include "server/app_services/error_table.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "core/base/reason.h"
#include "core/session/app_services_claims.h"

namespace latchkey {
namespace {

constexpr char kUnauthorized[] = "unauthorized";
// In place of a group's id.
constexpr char kNoGroup[] = "000000000000000000000000";

struct Row {
  Reason reason;
  int status;
  const char* code;
  const char* text;
};

// For every situation that has no row of its own.
constexpr Row kAnywhere[] = {
    {Reason::kRequestTooLarge, 413, "BadRequest", "request is too large"},
    {Reason::kUnimplemented, 400, "BadRequest", "not available in this app"},
    {Reason::kProviderNotEnabled, 404, "AuthProviderNotFound",
     "authentication provider not found"},
    {Reason::kUserNotFound, 404, "UserNotFound", "user not found"},
    {Reason::kConflict, 409, "BadRequest", "another change came in between"},
    {Reason::kCallerNotAllowed, 403, "", "forbidden"},
    {Reason::kThrottled, 429, "", "too many requests"},
    {Reason::kOverloaded, 429, "", "too many requests"},
    {Reason::kStoreUnavailable, 503, "InternalServerError",
     "error processing request"},
    {Reason::kIssuerUnavailable, 503, "InternalServerError",
     "error processing request"},
    {Reason::kDeadlineExceeded, 504, "InternalServerError",
     "error processing request"},
    {Reason::kCancelled, 499, "InternalServerError",
     "error processing request"},
};

constexpr Row kPasswordLogin[] = {
    {Reason::kCredentialRejected, 401, "InvalidPassword",
     "invalid username/password"},
    {Reason::kInvalidRequest, 401, "InvalidPassword",
     "invalid username/password"},
    {Reason::kEmailUnconfirmed, 401, "AuthError", "confirmation required"},
    {Reason::kUserDisabled, 401, "UserDisabled", "user is disabled"},
};
constexpr Row kApiKeyLogin[] = {
    {Reason::kCredentialRejected, 401, "AuthError", "invalid API key"},
    {Reason::kInvalidRequest, 401, "AuthError", "invalid API key"},
    {Reason::kUserDisabled, 401, "UserDisabled", "user is disabled"},
};
constexpr Row kFunctionLogin[] = {
    {Reason::kCredentialRejected, 401, "AuthError",
     "error executing auth function"},
    {Reason::kUserDisabled, 401, "UserDisabled", "user is disabled"},
};
// The code of the first two is a setting.
constexpr Row kTokenLogin[] = {
    {Reason::kCredentialRejected, 401, "AuthError", "the token is rejected"},
    {Reason::kInvalidRequest, 401, "AuthError", "the token is rejected"},
    {Reason::kOutboundRejected, 401, "AuthError",
     "error exchanging access code with OAuth2 provider"},
    {Reason::kUserDisabled, 401, "UserDisabled", "user is disabled"},
};

// The statuses of the first two are settings.
constexpr Row kLink[] = {
    {Reason::kIdentityInUse, 409, "AccountNameInUse",
     "a user already exists with the specified provider"},
    {Reason::kIdentityNotLinkable, 400, "BadRequest",
     "linking a local-userpass identity is not allowed when one is already "
     "linked"},
    {Reason::kLimitReached, 400, "BadRequest",
     "the user has too many identities"},
    {Reason::kCallerNotAllowed, 403, "AuthError",
     "not allowed in a session of an API key"},
    {Reason::kSessionRevoked, 401, "InvalidSession",
     "invalid session: access token revoked"},
    {Reason::kSessionExpired, 401, "InvalidSession",
     "invalid session: access token expired"},
    {Reason::kUserNotFound, 401, "InvalidSession",
     "invalid session: the user is gone"},
};

// An app that is gone is no 401, which would log users out for good.
constexpr char kNoApp[] = "cannot find app";

constexpr Row kAccess[] = {
    {Reason::kProviderNotEnabled, 404, "", kNoApp},
    {Reason::kTokenExpired, 401, "InvalidSession",
     "invalid session: access token expired"},
    {Reason::kSessionRevoked, 401, "InvalidSession",
     "invalid session: access token revoked"},
    {Reason::kTokenTypeMismatch, 401, "InvalidSession",
     "invalid access token: incorrect token type"},
    {Reason::kUserNotFound, 401, "InvalidSession",
     "invalid session: the user is gone"},
    {Reason::kUserDisabled, 401, "InvalidSession",
     "invalid session: the user is disabled"},
};
constexpr char kBadAccessToken[] = "signature is invalid";

constexpr Row kRefresh[] = {
    {Reason::kProviderNotEnabled, 404, "", kNoApp},
    {Reason::kTokenTypeMismatch, 401, "InvalidSession",
     "invalid refresh token: incorrect token type"},
    {Reason::kSessionExpired, 401, "InvalidSession",
     "invalid session: refresh token expired"},
    // realm-web looks for these words.
    {Reason::kRefreshTokenInvalid, 401, "InvalidSession",
     "invalid session: failed to find refresh token"},
    {Reason::kSessionRevoked, 401, "InvalidSession",
     "invalid session: failed to find refresh token"},
    {Reason::kUserDisabled, 401, "InvalidSession",
     "invalid session: failed to find refresh token"},
    {Reason::kUserNotFound, 401, "InvalidSession",
     "invalid session: failed to find refresh token"},
    {Reason::kResourceNotFound, 401, "InvalidSession",
     "invalid session: failed to find refresh token"},
};

constexpr Row kApiKey[] = {
    {Reason::kResourceNotFound, 404, "APIKeyNotFound", "API key not found"},
    {Reason::kResourceExists, 409, "APIKeyAlreadyExists",
     "API key with name already exists"},
    {Reason::kLimitReached, 400, "BadRequest",
     "the user has too many API keys"},
    {Reason::kInvalidRequest, 400, "InvalidParameter",
     "can only contain ASCII letters, numbers, underscores, and hyphens"},
    {Reason::kUserDisabled, 401, "InvalidSession",
     "invalid session: failed to find refresh token"},
    {Reason::kUserNotFound, 401, "InvalidSession",
     "invalid session: failed to find refresh token"},
};

constexpr Row kMailToken[] = {
    {Reason::kCredentialRejected, 400, "UserpassTokenInvalid",
     "userpass token is expired or invalid"},
    {Reason::kResourceNotFound, 400, "UserpassTokenInvalid",
     "userpass token is expired or invalid"},
    {Reason::kInvalidRequest, 400, "BadRequest", "invalid token data"},
};

constexpr Row kVerify[] = {
    {Reason::kCredentialRejected, 401, "AuthError", kUnauthorized},
};

absl::Span<const Row> LoginRows(absl::string_view provider) {
  if (provider == "local-userpass") return kPasswordLogin;
  if (provider == "api-key") return kApiKeyLogin;
  if (provider == "custom-function") return kFunctionLogin;
  return kTokenLogin;
}

absl::Span<const Row> RowsOf(const Exchange& exchange) {
  switch (exchange.situation) {
    case Situation::kLogin:
      return LoginRows(exchange.provider);
    case Situation::kLink:
      return kLink;
    case Situation::kAccess:
      return kAccess;
    case Situation::kRefresh:
      return kRefresh;
    case Situation::kConfirm:
    case Situation::kReset:
      return kMailToken;
    case Situation::kApiKey:
      return kApiKey;
    case Situation::kVerify:
      return kVerify;
    default:
      return {};
  }
}

std::optional<ClientError> FindRow(absl::Span<const Row> rows, Reason reason) {
  for (const Row& row : rows) {
    if (row.reason == reason) {
      return ClientError{row.status, row.code, row.text};
    }
  }
  return std::nullopt;
}

bool IsTokenLogin(absl::string_view provider) {
  return provider == "custom-token" || absl::StartsWith(provider, "oauth2-");
}

// The words of a failed login say less than they could, unless the app wants
// them: accounts cannot be told apart by them.
ClientError LoginError(const Exchange& exchange, Reason reason,
                       ClientError error) {
  if (error.status != 401) return error;
  const AppServicesSettings& settings = exchange.settings();
  if (reason != Reason::kUserDisabled && IsTokenLogin(exchange.provider)) {
    error.code = settings.rejected_token_code;
  }
  if (!settings.detailed_login_errors) error.text = kUnauthorized;
  return error;
}

// Native clients look for "unauthorized" in the text, realm-web compares the
// whole: so it begins with it and goes on.
ClientError LinkError(const Exchange& exchange, Reason reason,
                      ClientError error) {
  const AppServicesSettings& settings = exchange.settings();
  if (reason == Reason::kIdentityInUse) {
    error.status = settings.identity_in_use_status;
  }
  if (reason == Reason::kIdentityNotLinkable) {
    if (exchange.provider == "anon-user") {
      error.text = "linking an anonymous identity is not allowed";
    } else if (exchange.provider == "local-userpass") {
      error.status = settings.second_password_status;
    } else {
      return {400, "InvalidParameter", "invalid user link request"};
    }
  }
  if (error.code == "InvalidSession") return error;
  error.text = absl::StrCat(kUnauthorized, ": ", error.text);
  return error;
}

bool IsEmailPassword(Situation situation) {
  switch (situation) {
    case Situation::kRegister:
    case Situation::kConfirm:
    case Situation::kConfirmAgain:
    case Situation::kReset:
    case Situation::kResetRequest:
      return true;
    default:
      return false;
  }
}

std::string PasswordRule(const AppServicesSettings& settings) {
  return absl::StrCat("password must be between ", settings.min_password_length,
                      " and ", settings.max_password_length, " characters");
}

// Rows whose words depend on the request.
std::optional<ClientError> EmailError(const Exchange& exchange,
                                      const absl::Status& status) {
  const Situation situation = exchange.situation;
  const Reason reason = GetReason(status);
  if (reason == Reason::kPasswordUnacceptable) {
    return ClientError{400, "BadRequest", PasswordRule(exchange.settings())};
  }
  if (reason == Reason::kResourceExists) {
    return ClientError{409, "AccountNameInUse", "name already in use"};
  }
  if (situation == Situation::kConfirm || situation == Situation::kReset) {
    return std::nullopt;
  }
  if (reason == Reason::kInvalidRequest) {
    const std::vector<FieldViolation> fields = GetFieldViolations(status);
    if (fields.empty() || fields[0].field != "email") return std::nullopt;
    return ClientError{400, "BadRequest", "email invalid"};
  }
  if (reason != Reason::kCredentialRejected) return std::nullopt;
  // The function said no.
  if (situation == Situation::kResetRequest) {
    return ClientError{400, "",
                       absl::StrCat("failed to reset password for user \"",
                                    exchange.email, "\"")};
  }
  return ClientError{
      400, "BadRequest",
      absl::StrCat("failed to confirm user \"", exchange.email, "\"")};
}

// Whatever the tables do not know, by its canonical code.
ClientError ByCode(const Exchange& exchange, const absl::Status& status) {
  switch (GetReasonInfo(GetReason(status)).code) {
    case absl::StatusCode::kUnauthenticated:
      if (IsEmailPassword(exchange.situation)) break;
      if (exchange.situation == Situation::kRefresh) {
        return *FindRow(kRefresh, Reason::kRefreshTokenInvalid);
      }
      if (exchange.situation == Situation::kAccess) {
        return {401, "InvalidSession", kBadAccessToken};
      }
      return {401, "AuthError", "not accepted"};
    case absl::StatusCode::kInternal:
      return {500, "InternalServerError", "error processing request"};
    default:
      break;
  }
  const std::vector<FieldViolation> fields = GetFieldViolations(status);
  if (fields.empty()) return {400, "BadRequest", "bad request"};
  return {400, "BadRequest",
          absl::StrCat(fields[0].field, ": ", fields[0].description)};
}

}  // namespace

ClientError ErrorFor(const Exchange& exchange, const absl::Status& status) {
  if (exchange.refusal.has_value()) return *exchange.refusal;
  const Reason reason = GetReason(status);
  std::optional<ClientError> found;
  if (IsEmailPassword(exchange.situation)) found = EmailError(exchange, status);
  if (!found) found = FindRow(RowsOf(exchange), reason);
  if (!found && exchange.situation == Situation::kLink) {
    found = FindRow(LoginRows(exchange.provider), reason);
  }
  const bool own_row = found.has_value();
  if (!found) found = FindRow(kAnywhere, reason);
  if (!found) found = ByCode(exchange, status);
  if (exchange.situation == Situation::kLogin) {
    return LoginError(exchange, reason, *std::move(found));
  }
  if (exchange.situation == Situation::kLink && own_row) {
    return LinkError(exchange, reason, *std::move(found));
  }
  return *std::move(found);
}

HttpReply ErrorReply(const Exchange& exchange, const ClientError& error) {
  json::Value body{json::Value::Object()};
  body.Set("error", error.text);
  if (!error.code.empty()) body.Set("error_code", error.code);
  const AppId app = exchange.app == nullptr ? AppId() : exchange.app->id;
  body.Set("link",
           absl::StrCat(exchange.base_url, "/groups/", kNoGroup, "/apps/",
                        AppServicesDomainId(app),
                        "/logs?co_id=", exchange.context.call.request_id));
  HttpReply reply;
  reply.status = error.status;
  // Exactly this: one client compares the whole value.
  reply.content_type = "application/json";
  reply.body = json::Write(body);
  return reply;
}

}  // namespace latchkey
