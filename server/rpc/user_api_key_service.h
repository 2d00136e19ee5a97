// UserApiKeyService: the caller's own API keys.
#ifndef LATCHKEY_SERVER_RPC_USER_API_KEY_SERVICE_H_
#define LATCHKEY_SERVER_RPC_USER_API_KEY_SERVICE_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/app/app.h"
#include "core/base/snapshot.h"
#include "core/provider/api_key_service.h"
#include "core/session/session_service.h"
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
    SessionService* sessions;
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
  // Owner is the caller, when it may have keys.
  struct Owner {
    AppId app;
    UserId id;
    ProviderName provider;    // the app's api_key provider
    bool by_api_key = false;  // how the caller's session began
  };
  absl::StatusOr<Owner> FindOwner(const RpcContext& context) const;
  absl::Status SetDisabled(const Owner& owner, const ApiKeyId& id,
                           bool disabled, v1::ApiKey* out);
  // EndSessions ends those that the key began.
  absl::Status EndSessions(const Owner& owner, const ApiKeyId& id);

  const Deps deps_;
};

}  // namespace latchkey

#endif  // LATCHKEY_SERVER_RPC_USER_API_KEY_SERVICE_H_
