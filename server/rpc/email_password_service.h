// EmailPasswordService: registration and passwords.
#ifndef LATCHKEY_SERVER_RPC_EMAIL_PASSWORD_SERVICE_H_
#define LATCHKEY_SERVER_RPC_EMAIL_PASSWORD_SERVICE_H_

#include <string>

#include "absl/status/status.h"
#include "core/app/app.h"
#include "core/audit/audit.h"
#include "core/base/clock.h"
#include "core/base/snapshot.h"
#include "core/login/password_reset_service.h"
#include "core/login/registration_service.h"
#include "core/policy/rate_limiter.h"
#include "core/provider/password_service.h"
#include "core/session/session_service.h"
#include "core/store/store.h"
#include "latchkey/v1/email_password_service.pb.h"
#include "server/rpc/caller.h"
#include "server/rpc/method_table.h"

namespace latchkey {

// EmailPasswordService: what each app's modes offer; the rest of it answers
// UNIMPLEMENTED. Thread-safe.
class EmailPasswordService final {
 public:
  struct Deps {  // borrowed
    const Snapshot<AppTable>* apps;
    PasswordService* passwords;
    SessionService* sessions;
    Store* store;
    RateLimiter* attempts;  // changes by one peer of one password
    const CallerAuthenticator* callers;
    AuditSink* audit;
    Clock* clock;
    RegistrationService* registrations;
    PasswordResetService* resets;
  };
  explicit EmailPasswordService(Deps deps);

  // Register adds a row per RPC; this object outlives the table's use.
  void Register(MethodTable* table);

 private:
  absl::Status RegisterAddress(const v1::RegisterRequest& request,
                               const RpcContext& context,
                               v1::RegisterResponse* response);
  absl::Status Confirm(const v1::ConfirmRequest& request,
                       const RpcContext& context,
                       v1::ConfirmResponse* response);
  absl::Status ResendConfirmation(const v1::ResendConfirmationRequest& request,
                                  const RpcContext& context,
                                  v1::ResendConfirmationResponse* response);
  absl::Status RequestPasswordReset(
      const v1::RequestPasswordResetRequest& request, const RpcContext& context,
      v1::RequestPasswordResetResponse* response);
  absl::Status ResetPassword(const v1::ResetPasswordRequest& request,
                             const RpcContext& context,
                             v1::ResetPasswordResponse* response);
  absl::Status ChangePassword(const v1::ChangePasswordRequest& request,
                              const RpcContext& context,
                              v1::ChangePasswordResponse* response);
  // Whether the app named asks functions about registrations or resets.
  bool AsksToConfirm(const std::string& app) const;
  bool AsksToReset(const std::string& app) const;
  // Fills in of the event what it finds out.
  absl::Status StoreNewPassword(const v1::ChangePasswordRequest& request,
                                const RpcContext& context, AuditEvent* event);
  absl::Status EndOtherSessions(const AuditEvent& event,
                                const RpcContext& context);

  const Deps deps_;
};

}  // namespace latchkey

#endif  // LATCHKEY_SERVER_RPC_EMAIL_PASSWORD_SERVICE_H_
