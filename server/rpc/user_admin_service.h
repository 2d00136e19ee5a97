// UserAdminService: users, sessions, registrations and server API keys.
#ifndef LATCHKEY_SERVER_RPC_USER_ADMIN_SERVICE_H_
#define LATCHKEY_SERVER_RPC_USER_ADMIN_SERVICE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/app/app.h"
#include "core/base/clock.h"
#include "core/base/snapshot.h"
#include "core/login/account_service.h"
#include "core/provider/api_key_service.h"
#include "core/provider/password_service.h"
#include "core/session/session_service.h"
#include "core/store/store.h"
#include "latchkey/v1/user_admin_service.pb.h"
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
    ApiKeyService* api_keys;
    Store* store;
    const AdminGuard* guard;
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
  absl::Status CreateServerApiKey(const v1::CreateServerApiKeyRequest& request,
                                  const RpcContext& context,
                                  v1::CreateServerApiKeyResponse* response);
  absl::Status ListServerApiKeys(const v1::ListServerApiKeysRequest& request,
                                 const RpcContext& context,
                                 v1::ListServerApiKeysResponse* response);
  absl::Status GetServerApiKey(const v1::GetServerApiKeyRequest& request,
                               const RpcContext& context,
                               v1::GetServerApiKeyResponse* response);
  absl::Status EnableServerApiKey(const v1::EnableServerApiKeyRequest& request,
                                  const RpcContext& context,
                                  v1::EnableServerApiKeyResponse* response);
  absl::Status DisableServerApiKey(
      const v1::DisableServerApiKeyRequest& request, const RpcContext& context,
      v1::DisableServerApiKeyResponse* response);
  absl::Status DeleteServerApiKey(const v1::DeleteServerApiKeyRequest& request,
                                  const RpcContext& context,
                                  v1::DeleteServerApiKeyResponse* response);

  // AdmitTo checks the caller, then that the app is known.
  absl::StatusOr<std::shared_ptr<const App>> AdmitTo(
      const std::string& app, const RpcContext& context) const;
  absl::StatusOr<UserRecord> FindUser(const std::string& app,
                                      const std::string& user_id,
                                      const RpcContext& context) const;
  // The one user that a subject or e-mail filter names.
  absl::StatusOr<UserRecord> FindByName(
      const App& app, const v1::ListUsersRequest& request) const;
  absl::StatusOr<PasswordRecord> FindRegistration(
      const std::string& app, const std::string& email,
      const RpcContext& context) const;
  // RemoveUnused: RESOURCE_NOT_FOUND when a user has the registration.
  absl::Status RemoveUnused(const PasswordRecord& record);
  absl::Status SetUserDisabled(const std::string& app,
                               const std::string& user_id, bool disabled,
                               const RpcContext& context, v1::User* out);
  absl::Status SetKeyDisabled(const std::string& app, const std::string& id,
                              bool disabled, const RpcContext& context,
                              v1::ApiKey* out);

  const Deps deps_;
};

}  // namespace latchkey

#endif  // LATCHKEY_SERVER_RPC_USER_ADMIN_SERVICE_H_
