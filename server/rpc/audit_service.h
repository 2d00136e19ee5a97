// AuditService: what happened to accounts, read from the event trail.
#ifndef LATCHKEY_SERVER_RPC_AUDIT_SERVICE_H_
#define LATCHKEY_SERVER_RPC_AUDIT_SERVICE_H_

#include <memory>

#include "absl/status/status.h"
#include "core/events/event_log.h"
#include "core/store/event_store.h"
#include "latchkey/v1/audit_service.pb.h"
#include "server/rpc/caller.h"
#include "server/rpc/event_watches.h"
#include "server/rpc/method_table.h"
#include "server/rpc/rpc_stream.h"

namespace latchkey {

// AuditService: thread-safe.
class AuditService final {
 public:
  struct Deps {  // borrowed
    EventStore* events;
    const EventLog* log;
    EventWatches* watches;
    const AdminGuard* guard;
  };
  explicit AuditService(Deps deps);

  // Register adds a row per RPC; this object outlives the table's use.
  void Register(MethodTable* table);

 private:
  absl::Status ListEvents(const v1::ListEventsRequest& request,
                          const RpcContext& context,
                          v1::ListEventsResponse* response);
  void WatchEvents(const v1::WatchEventsRequest& request,
                   const RpcContext& context,
                   const std::shared_ptr<RpcStream>& stream);
  // TryWatch hands the stream to the watches when it returns OK.
  absl::Status TryWatch(const v1::WatchEventsRequest& request,
                        const RpcContext& context,
                        const std::shared_ptr<RpcStream>& stream);

  const Deps deps_;
};

}  // namespace latchkey

#endif  // LATCHKEY_SERVER_RPC_AUDIT_SERVICE_H_
