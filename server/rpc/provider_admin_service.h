// ProviderAdminService: what is configured, and how the key sources do.
#ifndef LATCHKEY_SERVER_RPC_PROVIDER_ADMIN_SERVICE_H_
#define LATCHKEY_SERVER_RPC_PROVIDER_ADMIN_SERVICE_H_

#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/app/app.h"
#include "core/audit/audit.h"
#include "core/base/clock.h"
#include "core/base/snapshot.h"
#include "core/jwks/jwks_cache.h"
#include "latchkey/v1/provider_admin_service.pb.h"
#include "server/rpc/caller.h"
#include "server/rpc/method_table.h"

namespace latchkey {

// ProviderAdminService: thread-safe.
class ProviderAdminService final {
 public:
  struct Deps {  // borrowed
    const Snapshot<AppTable>* apps;
    JwksCache* jwks;
    const AdminGuard* guard;
    AuditSink* audit;
    Clock* clock;
  };
  explicit ProviderAdminService(Deps deps);

  // Register adds a row per RPC; this object outlives the table's use.
  void Register(MethodTable* table);

 private:
  absl::Status ListApps(const v1::ListAppsRequest& request,
                        const RpcContext& context,
                        v1::ListAppsResponse* response);
  absl::Status GetApp(const v1::GetAppRequest& request,
                      const RpcContext& context, v1::GetAppResponse* response);
  absl::Status ListKeys(const v1::ListIdentityProviderKeysRequest& request,
                        const RpcContext& context,
                        v1::ListIdentityProviderKeysResponse* response);
  absl::Status RefreshKeys(
      const v1::RefreshIdentityProviderKeysRequest& request,
      const RpcContext& context,
      v1::RefreshIdentityProviderKeysResponse* response);
  absl::Status GetStatus(const v1::GetProviderStatusRequest& request,
                         const RpcContext& context,
                         v1::GetProviderStatusResponse* response);
  // SourcesOf gives the sources that match both (empty: all), sorted;
  // RESOURCE_NOT_FOUND for an unknown app or issuer.
  absl::StatusOr<std::vector<KeySourceStatus>> SourcesOf(
      const std::string& app, const std::string& issuer) const;

  const Deps deps_;
};

}  // namespace latchkey

#endif  // LATCHKEY_SERVER_RPC_PROVIDER_ADMIN_SERVICE_H_
