// SessionTestWorld is a session service with all that it borrows. For tests.
#ifndef LATCHKEY_CORE_SESSION_SESSION_TEST_WORLD_H_
#define LATCHKEY_CORE_SESSION_SESSION_TEST_WORLD_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "core/audit/fake_audit_sink.h"
#include "core/base/call_context.h"
#include "core/base/ids.h"
#include "core/base/simulated_clock.h"
#include "core/jwt/key_ring.h"
#include "core/session/access_tokens.h"
#include "core/session/principal.h"
#include "core/session/revocations.h"
#include "core/session/served_apps.h"
#include "core/session/session_service.h"
#include "core/store/store.h"
#include "core/testing/fake_random.h"

namespace latchkey {

class SessionTestWorld {
 public:
  // A memory store when `store` is null.
  explicit SessionTestWorld(std::unique_ptr<Store> store = nullptr);

  // AddUser stores a user with one identity.
  UserRecord AddUser(const std::string& subject = "subject-1");
  SessionService::BeginOptions OptionsFor(const UserRecord& user);
  // Begin expects success.
  IssuedSession Begin(const UserRecord& user);
  // Verify asks at the present time for any audience.
  absl::StatusOr<Principal> Verify(const std::string& access_token);

  // An ending of sessions in a call of its own.
  Ending Because(absl::string_view cause);

  // A call that is wanted for ten more seconds.
  CallContext ctx();

  const AppId app{"myapp-abcde"};
  SimulatedClock clock;
  FakeRandom random;
  std::unique_ptr<Store> store;
  std::unique_ptr<KeyRing> keys;
  Revocations revocations;
  ServedApps served_apps;  // `app` and "other-abcde"
  AccessTokens access_tokens;
  FakeAuditSink audit;
  SessionService sessions;

 private:
  const CallContext ending_call_;
};

// NewKeyRing makes a ring with fresh ES256 and HS256 keys.
std::unique_ptr<KeyRing> NewKeyRing();

// InParallel calls `work` with 0, 1, … calls-1 on eight threads that start
// together, and waits.
void InParallel(int calls, const std::function<void(int)>& work);

}  // namespace latchkey

#endif  // LATCHKEY_CORE_SESSION_SESSION_TEST_WORLD_H_
