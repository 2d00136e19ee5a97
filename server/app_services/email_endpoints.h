// E-mail addresses and passwords (app-services.md §2.9).
#ifndef LATCHKEY_SERVER_APP_SERVICES_EMAIL_ENDPOINTS_H_
#define LATCHKEY_SERVER_APP_SERVICES_EMAIL_ENDPOINTS_H_

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/audit/audit.h"
#include "core/base/clock.h"
#include "core/policy/rate_limiter.h"
#include "core/store/store.h"
#include "server/app_services/exchange.h"
#include "server/app_services/route_table.h"
#include "server/rpc/method_table.h"

namespace latchkey {

// EmailEndpoints translates to EmailPasswordService. What that one never says,
// whether an address is registered, is looked up here, where the app's settings
// want it said. Thread-safe; outlives the table's use.
class EmailEndpoints final {
 public:
  struct Deps {                  // borrowed
    const MethodTable* methods;  // with the rows of EmailPasswordService
    Store* store;
    RateLimiter* lookups;  // of one peer in one app
    AuditSink* audit;
    Clock* clock;
  };
  explicit EmailEndpoints(Deps deps);
  void AddTo(RouteTable* table);

 private:
  using Member = absl::Status (EmailEndpoints::*)(Exchange*);
  void Add(const char* name, Member prepare, RouteTable* table);

  absl::Status Register(Exchange* exchange);
  absl::Status Confirm(Exchange* exchange);
  absl::Status SendConfirmation(Exchange* exchange);
  absl::Status CallConfirmation(Exchange* exchange);
  absl::Status ConfirmAgain(Exchange* exchange);
  absl::Status SendReset(Exchange* exchange);
  absl::Status CallReset(Exchange* exchange);
  absl::Status Reset(Exchange* exchange);

  // FindAccount gives the address's record, nullopt when there is none.
  // THROTTLED: each peer may ask so often only.
  absl::StatusOr<std::optional<PasswordRecord>> FindAccount(
      const Exchange& exchange);
  // OK when the address may be registered, or nobody is to know.
  absl::Status CheckFree(Exchange* exchange);
  absl::Status CheckUnconfirmed(Exchange* exchange);
  absl::Status CheckKnown(Exchange* exchange);
  // Check runs `check`, and leaves an event when it says no: the handler, which
  // leaves one for all that it is asked, is not asked then.
  absl::Status Check(Member check, Exchange* exchange);

  // The work of an endpoint: `check`, the row, and the answer, 201 with `{}`
  // or 204.
  template <typename Response, typename Request>
  void Work(const Method* row, Request request, Member check, int status,
            Exchange* exchange);

  const Deps deps_;
  const Method* const register_;
  const Method* const confirm_;
  const Method* const resend_;
  const Method* const request_reset_;
  const Method* const reset_;
};

}  // namespace latchkey

#endif  // LATCHKEY_SERVER_APP_SERVICES_EMAIL_ENDPOINTS_H_
