#include "clients/cli/session_keeper.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "clients/cli/context.h"
#include "clients/cli/failure.h"
#include "clients/cli/person_proof.h"
#include "core/base/secret.h"
#include "core/base/status_macros.h"
#include "latchkey/v1/auth_service.pb.h"

namespace latchkey {
namespace {

constexpr char kRefresh[] = "latchkey.v1.AuthService/RefreshSession";
constexpr char kLogin[] = "latchkey.v1.AuthService/Login";
constexpr absl::Duration kMargin = absl::Minutes(1);
// A token that ends while the call is on its way helps nobody.
constexpr absl::Duration kOnItsWay = absl::Seconds(5);

bool EndsSoon(absl::Time end, const StoredSession& session, absl::Time now) {
  const absl::Duration life = session.access_expires_at - session.obtained_at;
  return end <= now + std::min(kMargin, std::max(life / 2, kOnItsWay));
}

bool Works(const StoredSession& session, absl::Time now) {
  return session.access_expires_at > now + kOnItsWay;
}

bool IsAway(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status);
}

absl::Status LogInAgainYourself(const StoredSession& session,
                                absl::string_view cause) {
  return absl::FailedPreconditionError(absl::StrCat(
      "the session is over (", cause, "): run `latchkey login --provider=",
      session.provider, " --app=", session.app, "` again"));
}

// Renewer works under the lock.
class Renewer final {
 public:
  Renewer(const SessionLock* lock, StoredSession session, Context* context)
      : lock_(lock),
        context_(context),
        file_(context->session_file()),
        session_(std::move(session)) {}

  absl::StatusOr<StoredSession> Run(Renewal how) {
    const bool again =
        how == Renewal::kAlsoAtIssuer && !session_.grant.refresh_token.empty();
    // Refreshing does not move the end of a session.
    const bool ends =
        EndsSoon(session_.refresh_expires_at, session_, context_->now());
    if (again && ends) {
      const absl::Status status = LogInAgain();
      return status.ok() || Works(session_, context_->now())
                 ? absl::StatusOr<StoredSession>(session_)
                 : status;
    }
    absl::Status status = Refresh();
    if (again && IsOver(status)) status = LogInAgain();
    RETURN_IF_ERROR(status);
    return session_;
  }

 private:
  // Twice: the first answer may have been lost on its way, and the service
  // gives the same tokens again only for some seconds.
  absl::Status Refresh() {
    v1::RefreshSessionRequest request;
    request.set_refresh_token(session_.refresh_token);
    v1::RefreshSessionResponse response;
    absl::Status status = context_->Call(kRefresh, request, &response);
    if (IsAway(status)) status = context_->Call(kRefresh, request, &response);
    RETURN_IF_ERROR(status);
    TakeTokens(response.session(), context_->now(), &session_);
    return file_.Save(*lock_, session_);
  }

  absl::Status LogInAgain() {
    absl::StatusOr<PersonProof> proof =
        ProveAgain(session_.grant, context_->world());
    if (absl::IsPermissionDenied(proof.status())) {
      session_.grant.refresh_token.clear();
      RETURN_IF_ERROR(file_.Save(*lock_, session_));
      return LogInAgainYourself(session_, proof.status().message());
    }
    RETURN_IF_ERROR(proof.status());
    // Before anything else can fail: the old one may have been used up.
    session_.grant = std::move(proof->grant);
    RETURN_IF_ERROR(file_.Save(*lock_, session_));
    v1::LoginRequest request;
    request.set_app(session_.app);
    request.mutable_device()->set_name("latchkey command line");
    auto* const oidc = request.mutable_credential()->mutable_oidc();
    oidc->set_provider(session_.provider);
    oidc->set_token(std::string(proof->token.RevealSecret()));
    v1::LoginResponse response;
    RETURN_IF_ERROR(context_->Call(kLogin, request, &response));
    TakeTokens(response.session(), context_->now(), &session_);
    return file_.Save(*lock_, session_);
  }

  const SessionLock* const lock_;
  Context* const context_;
  const SessionFile file_;
  StoredSession session_;
};

}  // namespace

bool IsOver(const absl::Status& status) {
  for (const char* reason :
       {"CALLER_TOKEN_INVALID", "REFRESH_TOKEN_INVALID", "REFRESH_REUSED",
        "SESSION_REVOKED", "SESSION_EXPIRED"}) {
    if (IsReason(status, reason)) return true;
  }
  return false;
}

absl::StatusOr<StoredSession> RenewSession(const std::string& stale,
                                           Renewal how, Context* context) {
  ASSIGN_OR_RETURN(const SessionLock lock,
                   context->session_file().Lock(context->world().sleep));
  ASSIGN_OR_RETURN(StoredSession session, context->LoadSession());
  if (session.access_token != stale) return session;
  return Renewer(&lock, std::move(session), context).Run(how);
}

absl::StatusOr<StoredSession> FreshSession(Renewal how, Context* context) {
  ASSIGN_OR_RETURN(StoredSession session, context->LoadSession());
  if (!EndsSoon(session.access_expires_at, session, context->now())) {
    return session;
  }
  absl::StatusOr<StoredSession> renewed =
      RenewSession(session.access_token, how, context);
  const bool works = Works(session, context->now());
  return works && IsAway(renewed.status()) ? session : renewed;
}

absl::Status KeepSession(const StoredSession& session, Context* context) {
  ASSIGN_OR_RETURN(const SessionLock lock,
                   context->session_file().Lock(context->world().sleep));
  return context->session_file().SaveFirst(lock, session);
}

}  // namespace latchkey
