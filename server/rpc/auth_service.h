// AuthService: the RPCs that applications call.
#ifndef LATCHKEY_SERVER_RPC_AUTH_SERVICE_H_
#define LATCHKEY_SERVER_RPC_AUTH_SERVICE_H_

#include <optional>

#include "absl/status/status.h"
#include "core/app/app.h"
#include "core/base/clock.h"
#include "core/base/snapshot.h"
#include "core/login/account_service.h"
#include "core/login/link_service.h"
#include "core/login/login_service.h"
#include "core/metrics/metrics.h"
#include "core/provider/api_key_service.h"
#include "core/session/session_service.h"
#include "latchkey/v1/auth_service.pb.h"
#include "server/rpc/caller.h"
#include "server/rpc/method_table.h"
#include "server/rpc/token_inspector.h"

namespace latchkey {

// AuthService decodes, calls core, encodes. Thread-safe; knows no transport.
class AuthService final {
 public:
  struct Deps {  // borrowed
    const Snapshot<AppTable>* apps;
    LoginService* logins;
    LinkService* links;
    AccountService* accounts;
    SessionService* sessions;
    Store* store;
    ApiKeyService* api_keys;
    const AccessTokens* access_tokens;
    const CallerAuthenticator* callers;
    Metrics* metrics;
    Clock* clock;
    size_t max_batch_bytes = 1024 * 1024;
  };
  explicit AuthService(Deps deps);

  // Register adds a row per RPC; this object outlives the table's use.
  void Register(MethodTable* table);

 private:
  absl::Status Login(const v1::LoginRequest& request, const RpcContext& context,
                     v1::LoginResponse* response);
  // VerifyNow answers in the transport's thread, or nullopt: use a lane.
  std::optional<absl::Status> VerifyNow(const v1::VerifyRequest& request,
                                        const RpcContext& context,
                                        v1::VerifyResponse* response);
  absl::Status Verify(const v1::VerifyRequest& request,
                      const RpcContext& context, v1::VerifyResponse* response);
  absl::Status BatchVerify(const v1::BatchVerifyRequest& request,
                           const RpcContext& context,
                           v1::BatchVerifyResponse* response);
  // VerifySlice verifies some of the tokens that have no result yet; nullopt:
  // there are more.
  std::optional<absl::Status> VerifySlice(const v1::BatchVerifyRequest& request,
                                          const RpcContext& context,
                                          v1::BatchVerifyResponse* response);
  absl::Status RefreshSession(const v1::RefreshSessionRequest& request,
                              const RpcContext& context,
                              v1::RefreshSessionResponse* response);
  absl::Status LinkIdentity(const v1::LinkIdentityRequest& request,
                            const RpcContext& context,
                            v1::LinkIdentityResponse* response);
  absl::Status UnlinkIdentity(const v1::UnlinkIdentityRequest& request,
                              const RpcContext& context,
                              v1::UnlinkIdentityResponse* response);
  absl::Status Logout(const v1::LogoutRequest& request,
                      const RpcContext& context, v1::LogoutResponse* response);
  absl::Status GetUser(const v1::GetUserRequest& request,
                       const RpcContext& context,
                       v1::GetUserResponse* response);
  absl::Status DeleteUser(const v1::DeleteUserRequest& request,
                          const RpcContext& context,
                          v1::DeleteUserResponse* response);
  absl::Status DescribeLogin(const v1::DescribeLoginRequest& request,
                             const RpcContext& context,
                             v1::DescribeLoginResponse* response);

  const Deps deps_;
  const TokenInspector inspector_;
};

}  // namespace latchkey

#endif  // LATCHKEY_SERVER_RPC_AUTH_SERVICE_H_
