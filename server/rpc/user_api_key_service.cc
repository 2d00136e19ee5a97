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

absl::StatusOr<UserRecord> UserApiKeyService::Owner(
    const RpcContext& context) const {
  ASSIGN_OR_RETURN(const Principal caller,
                   deps_.callers->Authenticate(context));
  const AppId app_id(caller.app);
  const std::shared_ptr<const App> app = deps_.apps->Share()->Find(app_id);
  if (app == nullptr) return Error(Reason::kProviderNotEnabled, "app is gone");
  RETURN_IF_ERROR(
      app->registry.Find(ProviderKind::kApiKey, ProviderName()).status());
  ASSIGN_OR_RETURN(UserRecord user,
                   deps_.store->users()->Find(app_id, UserId(caller.user_id)));
  if (user.disabled) return Error(Reason::kUserDisabled, "api keys");
  if (OnlyAnonymous(user)) {
    return Error(Reason::kCallerNotAllowed, "anonymous users have no keys");
  }
  return user;
}

absl::Status UserApiKeyService::Create(const v1::CreateApiKeyRequest& request,
                                       const RpcContext& context,
                                       v1::CreateApiKeyResponse* response) {
  ASSIGN_OR_RETURN(const UserRecord owner, Owner(context));
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
  ASSIGN_OR_RETURN(const UserRecord owner, Owner(context));
  ASSIGN_OR_RETURN(const std::vector<ApiKeyRecord> keys,
                   deps_.api_keys->List(owner.app, owner.id));
  for (const ApiKeyRecord& key : keys) ToProto(key, response->add_api_keys());
  return absl::OkStatus();
}

absl::Status UserApiKeyService::Get(const v1::GetApiKeyRequest& request,
                                    const RpcContext& context,
                                    v1::GetApiKeyResponse* response) {
  RETURN_IF_ERROR(FieldChecks().ObjectId("id", request.id()).status());
  ASSIGN_OR_RETURN(const UserRecord owner, Owner(context));
  ASSIGN_OR_RETURN(
      const ApiKeyRecord key,
      deps_.api_keys->Get(owner.app, owner.id, ApiKeyId(request.id())));
  ToProto(key, response->mutable_api_key());
  return absl::OkStatus();
}

absl::Status UserApiKeyService::SetDisabled(const RpcContext& context,
                                            const std::string& id,
                                            bool disabled, v1::ApiKey* out) {
  RETURN_IF_ERROR(FieldChecks().ObjectId("id", id).status());
  ASSIGN_OR_RETURN(const UserRecord owner, Owner(context));
  RETURN_IF_ERROR(
      deps_.api_keys->SetDisabled(owner.app, owner.id, ApiKeyId(id), disabled));
  ASSIGN_OR_RETURN(const ApiKeyRecord key,
                   deps_.api_keys->Get(owner.app, owner.id, ApiKeyId(id)));
  ToProto(key, out);
  return absl::OkStatus();
}

absl::Status UserApiKeyService::Enable(const v1::EnableApiKeyRequest& request,
                                       const RpcContext& context,
                                       v1::EnableApiKeyResponse* response) {
  return SetDisabled(context, request.id(), false, response->mutable_api_key());
}

absl::Status UserApiKeyService::Disable(const v1::DisableApiKeyRequest& request,
                                        const RpcContext& context,
                                        v1::DisableApiKeyResponse* response) {
  return SetDisabled(context, request.id(), true, response->mutable_api_key());
}

absl::Status UserApiKeyService::Delete(const v1::DeleteApiKeyRequest& request,
                                       const RpcContext& context,
                                       v1::DeleteApiKeyResponse* /*response*/) {
  RETURN_IF_ERROR(FieldChecks().ObjectId("id", request.id()).status());
  ASSIGN_OR_RETURN(const UserRecord owner, Owner(context));
  return deps_.api_keys->Delete(owner.app, owner.id, ApiKeyId(request.id()));
}

}  // namespace latchkey
