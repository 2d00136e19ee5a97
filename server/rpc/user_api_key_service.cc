#include "server/rpc/user_api_key_service.h"

#include <algorithm>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "core/base/reason.h"
#include "core/base/status_macros.h"
#include "core/login/session_origin.h"
#include "server/rpc/convert.h"
#include "server/rpc/field_checks.h"

namespace latchkey {
namespace {

constexpr char kService[] = "/latchkey.v1.UserApiKeyService/";

bool OnlyAnonymous(const UserRecord& user) {
  return std::all_of(user.identities.begin(), user.identities.end(),
                     [](const IdentityRecord& identity) {
                       return identity.kind == ProviderKind::kAnonymous;
                     });
}

}  // namespace

UserApiKeyService::UserApiKeyService(Deps deps) : deps_(deps) {}

void UserApiKeyService::Register(MethodTable* table) {
  const auto add = [&](const char* name, auto member) {
    table->AddMember(absl::StrCat(kService, name), MethodTable::RowOptions(),
                     this, member);
  };
  add("CreateApiKey", &UserApiKeyService::Create);
  add("ListApiKeys", &UserApiKeyService::List);
  add("GetApiKey", &UserApiKeyService::Get);
  add("EnableApiKey", &UserApiKeyService::Enable);
  add("DisableApiKey", &UserApiKeyService::Disable);
  add("DeleteApiKey", &UserApiKeyService::Delete);
}

absl::StatusOr<UserApiKeyService::Caller> UserApiKeyService::FindCaller(
    const RpcContext& context) const {
  ASSIGN_OR_RETURN(const Principal principal,
                   deps_.callers->Authenticate(context));
  Caller caller;
  ApiKeyManager::Owner& owner = caller.owner;
  owner.app = AppId(principal.app);
  owner.user = UserId(principal.user_id);
  const std::shared_ptr<const App> app = deps_.apps->Share()->Find(owner.app);
  if (app == nullptr) return Error(Reason::kProviderNotEnabled, "app is gone");
  RETURN_IF_ERROR(
      app->registry.Find(ProviderKind::kApiKey, ProviderName()).status());
  ASSIGN_OR_RETURN(caller.by_api_key,
                   BeganWithApiKey(principal, deps_.store->api_keys()));
  ASSIGN_OR_RETURN(const UserRecord user,
                   deps_.store->users()->Find(owner.app, owner.user));
  if (user.disabled) return Error(Reason::kUserDisabled, "api keys");
  if (OnlyAnonymous(user)) {
    return Error(Reason::kCallerNotAllowed, "anonymous users have no keys");
  }
  return caller;
}

// Else a key that leaked could outlive its own end: it would make a new key, or
// let one log in that was disabled because it leaked too.
absl::Status UserApiKeyService::CheckMayAdd(const Caller& caller) {
  if (!caller.by_api_key) return absl::OkStatus();
  return Error(Reason::kCallerNotAllowed, "session of an API key");
}

absl::Status UserApiKeyService::Create(const v1::CreateApiKeyRequest& request,
                                       const RpcContext& context,
                                       v1::CreateApiKeyResponse* response) {
  ASSIGN_OR_RETURN(const Caller caller, FindCaller(context));
  RETURN_IF_ERROR(CheckMayAdd(caller));
  ASSIGN_OR_RETURN(
      const CreatedApiKey created,
      deps_.key_manager->Create(caller.owner, request.name(), context.call));
  ToProto(created.record, response->mutable_api_key());
  response->set_key(std::string(created.key.RevealSecret()));
  return absl::OkStatus();
}

absl::Status UserApiKeyService::List(const v1::ListApiKeysRequest& /*request*/,
                                     const RpcContext& context,
                                     v1::ListApiKeysResponse* response) {
  ASSIGN_OR_RETURN(const Caller caller, FindCaller(context));
  ASSIGN_OR_RETURN(const std::vector<ApiKeyRecord> keys,
                   deps_.api_keys->List(caller.owner.app, caller.owner.user));
  for (const ApiKeyRecord& key : keys) ToProto(key, response->add_api_keys());
  return absl::OkStatus();
}

absl::Status UserApiKeyService::Get(const v1::GetApiKeyRequest& request,
                                    const RpcContext& context,
                                    v1::GetApiKeyResponse* response) {
  RETURN_IF_ERROR(FieldChecks().ObjectId("id", request.id()).status());
  ASSIGN_OR_RETURN(const Caller caller, FindCaller(context));
  ASSIGN_OR_RETURN(const ApiKeyRecord key,
                   deps_.api_keys->Get(caller.owner.app, caller.owner.user,
                                       ApiKeyId(request.id())));
  ToProto(key, response->mutable_api_key());
  return absl::OkStatus();
}

template <typename Request>
absl::Status UserApiKeyService::SetDisabled(const Request& request,
                                            bool disabled,
                                            const RpcContext& context,
                                            v1::ApiKey* out) {
  RETURN_IF_ERROR(FieldChecks().ObjectId("id", request.id()).status());
  ASSIGN_OR_RETURN(const Caller caller, FindCaller(context));
  if (!disabled) RETURN_IF_ERROR(CheckMayAdd(caller));
  ASSIGN_OR_RETURN(
      const ApiKeyRecord key,
      deps_.key_manager->SetDisabled(caller.owner, ApiKeyId(request.id()),
                                     disabled, context.call));
  ToProto(key, out);
  return absl::OkStatus();
}

absl::Status UserApiKeyService::Enable(const v1::EnableApiKeyRequest& request,
                                       const RpcContext& context,
                                       v1::EnableApiKeyResponse* response) {
  return SetDisabled(request, false, context, response->mutable_api_key());
}

absl::Status UserApiKeyService::Disable(const v1::DisableApiKeyRequest& request,
                                        const RpcContext& context,
                                        v1::DisableApiKeyResponse* response) {
  return SetDisabled(request, true, context, response->mutable_api_key());
}

absl::Status UserApiKeyService::Delete(const v1::DeleteApiKeyRequest& request,
                                       const RpcContext& context,
                                       v1::DeleteApiKeyResponse* /*response*/) {
  RETURN_IF_ERROR(FieldChecks().ObjectId("id", request.id()).status());
  ASSIGN_OR_RETURN(const Caller caller, FindCaller(context));
  return deps_.key_manager->Delete(caller.owner, ApiKeyId(request.id()),
                                   context.call);
}

}  // namespace latchkey
