// UserAdminService: users, their sessions, and registrations. Its calls for
// server API keys are in server_key_service.h.
#ifndef LATCHKEY_SERVER_RPC_USER_ADMIN_SERVICE_H_
#define LATCHKEY_SERVER_RPC_USER_ADMIN_SERVICE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/app/app.h"
#include "core/audit/audit.h"
#include "core/base/clock.h"
#include "core/base/snapshot.h"
#include "core/login/account_service.h"
#include "core/provider/password_service.h"
#include "core/session/session_service.h"
#include "core/store/store.h"
#include "latchkey/v1/user_admin_service.pb.h"
#include "server/rpc/admin_call.h"
#include "server/rpc/caller.h"
#include "server/rpc/method_table.h"

namespace latchkey {

// UserAdminService: thread-safe. Every call is admitted by AdminGuard first.
class UserAdminService final {
 public:
  struct Deps {  // borrowed
    const Snapshot<AppTable>* apps;
    AccountService* accounts;
    SessionService* sessions;
    PasswordService* passwords;
    Store* store;
    const AdminGuard* guard;
    AuditSink* audit;
    Clock* clock;
  };
  explicit UserAdminService(Deps deps);

  // Register adds a row per RPC; this object outlives the table's use.
  void Register(MethodTable* table);

 private:
  absl::Status ListUsers(const v1::ListUsersRequest& request,
                         const RpcContext& context,
                         v1::ListUsersResponse* response);
  absl::Status GetUser(const v1::UserAdminServiceGetUserRequest& request,
                       const RpcContext& context,
                       v1::UserAdminServiceGetUserResponse* response);
  absl::Status CreateUser(const v1::CreateUserRequest& request,
                          const RpcContext& context,
                          v1::CreateUserResponse* response);
  absl::Status DisableUser(const v1::DisableUserRequest& request,
                           const RpcContext& context,
                           v1::DisableUserResponse* response);
  absl::Status EnableUser(const v1::EnableUserRequest& request,
                          const RpcContext& context,
                          v1::EnableUserResponse* response);
  absl::Status DeleteUser(const v1::UserAdminServiceDeleteUserRequest& request,
                          const RpcContext& context,
                          v1::UserAdminServiceDeleteUserResponse* response);
  absl::Status RevokeSessions(const v1::RevokeSessionsRequest& request,
                              const RpcContext& context,
                              v1::RevokeSessionsResponse* response);
  absl::Status ListSessions(const v1::ListSessionsRequest& request,
                            const RpcContext& context,
                            v1::ListSessionsResponse* response);
  absl::Status ListPendingUsers(const v1::ListPendingUsersRequest& request,
                                const RpcContext& context,
                                v1::ListPendingUsersResponse* response);
  absl::Status ConfirmPendingUser(const v1::ConfirmPendingUserRequest& request,
                                  const RpcContext& context,
                                  v1::ConfirmPendingUserResponse* response);
  absl::Status DeletePendingUser(const v1::DeletePendingUserRequest& request,
                                 const RpcContext& context,
                                 v1::DeletePendingUserResponse* response);
  absl::StatusOr<UserRecord> FindUser(const AdminCall& admin,
                                      const std::string& user_id) const;
  // The one user that a subject or e-mail filter names.
  absl::StatusOr<UserRecord> FindByName(
      const App& app, const v1::ListUsersRequest& request) const;
  absl::StatusOr<PasswordRecord> FindRegistration(
      const App& app, const std::string& email) const;
  // RemoveUnused: RESOURCE_NOT_FOUND when a user has the registration.
  absl::Status RemoveUnused(const PasswordRecord& record);
  absl::Status SetUserDisabled(const std::string& app,
                               const std::string& user_id, bool disabled,
                               const RpcContext& context, v1::User* out);
  void Record(absl::string_view action, const PasswordRecord& registration,
              const AdminCall& admin);

  const Deps deps_;
  const AdminGate gate_;
};

}  // namespace latchkey

#endif  // LATCHKEY_SERVER_RPC_USER_ADMIN_SERVICE_H_
