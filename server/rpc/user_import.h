// UserTransferService: the calls of UserAdminService that move users in and
// out.
#ifndef LATCHKEY_SERVER_RPC_USER_IMPORT_H_
#define LATCHKEY_SERVER_RPC_USER_IMPORT_H_

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/app/app.h"
#include "core/audit/audit.h"
#include "core/base/clock.h"
#include "core/base/snapshot.h"
#include "core/provider/password_service.h"
#include "core/store/store.h"
#include "latchkey/v1/user_admin_service.pb.h"
#include "server/rpc/admin_call.h"
#include "server/rpc/caller.h"
#include "server/rpc/method_table.h"
#include "server/rpc/paging.h"

namespace latchkey {

// UserTransferService: thread-safe. Every call is admitted by AdminGuard first.
class UserTransferService final {
 public:
  struct Deps {  // borrowed
    const Snapshot<AppTable>* apps;
    PasswordService* passwords;
    Store* store;
    const AdminGuard* guard;
    AuditSink* audit;
    Clock* clock;
    size_t max_batch_bytes = 1024 * 1024;
  };
  explicit UserTransferService(Deps deps);

  // Register adds a row per RPC; this object outlives the table's use.
  void Register(MethodTable* table);

 private:
  absl::Status ImportUsers(const v1::ImportUsersRequest& request,
                           const RpcContext& context,
                           v1::ImportUsersResponse* response);
  absl::Status ExportUsers(const v1::ExportUsersRequest& request,
                           const RpcContext& context,
                           v1::ExportUsersResponse* response);
  // The credentials of a user beside it.
  absl::StatusOr<TransferRow> Complete(const UserRecord& user) const;
  // Fills the answer from one place in the list of all; sets next_page_token.
  absl::Status ExportUserPage(const AppId& app, const Page& page,
                              v1::ExportUsersResponse* response) const;
  absl::Status ExportRegistrations(const AppId& app, const Page& page,
                                   v1::ExportUsersResponse* response) const;
  void Record(absl::string_view action, std::string detail,
              const AdminCall& admin);

  const Deps deps_;
  const AdminGate gate_;
};

}  // namespace latchkey

#endif  // LATCHKEY_SERVER_RPC_USER_IMPORT_H_
