// OutboundCredentialService: tokens for other services.
#ifndef LATCHKEY_SERVER_RPC_OUTBOUND_SERVICE_H_
#define LATCHKEY_SERVER_RPC_OUTBOUND_SERVICE_H_

#include <optional>

#include "absl/status/status.h"
#include "core/outbound/outbound_credentials.h"
#include "latchkey/v1/outbound_credential_service.pb.h"
#include "server/rpc/caller.h"
#include "server/rpc/method_table.h"

namespace latchkey {

// OutboundService: thread-safe. Every call is admitted by AdminGuard first, and
// each credential has its own list of callers besides.
class OutboundService final {
 public:
  struct Deps {  // borrowed
    OutboundCredentials* credentials;
    const AdminGuard* guard;
    AuditSink* audit;
  };
  explicit OutboundService(Deps deps) : deps_(deps) {}

  // Register adds a row per RPC; this object outlives the table's use.
  void Register(MethodTable* table);

 private:
  using FetchRequest = v1::FetchAccessTokenRequest;
  using FetchResponse = v1::FetchAccessTokenResponse;

  // From memory; nullopt when there is nothing to be had without waiting.
  std::optional<absl::Status> TryFetch(const FetchRequest& request,
                                       const RpcContext& context,
                                       FetchResponse* response);
  void StartFetch(const FetchRequest& request, const RpcContext& context,
                  FetchResponse* response, Method::Done done);
  // A credential that is not for its caller leaves an audit event.
  void AuditRefusal(const absl::Status& status, const std::string& name,
                    const CallContext& call);
  absl::Status List(const v1::ListOutboundCredentialsRequest& request,
                    const RpcContext& context,
                    v1::ListOutboundCredentialsResponse* response);

  const Deps deps_;
};

}  // namespace latchkey

#endif  // LATCHKEY_SERVER_RPC_OUTBOUND_SERVICE_H_
