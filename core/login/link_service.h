// LinkService attaches proven identities to a user and takes them away.
#ifndef LATCHKEY_CORE_LOGIN_LINK_SERVICE_H_
#define LATCHKEY_CORE_LOGIN_LINK_SERVICE_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/login/login_service.h"
#include "core/session/principal.h"

namespace latchkey {

// LinkService: ids never change. Thread-safe; blocks.
class LinkService final {
 public:
  struct Deps {  // borrowed
    LoginService* logins;
    Store* store;
    AuditSink* audit;
    Clock* clock;
  };
  explicit LinkService(Deps deps);

  // Link: IDENTITY_IN_USE when another user has it; linking what the user
  // already has is OK and changes nothing; IDENTITY_NOT_LINKABLE for anonymous,
  // API keys, and a second e-mail/password; LIMIT_REACHED over 32 identities;
  // USER_DISABLED. Of two users who link one identity at once, one wins.
  absl::StatusOr<UserRecord> Link(const Principal& caller,
                                  const Credential& credential,
                                  const CallContext& ctx);

  // Unlink: IDENTITY_NOT_FOUND, LAST_IDENTITY.
  absl::StatusOr<UserRecord> Unlink(const Principal& caller,
                                    const ProviderName& provider,
                                    absl::string_view subject,
                                    const CallContext& ctx);

 private:
  const Deps deps_;
};

}  // namespace latchkey

#endif  // LATCHKEY_CORE_LOGIN_LINK_SERVICE_H_
