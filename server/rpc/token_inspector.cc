#include "server/rpc/token_inspector.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "core/base/reason.h"
#include "core/base/status_macros.h"
#include "server/rpc/convert.h"
#include "server/rpc/foreign_tokens.h"

namespace latchkey {
namespace {

constexpr absl::string_view kApiKeyPrefix = "lk_";
constexpr size_t kMaxToken = 16 * 1024;

bool AudienceFits(
    const std::vector<std::string>& token_audience,
    const google::protobuf::RepeatedPtrField<std::string>& wanted) {
  if (wanted.empty()) return true;
  return std::any_of(wanted.begin(), wanted.end(), [&](const std::string& w) {
    return std::find(token_audience.begin(), token_audience.end(), w) !=
           token_audience.end();
  });
}

void FillForeign(const App& app, const ForeignToken& from, v1::Principal* out) {
  const DirectPrincipal& principal = from.principal;
  out->set_app(app.id.value());
  out->set_provider(from.provider.value());
  out->set_subject(principal.subject);
  for (const std::string& value : principal.audience) out->add_audience(value);
  if (principal.issued_at) {
    ToProto(*principal.issued_at, out->mutable_issued_at());
  }
  if (principal.expires_at) {
    ToProto(*principal.expires_at, out->mutable_expires_at());
  }
  ToProto(principal.user_data_json, out->mutable_data());
  out->set_token_kind(v1::TOKEN_KIND_FOREIGN_JWT);
}

// TakeForeign leaves *out half done when the token is good.
absl::Status TakeForeign(const App& app,
                         const TokenInspector::Question& question,
                         const absl::StatusOr<ForeignToken>& foreign,
                         v1::VerifyResponse* out) {
  RETURN_IF_ERROR(foreign.status());
  if (!AudienceFits(foreign->principal.audience, *question.audience)) {
    return Error(Reason::kTokenAudienceMismatch, "not a wanted audience");
  }
  FillForeign(app, *foreign, out->mutable_principal());
  return absl::OkStatus();
}

bool LooksLikeApiKey(absl::string_view token) {
  return absl::StartsWith(token, kApiKeyPrefix);
}

// A foreign token that was found good, of a user not looked for yet.
bool IsHalfDone(const v1::VerifyResponse& out) {
  return !out.active() && out.has_principal();
}

// Trouble of ours or an issuer's says nothing about the token.
bool IsVerdict(Reason reason) {
  switch (GetReasonInfo(reason).code) {
    case absl::StatusCode::kUnauthenticated:
    case absl::StatusCode::kFailedPrecondition:
      return true;
    default:
      return false;
  }
}

}  // namespace

TokenInspector::TokenInspector(Deps deps) : deps_(deps) {}

absl::Status TokenInspector::Answer(absl::Status status,
                                    v1::VerifyResponse* out) const {
  if (status.ok()) {
    out->set_active(true);
  } else {
    out->clear_principal();
    const Reason reason = GetReason(status);
    if (!IsVerdict(reason)) return status;
    out->set_reason(static_cast<v1::Reason>(reason));
  }
  deps_.metrics->CountVerify(out->active());
  return absl::OkStatus();
}

absl::Status TokenInspector::VerifyOwn(const Question& question,
                                       v1::VerifyResponse* out) const {
  // One per thread, so that its buffers are reused from call to call.
  thread_local Principal principal;
  RETURN_IF_ERROR(deps_.access_tokens->Verify(
      question.token, {}, deps_.clock->TimeNow(), &principal));
  if (!question.app.empty() && principal.app != question.app) {
    return Error(Reason::kTokenAudienceMismatch, "token of another app");
  }
  if (!AudienceFits(principal.audience, *question.audience)) {
    return Error(Reason::kTokenAudienceMismatch, "not a wanted audience");
  }
  ToProto(principal, out->mutable_principal());
  return absl::OkStatus();
}

std::optional<absl::Status> TokenInspector::TryInspect(
    const Question& question, const RpcContext& context,
    v1::VerifyResponse* out) const {
  if (question.token.size() > kMaxToken) {
    return Answer(Error(Reason::kTokenTooLarge, "over 16 KiB"), out);
  }
  absl::Status own = VerifyOwn(question, out);
  const bool maybe_other =
      !own.ok() && (!question.app.empty() || LooksLikeApiKey(question.token));
  if (!maybe_other || deps_.access_tokens->LooksOwn(question.token)) {
    return Answer(std::move(own), out);
  }
  if (LooksLikeApiKey(question.token) && TakesApiKeys(question.app)) {
    return std::nullopt;  // asks the store
  }
  const std::shared_ptr<const App> app = FindApp(question.app);
  if (app == nullptr || app->direct_custom_jwt.empty()) {
    return Answer(std::move(own), out);
  }
  auto foreign = VerifyForeign(*app, question.token, context.call, nullptr);
  if (!foreign.has_value()) return std::nullopt;
  absl::Status taken = TakeForeign(*app, question, *foreign, out);
  if (!taken.ok()) return Answer(std::move(taken), out);
  return std::nullopt;  // asks the store for the user
}

absl::Status TokenInspector::Inspect(const Question& question,
                                     const RpcContext& context,
                                     v1::VerifyResponse* out) const {
  if (!IsHalfDone(*out)) {
    std::optional<absl::Status> now = TryInspect(question, context, out);
    if (now.has_value()) return *std::move(now);
  }
  if (IsHalfDone(*out)) return Answer(FindForeignUser(out), out);
  if (LooksLikeApiKey(question.token) && TakesApiKeys(question.app)) {
    return Answer(FindApiKeyOwner(question, out->mutable_principal()), out);
  }
  const std::shared_ptr<const App> app = FindApp(question.app);
  if (app == nullptr) {
    return Answer(Error(Reason::kTokenKeyUnknown, "app went away"), out);
  }
  auto foreign = VerifyForeign(*app, question.token, context.call, deps_.clock);
  absl::Status taken = TakeForeign(*app, question, *foreign, out);
  if (taken.ok()) taken = FindForeignUser(out);
  return Answer(std::move(taken), out);
}

Lane TokenInspector::LaneFor(absl::string_view token,
                             const v1::VerifyResponse& out) {
  return IsHalfDone(out) || LooksLikeApiKey(token) ? Lane::kStore
                                                   : Lane::kRemote;
}

std::shared_ptr<const App> TokenInspector::FindApp(absl::string_view id) const {
  return deps_.apps->Share()->Find(AppId(id));
}

absl::Status TokenInspector::FindForeignUser(v1::VerifyResponse* out) const {
  v1::Principal* const principal = out->mutable_principal();
  const absl::StatusOr<UserRecord> user = deps_.store->users()->FindByIdentity(
      AppId(principal->app()), ProviderName(principal->provider()),
      principal->subject());
  // A subject that never logged in.
  if (GetReason(user.status()) == Reason::kUserNotFound) {
    return absl::OkStatus();
  }
  RETURN_IF_ERROR(user.status());
  if (user->disabled) return Error(Reason::kUserDisabled, "foreign token");
  principal->set_user_id(user->id.value());
  return absl::OkStatus();
}

bool TokenInspector::TakesApiKeys(absl::string_view id) const {
  if (!id.empty()) {
    const std::shared_ptr<const App> app = FindApp(id);
    return app != nullptr && app->direct_api_keys;
  }
  const std::shared_ptr<const AppTable> table = deps_.apps->Share();
  return std::any_of(table->apps().begin(), table->apps().end(),
                     [](const auto& app) { return app->direct_api_keys; });
}

absl::StatusOr<AppId> TokenInspector::AppOfApiKey(
    const Question& question) const {
  if (!question.app.empty()) return AppId(question.app);
  const absl::Status rejected =
      Error(Reason::kCredentialRejected, "api key of no app that takes it");
  const std::optional<ApiKeyParts> parts = ParseApiKey(question.token);
  if (!parts.has_value()) return rejected;
  const absl::StatusOr<ApiKeyRecord> key =
      deps_.store->api_keys()->Find(parts->id);
  if (GetReason(key.status()) == Reason::kResourceNotFound) return rejected;
  RETURN_IF_ERROR(key.status());
  if (!TakesApiKeys(key->app.value())) return rejected;
  return key->app;
}

absl::Status TokenInspector::FindApiKeyOwner(const Question& question,
                                             v1::Principal* out) const {
  ASSIGN_OR_RETURN(const AppId app, AppOfApiKey(question));
  ASSIGN_OR_RETURN(const ApiKeyRecord key,
                   deps_.api_keys->Check(app, Secret(question.token)));
  if (!AudienceFits({app.value()}, *question.audience)) {
    return Error(Reason::kTokenAudienceMismatch, "api key of another audience");
  }
  const absl::StatusOr<UserRecord> user =
      deps_.store->users()->Find(app, key.user);
  if (GetReason(user.status()) == Reason::kUserNotFound) {
    return Error(Reason::kCredentialRejected, "api key without an owner");
  }
  RETURN_IF_ERROR(user.status());
  if (user->disabled) return Error(Reason::kUserDisabled, "owner of the key");
  out->set_user_id(user->id.value());
  out->set_app(app.value());
  out->set_provider(ProviderKindName(ProviderKind::kApiKey));
  out->set_subject(key.id.value());
  ToProto(user->data_json, out->mutable_data());
  out->set_token_kind(key.server ? v1::TOKEN_KIND_SERVER_API_KEY
                                 : v1::TOKEN_KIND_USER_API_KEY);
  return absl::OkStatus();
}

}  // namespace latchkey
