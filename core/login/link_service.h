// LinkService attaches proven identities to a user and takes them away.
#ifndef LATCHKEY_CORE_LOGIN_LINK_SERVICE_H_
#define LATCHKEY_CORE_LOGIN_LINK_SERVICE_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/login/login_service.h"
#include "core/session/principal.h"
#include "core/session/session_service.h"

namespace latchkey {

// LinkService: ids never change. Thread-safe; blocks.
class LinkService final {
 public:
  struct Deps {  // borrowed
    LoginService* logins;
    SessionService* sessions;
    Store* store;
    AuditSink* audit;
    Clock* clock;
  };
  explicit LinkService(Deps deps);

  // Link: IDENTITY_IN_USE when another user has it; linking what the user
  // already has is OK and changes nothing; IDENTITY_NOT_LINKABLE for anonymous,
  // API keys, and a second e-mail/password; LIMIT_REACHED over 32 identities;
  // CALLER_NOT_ALLOWED in a session that an API key began; USER_DISABLED;
  // reasons of LoginService::Prove. Of two users who link one
  // identity at once, one wins. Data mapped by the provider is merged into the
  // user's data, as at a login.
  absl::StatusOr<UserRecord> Link(const Principal& caller,
                                  const Credential& credential,
                                  const CallContext& ctx);

  // Unlink: IDENTITY_NOT_FOUND, LAST_IDENTITY, USER_DISABLED,
  // CALLER_NOT_ALLOWED in a session that an API key began. The password of an
  // e-mail identity goes with it, and the address is free again. Sessions that
  // began with the identity end, but for the caller's own; whatever fails in
  // between, none of them outlives it, and a call that is repeated ends those
  // that are left although the identity is gone by then.
  absl::StatusOr<UserRecord> Unlink(const Principal& caller,
                                    const ProviderName& provider,
                                    absl::string_view subject,
                                    const CallContext& ctx);

 private:
  // Update reads the caller's user, lets `change` change it and stores it, over
  // again when another change came in between. `change` returns false when
  // there is nothing to store, and `write` stores.
  template <typename Change, typename Write>
  absl::StatusOr<UserRecord> Update(const Principal& caller, Change change,
                                    Write write);

  // EndSessions ends those of the caller's user that began with the identity,
  // but for the caller's own.
  absl::Status EndSessions(const Principal& caller,
                           const ProviderName& provider,
                           absl::string_view subject, const CallContext& ctx);

  // StoreWithout stores the user, which `detached` was taken from.
  absl::Status StoreWithout(const IdentityRecord& detached,
                            const UserRecord& user);

  struct Action {
    absl::string_view done;
    absl::string_view failed;
    absl::Status outcome;
  };
  void Record(const Action& action, const Principal& caller,
              const ProviderName& provider, const CallContext& ctx);

  const Deps deps_;
};

}  // namespace latchkey

#endif  // LATCHKEY_CORE_LOGIN_LINK_SERVICE_H_
