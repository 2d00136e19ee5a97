#include "server/rpc/token_inspector.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "core/base/reason.h"
#include "core/base/status_macros.h"
#include "server/rpc/convert.h"

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

void FillForeign(const App& app, const Provider& provider,
                 const DirectPrincipal& from, v1::Principal* out) {
  out->set_app(app.id.value());
  out->set_provider(provider.name().value());
  out->set_subject(from.subject);
  for (const std::string& value : from.audience) out->add_audience(value);
  if (from.issued_at) ToProto(*from.issued_at, out->mutable_issued_at());
  if (from.expires_at) ToProto(*from.expires_at, out->mutable_expires_at());
  ToProto(from.user_data_json, out->mutable_data());
  out->set_token_kind(v1::TOKEN_KIND_FOREIGN_JWT);
}

}  // namespace

TokenInspector::TokenInspector(Deps deps) : deps_(deps) {}

void TokenInspector::Answer(const absl::Status& status,
                            v1::VerifyResponse* out) const {
  deps_.metrics->CountVerify(status.ok());
  if (status.ok()) {
    out->set_active(true);
    return;
  }
  out->clear_principal();
  out->set_reason(static_cast<v1::Reason>(GetReason(status)));
}

bool TokenInspector::InspectNow(const Question& question,
                                const RpcContext& context,
                                v1::VerifyResponse* out) const {
  // One per thread, so that its buffers are reused from call to call.
  thread_local Principal principal;
  if (question.token.size() > kMaxToken) {
    Answer(Error(Reason::kTokenTooLarge, "over 16 KiB"), out);
    return true;
  }
  absl::Status status = deps_.access_tokens->Verify(
      question.token, {}, deps_.clock->TimeNow(), &principal);
  if (status.ok() && !question.app.empty() && principal.app != question.app) {
    status = Error(Reason::kTokenAudienceMismatch, "token of another app");
  }
  if (status.ok() && !AudienceFits(principal.audience, *question.audience)) {
    status = Error(Reason::kTokenAudienceMismatch, "not a wanted audience");
  }
  if (status.ok()) {
    ToProto(principal, out->mutable_principal());
    Answer(status, out);
    return true;
  }
  const bool maybe_foreign =
      !question.app.empty() && !deps_.access_tokens->LooksOwn(question.token);
  if (!maybe_foreign) {
    Answer(status, out);
    return true;
  }
  const std::shared_ptr<const App> app =
      deps_.apps->Share()->Find(AppId(question.app));
  if (app == nullptr ||
      (!app->direct_api_keys && app->direct_custom_jwt.empty())) {
    Answer(status, out);
    return true;
  }
  if (app->direct_api_keys && absl::StartsWith(question.token, kApiKeyPrefix)) {
    return false;  // asks the store
  }
  const std::optional<absl::Status> foreign = InspectForeign(
      *app, question, context, /*may_wait=*/false, out->mutable_principal());
  if (!foreign.has_value()) {
    out->clear_principal();
    return false;
  }
  Answer(*foreign, out);
  return true;
}

void TokenInspector::Inspect(const Question& question,
                             const RpcContext& context,
                             v1::VerifyResponse* out) const {
  if (InspectNow(question, context, out)) return;
  const std::shared_ptr<const App> app =
      deps_.apps->Share()->Find(AppId(question.app));
  if (app == nullptr) {
    Answer(Error(Reason::kTokenKeyUnknown, "app went away"), out);
    return;
  }
  if (app->direct_api_keys && InspectApiKey(*app, question, out)) return;
  const std::optional<absl::Status> foreign = InspectForeign(
      *app, question, context, /*may_wait=*/true, out->mutable_principal());
  Answer(foreign.value_or(Error(Reason::kIssuerUnavailable, "no answer")), out);
}

bool TokenInspector::InspectApiKey(const App& app, const Question& question,
                                   v1::VerifyResponse* out) const {
  if (!absl::StartsWith(question.token, kApiKeyPrefix)) return false;
  Answer(FindApiKeyOwner(app, question.token, out->mutable_principal()), out);
  return true;
}

absl::Status TokenInspector::FindApiKeyOwner(const App& app,
                                             absl::string_view token,
                                             v1::Principal* out) const {
  ASSIGN_OR_RETURN(const ApiKeyRecord key,
                   deps_.api_keys->Check(app.id, Secret(token)));
  ASSIGN_OR_RETURN(const UserRecord user,
                   deps_.store->users()->Find(app.id, key.user));
  if (user.disabled) return Error(Reason::kUserDisabled, "owner of the key");
  out->set_user_id(user.id.value());
  out->set_app(app.id.value());
  out->set_provider(ProviderKindName(ProviderKind::kApiKey));
  out->set_subject(key.id.value());
  ToProto(user.data_json, out->mutable_data());
  out->set_token_kind(key.server ? v1::TOKEN_KIND_SERVER_API_KEY
                                 : v1::TOKEN_KIND_USER_API_KEY);
  return absl::OkStatus();
}

std::optional<absl::Status> TokenInspector::InspectForeign(
    const App& app, const Question& question, const RpcContext& context,
    bool may_wait, v1::Principal* out) const {
  // The first provider that knows the token's key decides; the reason of the
  // last one that did not is the answer when none does.
  absl::Status status = Error(Reason::kTokenKeyUnknown, "no provider");
  for (const ProviderName& name : app.direct_custom_jwt) {
    const absl::StatusOr<Provider*> provider =
        app.registry.Find(ProviderKind::kCustomJwt, name);
    if (!provider.ok()) continue;
    DirectVerifier* verifier = (*provider)->direct_verifier();
    if (verifier == nullptr) continue;
    std::optional<absl::StatusOr<DirectPrincipal>> verified =
        verifier->VerifyDirectly(question.token, context.call, may_wait);
    if (!verified.has_value()) return std::nullopt;
    status = verified->status();
    if (status.ok()) {
      if (!AudienceFits((*verified)->audience, *question.audience)) {
        return Error(Reason::kTokenAudienceMismatch, "not a wanted audience");
      }
      FillForeign(app, **provider, **verified, out);
      return status;
    }
  }
  return status;
}

}  // namespace latchkey
