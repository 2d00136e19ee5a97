#include "server/app_services/bearer.h"

#include <memory>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/base/reason.h"
#include "core/base/status_macros.h"
#include "core/jwt/compact.h"
#include "core/jwt/header_memo.h"

namespace latchkey {
namespace {

constexpr absl::string_view kScheme = "bearer ";
constexpr char kRefreshType[] = "rt+jwt";
constexpr char kAccessType[] = "at+jwt";

// HasType looks at the header alone, unverified: only to say what is wrong.
bool HasType(absl::string_view token, absl::string_view type) {
  const absl::StatusOr<CompactToken> parts = SplitCompact(token);
  if (!parts.ok()) return false;
  const absl::StatusOr<const JoseHeader*> header =
      HeaderMemo::OfThisThread().Parse(parts->header);
  return header.ok() && (*header)->typ == std::string(type);
}

absl::Status WrongType() {
  return Error(Reason::kTokenTypeMismatch, "the other kind of token");
}

}  // namespace

absl::Status Bearer::TokenOf(Exchange* exchange, absl::string_view* token) {
  bool present = false;
  for (const auto& [name, value] : exchange->http.headers) {
    if (name != "authorization") continue;
    // Two values: nobody can say which one is meant.
    if (present) {
      return exchange->Refuse({401, "", "must authenticate first"},
                              Reason::kCallerTokenMissing);
    }
    present = true;
    *token = value;
  }
  if (!present) {
    return exchange->Refuse({401, "", "must authenticate first"},
                            Reason::kCallerTokenMissing);
  }
  if (absl::StartsWithIgnoreCase(*token, kScheme)) {
    token->remove_prefix(kScheme.size());
  } else {
    *token = "";
  }
  if (!token->empty()) return absl::OkStatus();
  return exchange->Refuse(
      {401, "", "expected Authorization header with JWT (Bearer schema)"},
      Reason::kCallerTokenMissing);
}

absl::Status Bearer::TakeApp(Exchange* exchange) const {
  const AppId id(exchange->caller.app);
  if (exchange->app != nullptr && exchange->app->id != id) {
    return exchange->Refuse(
        {400, "UserAppDomainMismatch", "the user belongs to another app"},
        Reason::kTokenAudienceMismatch);
  }
  exchange->app = deps_.apps->Share()->Find(id);
  if (exchange->app == nullptr || !exchange->app->app_services.has_value()) {
    exchange->app = nullptr;
    return exchange->Refuse(
        {404, "",
         absl::StrCat("cannot find app using Client App ID '", id.value(),
                      "'")},
        Reason::kProviderNotEnabled);
  }
  exchange->context.caller = &exchange->caller;
  return absl::OkStatus();
}

absl::Status Bearer::TakeAccess(Exchange* exchange) const {
  exchange->situation = Situation::kAccess;
  absl::string_view token;
  RETURN_IF_ERROR(TokenOf(exchange, &token));
  const absl::Status verified = deps_.access_tokens->Verify(
      token, {}, deps_.clock->TimeNow(), &exchange->caller);
  if (!verified.ok()) {
    return HasType(token, kRefreshType) ? WrongType() : verified;
  }
  return TakeApp(exchange);
}

absl::Status Bearer::TakeRefresh(Exchange* exchange) const {
  exchange->situation = Situation::kRefresh;
  absl::string_view token;
  RETURN_IF_ERROR(TokenOf(exchange, &token));
  const absl::StatusOr<SessionRecord> session =
      deps_.sessions->FindFixed(token, exchange->context.call);
  if (!session.ok()) {
    return HasType(token, kAccessType) ? WrongType() : session.status();
  }
  Principal& caller = exchange->caller;
  caller.user_id = session->user.value();
  caller.app = session->app.value();
  caller.session_id = session->id.value();
  caller.provider = session->provider.value();
  caller.subject = session->subject;
  caller.roles = session->roles;
  caller.expires_at = session->expires_at;
  return TakeApp(exchange);
}

}  // namespace latchkey
