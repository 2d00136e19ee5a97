#include "server/rpc/user_api_key_service.h"

#include <algorithm>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "core/base/reason.h"
#include "core/base/status_macros.h"
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

absl::StatusOr<UserApiKeyService::Owner> UserApiKeyService::FindOwner(
    const RpcContext& context) const {
  ASSIGN_OR_RETURN(const Principal caller,
                   deps_.callers->Authenticate(context));
  Owner owner;
  owner.app = AppId(caller.app);
  owner.id = UserId(caller.user_id);
  const std::shared_ptr<const App> app = deps_.apps->Share()->Find(owner.app);
  if (app == nullptr) return Error(Reason::kProviderNotEnabled, "app is gone");
  ASSIGN_OR_RETURN(const Provider* provider,
                   app->registry.Find(ProviderKind::kApiKey, ProviderName()));
  owner.provider = provider->name();
  owner.by_api_key = caller.provider == owner.provider.value();
  ASSIGN_OR_RETURN(const UserRecord user,
                   deps_.store->users()->Find(owner.app, owner.id));
  if (user.disabled) return Error(Reason::kUserDisabled, "api keys");
  if (OnlyAnonymous(user)) {
    return Error(Reason::kCallerNotAllowed, "anonymous users have no keys");
  }
  return owner;
}

absl::Status UserApiKeyService::Create(const v1::CreateApiKeyRequest& request,
                                       const RpcContext& context,
                                       v1::CreateApiKeyResponse* response) {
  ASSIGN_OR_RETURN(const Owner owner, FindOwner(context));
  // Else a key that leaked could outlive its own end.
  if (owner.by_api_key) {
    return Error(Reason::kCallerNotAllowed, "session of an API key");
  }
  ASSIGN_OR_RETURN(
      const CreatedApiKey created,
      deps_.api_keys->CreateUserKey(owner.app, owner.id, request.name()));
  ToProto(created.record, response->mutable_api_key());
  response->set_key(std::string(created.key.RevealSecret()));
  return absl::OkStatus();
}

absl::Status UserApiKeyService::List(const v1::ListApiKeysRequest& /*request*/,
                                     const RpcContext& context,
                                     v1::ListApiKeysResponse* response) {
  ASSIGN_OR_RETURN(const Owner owner, FindOwner(context));
  ASSIGN_OR_RETURN(const std::vector<ApiKeyRecord> keys,
                   deps_.api_keys->List(owner.app, owner.id));
  for (const ApiKeyRecord& key : keys) ToProto(key, response->add_api_keys());
  return absl::OkStatus();
}

absl::Status UserApiKeyService::Get(const v1::GetApiKeyRequest& request,
                                    const RpcContext& context,
                                    v1::GetApiKeyResponse* response) {
  RETURN_IF_ERROR(FieldChecks().ObjectId("id", request.id()).status());
  ASSIGN_OR_RETURN(const Owner owner, FindOwner(context));
  ASSIGN_OR_RETURN(
      const ApiKeyRecord key,
      deps_.api_keys->Get(owner.app, owner.id, ApiKeyId(request.id())));
  ToProto(key, response->mutable_api_key());
  return absl::OkStatus();
}

absl::Status UserApiKeyService::SetDisabled(const Owner& owner,
                                            const ApiKeyId& id, bool disabled,
                                            v1::ApiKey* out) {
  RETURN_IF_ERROR(
      deps_.api_keys->SetDisabled(owner.app, owner.id, id, disabled));
  ASSIGN_OR_RETURN(const ApiKeyRecord key,
                   deps_.api_keys->Get(owner.app, owner.id, id));
  ToProto(key, out);
  return absl::OkStatus();
}

absl::Status UserApiKeyService::EndSessions(const Owner& owner,
                                            const ApiKeyId& id) {
  return deps_.sessions
      ->RevokeOfIdentity(owner.app, owner.id, owner.provider, id.value(),
                         SessionId())
      .status();
}

absl::Status UserApiKeyService::Enable(const v1::EnableApiKeyRequest& request,
                                       const RpcContext& context,
                                       v1::EnableApiKeyResponse* response) {
  RETURN_IF_ERROR(FieldChecks().ObjectId("id", request.id()).status());
  ASSIGN_OR_RETURN(const Owner owner, FindOwner(context));
  return SetDisabled(owner, ApiKeyId(request.id()), false,
                     response->mutable_api_key());
}

absl::Status UserApiKeyService::Disable(const v1::DisableApiKeyRequest& request,
                                        const RpcContext& context,
                                        v1::DisableApiKeyResponse* response) {
  RETURN_IF_ERROR(FieldChecks().ObjectId("id", request.id()).status());
  ASSIGN_OR_RETURN(const Owner owner, FindOwner(context));
  const ApiKeyId id(request.id());
  RETURN_IF_ERROR(SetDisabled(owner, id, true, response->mutable_api_key()));
  return EndSessions(owner, id);
}

absl::Status UserApiKeyService::Delete(const v1::DeleteApiKeyRequest& request,
                                       const RpcContext& context,
                                       v1::DeleteApiKeyResponse* /*response*/) {
  RETURN_IF_ERROR(FieldChecks().ObjectId("id", request.id()).status());
  ASSIGN_OR_RETURN(const Owner owner, FindOwner(context));
  const ApiKeyId id(request.id());
  // The key goes last: should anything fail before, the call can be repeated.
  RETURN_IF_ERROR(deps_.api_keys->SetDisabled(owner.app, owner.id, id, true));
  RETURN_IF_ERROR(EndSessions(owner, id));
  RETURN_IF_ERROR(deps_.api_keys->Delete(owner.app, owner.id, id));
  // Once more for a login that came in between.
  return EndSessions(owner, id);
}

}  // namespace latchkey
