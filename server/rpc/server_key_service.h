// ServerKeyService: the calls of UserAdminService for server API keys.
#ifndef LATCHKEY_SERVER_RPC_SERVER_KEY_SERVICE_H_
#define LATCHKEY_SERVER_RPC_SERVER_KEY_SERVICE_H_

#include <string>

#include "absl/status/status.h"
#include "core/app/app.h"
#include "core/base/snapshot.h"
#include "core/login/account_service.h"
#include "core/login/api_key_manager.h"
#include "core/provider/api_key_service.h"
#include "latchkey/v1/user_admin_service.pb.h"
#include "server/rpc/admin_call.h"
#include "server/rpc/caller.h"
#include "server/rpc/method_table.h"

namespace latchkey {

// ServerKeyService: thread-safe. Every call is admitted by AdminGuard first.
class ServerKeyService final {
 public:
  struct Deps {  // borrowed
    const Snapshot<AppTable>* apps;
    AccountService* accounts;
    ApiKeyService* api_keys;
    ApiKeyManager* key_manager;
    const AdminGuard* guard;
  };
  explicit ServerKeyService(Deps deps);

  // Register adds a row per RPC; this object outlives the table's use.
  void Register(MethodTable* table);

 private:
  absl::Status Create(const v1::CreateServerApiKeyRequest& request,
                      const RpcContext& context,
                      v1::CreateServerApiKeyResponse* response);
  absl::Status List(const v1::ListServerApiKeysRequest& request,
                    const RpcContext& context,
                    v1::ListServerApiKeysResponse* response);
  absl::Status Get(const v1::GetServerApiKeyRequest& request,
                   const RpcContext& context,
                   v1::GetServerApiKeyResponse* response);
  absl::Status Enable(const v1::EnableServerApiKeyRequest& request,
                      const RpcContext& context,
                      v1::EnableServerApiKeyResponse* response);
  absl::Status Disable(const v1::DisableServerApiKeyRequest& request,
                       const RpcContext& context,
                       v1::DisableServerApiKeyResponse* response);
  absl::Status Delete(const v1::DeleteServerApiKeyRequest& request,
                      const RpcContext& context,
                      v1::DeleteServerApiKeyResponse* response);

  // Enable and Disable differ in their types alone.
  template <typename Request>
  absl::Status SetDisabled(const Request& request, bool disabled,
                           const RpcContext& context, v1::ApiKey* out);

  const Deps deps_;
  const AdminGate gate_;
};

}  // namespace latchkey

#endif  // LATCHKEY_SERVER_RPC_SERVER_KEY_SERVICE_H_
