// UserApiKeyService: the caller's own API keys.
#ifndef LATCHKEY_SERVER_RPC_USER_API_KEY_SERVICE_H_
#define LATCHKEY_SERVER_RPC_USER_API_KEY_SERVICE_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/app/app.h"
#include "core/base/snapshot.h"
#include "core/login/api_key_manager.h"
#include "core/provider/api_key_service.h"
#include "core/store/store.h"
#include "latchkey/v1/user_api_key_service.pb.h"
#include "server/rpc/caller.h"
#include "server/rpc/method_table.h"

namespace latchkey {

// UserApiKeyService: thread-safe.
class UserApiKeyService final {
 public:
  struct Deps {  // borrowed
    const Snapshot<AppTable>* apps;
    ApiKeyService* api_keys;
    Store* store;
    const CallerAuthenticator* callers;
    ApiKeyManager* key_manager;
  };
  explicit UserApiKeyService(Deps deps);

  // Register adds a row per RPC; this object outlives the table's use.
  void Register(MethodTable* table);

 private:
  absl::Status Create(const v1::CreateApiKeyRequest& request,
                      const RpcContext& context,
                      v1::CreateApiKeyResponse* response);
  absl::Status List(const v1::ListApiKeysRequest& request,
                    const RpcContext& context,
                    v1::ListApiKeysResponse* response);
  absl::Status Get(const v1::GetApiKeyRequest& request,
                   const RpcContext& context, v1::GetApiKeyResponse* response);
  absl::Status Enable(const v1::EnableApiKeyRequest& request,
                      const RpcContext& context,
                      v1::EnableApiKeyResponse* response);
  absl::Status Disable(const v1::DisableApiKeyRequest& request,
                       const RpcContext& context,
                       v1::DisableApiKeyResponse* response);
  absl::Status Delete(const v1::DeleteApiKeyRequest& request,
                      const RpcContext& context,
                      v1::DeleteApiKeyResponse* response);
  // Caller is a user that may have keys.
  struct Caller {
    ApiKeyManager::Owner owner;
    bool by_api_key = false;  // how the caller's session began
  };
  absl::StatusOr<Caller> FindCaller(const RpcContext& context) const;
  // CheckMayAdd refuses callers who may not make a key good for logins.
  static absl::Status CheckMayAdd(const Caller& caller);
  // Enable and Disable differ in their types alone.
  template <typename Request>
  absl::Status SetDisabled(const Request& request, bool disabled,
                           const RpcContext& context, v1::ApiKey* out);

  const Deps deps_;
};

}  // namespace latchkey

#endif  // LATCHKEY_SERVER_RPC_USER_API_KEY_SERVICE_H_
