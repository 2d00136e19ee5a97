// AdminCall is a call of an administrator about one app.
#ifndef LATCHKEY_SERVER_RPC_ADMIN_CALL_H_
#define LATCHKEY_SERVER_RPC_ADMIN_CALL_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "core/app/app.h"
#include "core/base/call_context.h"
#include "core/base/snapshot.h"
#include "server/rpc/caller.h"
#include "server/rpc/rpc_context.h"

namespace latchkey {

struct AdminCall {
  CallContext call;  // names the administrator
  std::shared_ptr<const App> app;
};

// AdminGate admits administrators to apps. Thread-safe; borrows its parts.
class AdminGate final {
 public:
  AdminGate(const AdminGuard* guard, const Snapshot<AppTable>* apps)
      : guard_(guard), apps_(apps) {}

  // Admit checks the caller, then that the app is known. CALLER_NOT_ALLOWED,
  // INVALID_REQUEST (`app`), RESOURCE_NOT_FOUND.
  absl::StatusOr<AdminCall> Admit(const std::string& app,
                                  const RpcContext& context) const;

 private:
  const AdminGuard* const guard_;
  const Snapshot<AppTable>* const apps_;
};

}  // namespace latchkey

#endif  // LATCHKEY_SERVER_RPC_ADMIN_CALL_H_
