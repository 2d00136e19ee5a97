#include "server/rpc/server_key_service.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/reason.h"
#include "core/base/status_macros.h"
#include "server/rpc/convert.h"
#include "server/rpc/field_checks.h"

namespace latchkey {
namespace {

constexpr char kService[] = "/latchkey.v1.UserAdminService/";

// The app as the owner of its server keys.
ApiKeyManager::Owner OwnerOf(const App& app) {
  ApiKeyManager::Owner owner;
  owner.app = app.id;
  return owner;
}

}  // namespace

ServerKeyService::ServerKeyService(Deps deps)
    : deps_(deps), gate_(deps.guard, deps.apps) {}

void ServerKeyService::Register(MethodTable* table) {
  const auto add = [&](const char* name, auto member) {
    table->AddMember(absl::StrCat(kService, name),
                     {.group = ServiceGroup::kAdmin}, this, member);
  };
  add("CreateServerApiKey", &ServerKeyService::Create);
  add("ListServerApiKeys", &ServerKeyService::List);
  add("GetServerApiKey", &ServerKeyService::Get);
  add("EnableServerApiKey", &ServerKeyService::Enable);
  add("DisableServerApiKey", &ServerKeyService::Disable);
  add("DeleteServerApiKey", &ServerKeyService::Delete);
}

absl::Status ServerKeyService::Create(
    const v1::CreateServerApiKeyRequest& request, const RpcContext& context,
    v1::CreateServerApiKeyResponse* response) {
  ASSIGN_OR_RETURN(const AdminCall admin, gate_.Admit(request.app(), context));
  RETURN_IF_ERROR(
      admin.app->registry.Find(ProviderKind::kApiKey, ProviderName()).status());
  ASSIGN_OR_RETURN(const CreatedApiKey created,
                   deps_.key_manager->Create(OwnerOf(*admin.app),
                                             request.name(), admin.call));
  ToProto(created.record, response->mutable_api_key());
  response->set_key(std::string(created.key.RevealSecret()));
  ASSIGN_OR_RETURN(const UserRecord user,
                   deps_.accounts->Get(admin.app->id, created.record.user));
  ToProto(user, response->mutable_user());
  return absl::OkStatus();
}

absl::Status ServerKeyService::List(const v1::ListServerApiKeysRequest& request,
                                    const RpcContext& context,
                                    v1::ListServerApiKeysResponse* response) {
  ASSIGN_OR_RETURN(const AdminCall admin, gate_.Admit(request.app(), context));
  ASSIGN_OR_RETURN(const std::vector<ApiKeyRecord> keys,
                   deps_.api_keys->List(admin.app->id, UserId()));
  for (const ApiKeyRecord& key : keys) ToProto(key, response->add_api_keys());
  return absl::OkStatus();
}

absl::Status ServerKeyService::Get(const v1::GetServerApiKeyRequest& request,
                                   const RpcContext& context,
                                   v1::GetServerApiKeyResponse* response) {
  ASSIGN_OR_RETURN(const AdminCall admin, gate_.Admit(request.app(), context));
  RETURN_IF_ERROR(FieldChecks().ObjectId("id", request.id()).status());
  ASSIGN_OR_RETURN(
      const ApiKeyRecord key,
      deps_.api_keys->Get(admin.app->id, UserId(), ApiKeyId(request.id())));
  ToProto(key, response->mutable_api_key());
  return absl::OkStatus();
}

template <typename Request>
absl::Status ServerKeyService::SetDisabled(const Request& request,
                                           bool disabled,
                                           const RpcContext& context,
                                           v1::ApiKey* out) {
  ASSIGN_OR_RETURN(const AdminCall admin, gate_.Admit(request.app(), context));
  RETURN_IF_ERROR(FieldChecks().ObjectId("id", request.id()).status());
  ASSIGN_OR_RETURN(
      const ApiKeyRecord key,
      deps_.key_manager->SetDisabled(
          OwnerOf(*admin.app), ApiKeyId(request.id()), disabled, admin.call));
  ToProto(key, out);
  return absl::OkStatus();
}

absl::Status ServerKeyService::Enable(
    const v1::EnableServerApiKeyRequest& request, const RpcContext& context,
    v1::EnableServerApiKeyResponse* response) {
  return SetDisabled(request, false, context, response->mutable_api_key());
}

absl::Status ServerKeyService::Disable(
    const v1::DisableServerApiKeyRequest& request, const RpcContext& context,
    v1::DisableServerApiKeyResponse* response) {
  return SetDisabled(request, true, context, response->mutable_api_key());
}

absl::Status ServerKeyService::Delete(
    const v1::DeleteServerApiKeyRequest& request, const RpcContext& context,
    v1::DeleteServerApiKeyResponse* /*response*/) {
  ASSIGN_OR_RETURN(const AdminCall admin, gate_.Admit(request.app(), context));
  RETURN_IF_ERROR(FieldChecks().ObjectId("id", request.id()).status());
  return deps_.key_manager->Delete(OwnerOf(*admin.app), ApiKeyId(request.id()),
                                   admin.call);
}

}  // namespace latchkey
