// EmailPasswordService: registration and passwords.
#ifndef LATCHKEY_SERVER_RPC_EMAIL_PASSWORD_SERVICE_H_
#define LATCHKEY_SERVER_RPC_EMAIL_PASSWORD_SERVICE_H_

#include "absl/status/status.h"
#include "core/app/app.h"
#include "core/audit/audit.h"
#include "core/base/clock.h"
#include "core/base/snapshot.h"
#include "core/policy/rate_limiter.h"
#include "core/provider/password_service.h"
#include "core/session/session_service.h"
#include "core/store/store.h"
#include "latchkey/v1/email_password_service.pb.h"
#include "server/rpc/caller.h"
#include "server/rpc/method_table.h"

namespace latchkey {

// EmailPasswordService: Register with auto_confirm, and ChangePassword. The
// other confirmation modes and resets answer UNIMPLEMENTED. Thread-safe.
class EmailPasswordService final {
 public:
  struct Deps {  // borrowed
    const Snapshot<AppTable>* apps;
    PasswordService* passwords;
    SessionService* sessions;
    Store* store;
    RateLimiter* attempts;       // changes by one peer of one password
    RateLimiter* wide_attempts;  // registrations by one peer in one app
    const CallerAuthenticator* callers;
    AuditSink* audit;
    Clock* clock;
  };
  explicit EmailPasswordService(Deps deps);

  // Register adds a row per RPC; this object outlives the table's use.
  void Register(MethodTable* table);

 private:
  absl::Status RegisterAddress(const v1::RegisterRequest& request,
                               const RpcContext& context,
                               v1::RegisterResponse* response);
  absl::Status ChangePassword(const v1::ChangePasswordRequest& request,
                              const RpcContext& context,
                              v1::ChangePasswordResponse* response);
  // These fill in of the event what they find out.
  absl::Status StoreAddress(const v1::RegisterRequest& request,
                            const RpcContext& context, AuditEvent* event);
  absl::Status StoreNewPassword(const v1::ChangePasswordRequest& request,
                                const RpcContext& context, AuditEvent* event);
  absl::Status EndOtherSessions(const AuditEvent& event,
                                const RpcContext& context);
  // Record writes the event, as `failed` unless the outcome is good.
  void Record(const absl::Status& outcome, absl::string_view failed,
              AuditEvent* event);

  const Deps deps_;
};

}  // namespace latchkey

#endif  // LATCHKEY_SERVER_RPC_EMAIL_PASSWORD_SERVICE_H_
