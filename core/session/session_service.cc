#include "core/session/session_service.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/reason.h"
#include "core/base/status_macros.h"

namespace latchkey {
namespace {

absl::Time WholeSeconds(absl::Time time) {
  return absl::FromUnixSeconds(absl::ToUnixSeconds(time));
}

// GoneOr: a session that is not there was swept away, or its user deleted.
absl::Status GoneOr(const absl::Status& status) {
  if (GetReason(status) != Reason::kResourceNotFound) return status;
  return Error(Reason::kSessionRevoked, "the session is gone");
}

absl::Status CheckAlive(const SessionRecord& session, absl::Time now) {
  if (session.revoked_at) {
    return Error(Reason::kSessionRevoked, "the session was revoked");
  }
  if (session.expires_at <= now) {
    return Error(Reason::kSessionExpired, "the session has expired");
  }
  return absl::OkStatus();
}

AuditEvent EventOf(absl::string_view action, const SessionRecord& session,
                   const CallContext& ctx) {
  AuditEvent event(action, ctx);
  event.app = session.app;
  event.user = session.user;
  event.session = session.id;
  event.provider = session.provider;
  return event;
}

}  // namespace

SessionService::SessionService(SessionOptions options, Deps deps)
    : options_(options), deps_(deps), refresh_tokens_(deps.keys) {}

absl::StatusOr<SessionRecord> SessionService::SessionFor(BeginOptions* options,
                                                         absl::Time now) {
  SessionRecord session;
  session.id = NewSessionId(deps_.random);
  session.app = options->user.app;
  session.user = options->user.id;
  session.provider = std::move(options->provider);
  session.subject = std::move(options->subject);
  session.roles = std::move(options->roles);
  session.device_json = std::move(options->device_json);
  session.rotates = options->rotates;
  session.counter = options->rotates ? kFirstCounter : kFixedCounter;
  session.created_at = session.advanced_at = now;
  // Whole seconds, as in the tokens: both end at the same moment.
  session.expires_at = WholeSeconds(
      std::min(now + options->ttl.value_or(options_.refresh_ttl),
               options->not_after.value_or(absl::InfiniteFuture())));
  if (session.expires_at <= now) {
    return Error(Reason::kCredentialRejected,
                 "the credential ends before a session could begin");
  }
  return session;
}

absl::StatusOr<UserRecord> SessionService::UserOfBegun(
    BeginOptions* options, const SessionRecord& session) {
  // Only now: of this and a change of the password, which ends sessions after
  // it, one sees the other.
  if (options->still_holds) RETURN_IF_ERROR(options->still_holds());
  if (!options->stores_user) return ActiveUser(session);
  ++options->user.version;  // as it was stored
  return std::move(options->user);
}

absl::StatusOr<IssuedSession> SessionService::Begin(BeginOptions options,
                                                    const CallContext& ctx) {
  RETURN_IF_ERROR(ctx.StillWanted(deps_.clock->TimeNow()));
  const absl::Time now = deps_.clock->TimeNow();
  ASSIGN_OR_RETURN(const SessionRecord session, SessionFor(&options, now));
  ASSIGN_OR_RETURN(std::string refresh_token,
                   options.rotates
                       ? refresh_tokens_.Mint(session)
                       : refresh_tokens_.MintFixed(session, options.kind));
  RETURN_IF_ERROR(options.stores_user
                      ? deps_.store->RecordLogin(options.user, session)
                      : deps_.store->sessions()->Insert(session));
  absl::StatusOr<IssuedSession> issued =
      [&]() -> absl::StatusOr<IssuedSession> {
    ASSIGN_OR_RETURN(UserRecord user, UserOfBegun(&options, session));
    return IssueTo(std::move(user), session, std::move(refresh_token), now);
  }();
  if (!issued.ok()) RETURN_IF_ERROR(End(session, {"begin_failed", &ctx}));
  return issued;
}

absl::StatusOr<IssuedSession> SessionService::Refresh(
    absl::string_view refresh_token, const CallContext& ctx) {
  const absl::Time now = deps_.clock->TimeNow();
  RETURN_IF_ERROR(ctx.StillWanted(now));
  ASSIGN_OR_RETURN(const RefreshClaim claim,
                   refresh_tokens_.Parse(refresh_token, now));
  // First: a counter that moves for an answer that nobody gets makes a thief of
  // whoever asks again.
  RETURN_IF_ERROR(CheckServed(claim));
  ASSIGN_OR_RETURN(SessionRecord session, CurrentFor(claim, now, ctx));
  if (!session.rotates) {
    return Issue(std::move(session), std::string(refresh_token), now);
  }
  ASSIGN_OR_RETURN(std::string next, refresh_tokens_.Mint(session));
  return Issue(std::move(session), std::move(next), now);
}

absl::StatusOr<SessionRecord> SessionService::FindFixed(
    absl::string_view refresh_token, const CallContext& ctx) {
  const absl::Time now = deps_.clock->TimeNow();
  RETURN_IF_ERROR(ctx.StillWanted(now));
  ASSIGN_OR_RETURN(const RefreshClaim claim,
                   refresh_tokens_.Parse(refresh_token, now));
  if (claim.counter != kFixedCounter) {
    return Error(Reason::kRefreshTokenInvalid, "the session rotates");
  }
  RETURN_IF_ERROR(CheckServed(claim));
  return FindFixed(claim, now);
}

absl::StatusOr<IssuedSession> SessionService::Renew(const SessionId& session,
                                                    const CallContext& ctx) {
  const absl::Time now = deps_.clock->TimeNow();
  RETURN_IF_ERROR(ctx.StillWanted(now));
  ASSIGN_OR_RETURN(SessionRecord found, FindAlive(session, now));
  return Issue(std::move(found), /*refresh_token=*/"", now);
}

absl::StatusOr<SessionRecord> SessionService::Find(const SessionId& session) {
  return FindAlive(session, deps_.clock->TimeNow());
}

absl::StatusOr<IssuedSession> SessionService::Remind(const SessionId& session,
                                                     ProviderKind kind,
                                                     const CallContext& ctx) {
  const absl::Time now = deps_.clock->TimeNow();
  RETURN_IF_ERROR(ctx.StillWanted(now));
  ASSIGN_OR_RETURN(SessionRecord found, FindAlive(session, now));
  if (found.rotates) {
    return Error(Reason::kRefreshTokenInvalid, "the session rotates");
  }
  ASSIGN_OR_RETURN(std::string token, refresh_tokens_.MintFixed(found, kind));
  return Issue(std::move(found), std::move(token), now);
}

absl::Status SessionService::CheckServed(const RefreshClaim& claim) {
  if (deps_.apps == nullptr) return absl::OkStatus();
  const absl::StatusOr<SessionRecord> session =
      deps_.store->sessions()->Find(claim.session);
  if (!session.ok()) return GoneOr(session.status());
  if (deps_.apps->Serves(session->app.value())) return absl::OkStatus();
  // A reload may have removed it; its sessions run out, and come back with it.
  return Error(Reason::kProviderNotEnabled, "app is gone");
}

absl::StatusOr<SessionRecord> SessionService::CurrentFor(
    const RefreshClaim& claim, absl::Time now, const CallContext& ctx) {
  if (claim.counter == kFixedCounter) return FindFixed(claim, now);
  absl::StatusOr<AdvanceOutcome> outcome =
      deps_.store->sessions()->AdvanceCounter(claim.session, claim.counter,
                                              now);
  if (!outcome.ok()) return GoneOr(outcome.status());
  SessionRecord& session = outcome->session;
  if (outcome->advanced) return std::move(session);

  RETURN_IF_ERROR(CheckAlive(session, now));
  if (claim.counter >= session.counter) {
    return Error(Reason::kRefreshTokenInvalid,
                 absl::StrCat("counter ", claim.counter, " of session ",
                              session.id.value(), " was never given out"));
  }
  // A lost reply, or another tab that was faster: not a thief.
  if (claim.counter + 1 == session.counter &&
      now <= session.advanced_at + options_.refresh_grace) {
    return std::move(session);
  }
  return EndReused(session, now, ctx);
}

absl::StatusOr<SessionRecord> SessionService::FindAlive(const SessionId& id,
                                                        absl::Time now) {
  absl::StatusOr<SessionRecord> session = deps_.store->sessions()->Find(id);
  if (!session.ok()) return GoneOr(session.status());
  RETURN_IF_ERROR(CheckAlive(*session, now));
  return session;
}

absl::StatusOr<SessionRecord> SessionService::FindFixed(
    const RefreshClaim& claim, absl::Time now) {
  ASSIGN_OR_RETURN(SessionRecord session, FindAlive(claim.session, now));
  if (session.rotates) {
    return Error(Reason::kRefreshTokenInvalid, "the session rotates");
  }
  return session;
}

absl::Status SessionService::EndReused(const SessionRecord& session,
                                       absl::Time now, const CallContext& ctx) {
  RETURN_IF_ERROR(deps_.store->sessions()->Revoke(session.id, now));
  deps_.revocations->Add(session.id, now);
  deps_.audit->Record(EventOf(audit_action::kRefreshReused, session, ctx));
  return Error(Reason::kRefreshReused,
               absl::StrCat("session ", session.id.value(), " is revoked"));
}

absl::StatusOr<UserRecord> SessionService::ActiveUser(
    const SessionRecord& session) {
  absl::StatusOr<UserRecord> user =
      deps_.store->users()->Find(session.app, session.user);
  if (GetReason(user.status()) == Reason::kUserNotFound) {
    return Error(Reason::kSessionRevoked, "the session's user is gone");
  }
  if (user.ok() && user->disabled) {
    return Error(Reason::kUserDisabled, "the session's user is disabled");
  }
  return user;
}

// The counter of such a session is in none of its tokens: whoever else moves it
// at the same time has noted the same. A session whose use could not be written
// is as good, and the next use tries again.
void SessionService::NoteUse(const SessionRecord& session, absl::Time now) {
  if (session.rotates || now < session.advanced_at + kUseNoted) return;
  deps_.store->sessions()
      ->AdvanceCounter(session.id, session.counter, now)
      .status()
      .IgnoreError();
}

absl::StatusOr<IssuedSession> SessionService::Issue(SessionRecord session,
                                                    std::string refresh_token,
                                                    absl::Time now) {
  ASSIGN_OR_RETURN(UserRecord user, ActiveUser(session));
  NoteUse(session, now);
  return IssueTo(std::move(user), std::move(session), std::move(refresh_token),
                 now);
}

absl::StatusOr<IssuedSession> SessionService::IssueTo(UserRecord user,
                                                      SessionRecord session,
                                                      std::string refresh_token,
                                                      absl::Time now) {
  IssuedSession issued;
  issued.user = std::move(user);
  ASSIGN_OR_RETURN(
      AccessTokens::Minted access,
      deps_.access_tokens->Mint(session, now, issued.user.custom_data_json));
  issued.refresh_token = std::move(refresh_token);
  issued.access_token = std::move(access.token);
  issued.access_expires_at = access.expires_at;
  issued.refresh_expires_at = session.expires_at;
  issued.session = std::move(session);
  return issued;
}

absl::Status SessionService::Revoke(const SessionId& session,
                                    const Ending& ending) {
  // Read first: the audit trail names the user.
  ASSIGN_OR_RETURN(const SessionRecord found,
                   deps_.store->sessions()->Find(session));
  return End(found, ending);
}

absl::Status SessionService::End(const SessionRecord& session,
                                 const Ending& ending) {
  const absl::Time now = deps_.clock->TimeNow();
  RETURN_IF_ERROR(deps_.store->sessions()->Revoke(session.id, now));
  deps_.revocations->Add(session.id, now);
  AuditEvent event =
      EventOf(audit_action::kSessionRevoked, session, *ending.call);
  event.detail = std::string(ending.cause);
  deps_.audit->Record(event);
  return absl::OkStatus();
}

absl::StatusOr<size_t> SessionService::RevokeAll(const AppId& app,
                                                 const UserId& user,
                                                 const Ending& ending) {
  return RevokeSome(app, user, SessionScope(), ending);
}

absl::StatusOr<size_t> SessionService::RevokeSome(const AppId& app,
                                                  const UserId& user,
                                                  const SessionScope& scope,
                                                  const Ending& ending) {
  const absl::Time now = deps_.clock->TimeNow();
  ASSIGN_OR_RETURN(const std::vector<SessionId> ended,
                   deps_.store->sessions()->RevokeAllOf(app, user, now, scope));
  for (const SessionId& session : ended) deps_.revocations->Add(session, now);
  if (ended.empty()) return 0;
  AuditEvent event(audit_action::kSessionsRevoked, *ending.call);
  event.app = app;
  event.user = user;
  event.provider = scope.provider;
  event.target = scope.subject;
  event.detail = std::string(ending.cause);
  deps_.audit->Record(event);
  return ended.size();
}

absl::Status SessionService::LoadRevocations(absl::Duration window) {
  const absl::Time now = deps_.clock->TimeNow();
  ASSIGN_OR_RETURN(const std::vector<SessionId> ended,
                   deps_.store->sessions()->ListRevokedSince(now - window));
  for (const SessionId& session : ended) deps_.revocations->Add(session, now);
  return absl::OkStatus();
}

}  // namespace latchkey
