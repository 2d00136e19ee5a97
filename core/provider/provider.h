// Provider is the seam for ways to prove an identity.
#ifndef LATCHKEY_CORE_PROVIDER_PROVIDER_H_
#define LATCHKEY_CORE_PROVIDER_PROVIDER_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "core/base/call_context.h"
#include "core/base/clock.h"
#include "core/base/identity.h"
#include "core/base/ids.h"
#include "core/base/random.h"
#include "core/jwks/http_fetcher.h"
#include "core/jwks/jwks_cache.h"
#include "core/provider/auth_function.h"
#include "core/provider/credential.h"
#include "core/provider/direct_verifier.h"
#include "core/provider/federation.h"
#include "core/provider/password_service.h"
#include "core/store/store.h"

namespace latchkey {

// Provider proves identities of one kind for one app.
//
// Thread-safe. Authenticate may block (it runs on a work queue) and gives up at
// ctx.deadline or when ctx.cancelled. Whatever was wrong with a credential, the
// reason is CREDENTIAL_REJECTED, with the cause in the detail; unknown and
// wrong cost the same work. INVALID_REQUEST (field paths) when the credential
// is malformed; ISSUER_UNAVAILABLE, STORE_UNAVAILABLE, OVERLOADED when it could
// not be judged; OUTBOUND_REJECTED when a service elsewhere refuses the app's
// own client there; PROVIDER_NOT_ENABLED for a kind of proof that needs a
// secret which the settings do not give; AUTHORIZATION_CLAIM_INVALID and
// TOO_MANY_ROLES for a proof that holds, by somebody whose roles it does not
// tell.
class Provider {
 public:
  virtual ~Provider() = default;
  virtual const ProviderName& name() const = 0;
  virtual ProviderKind kind() const = 0;
  virtual absl::StatusOr<ProvenIdentity> Authenticate(
      const Credential& credential, const CallContext& ctx) = 0;
  // direct_verifier is null for providers whose credentials are not accepted
  // as tokens by Verify. Owned by the provider.
  virtual DirectVerifier* direct_verifier() { return nullptr; }
  // federation is null for all but federated issuers. Owned by the provider.
  virtual const Federation* federation() const { return nullptr; }
};

// ProviderDeps: borrowed; all outlive every provider. A provider that needs
// what is null here cannot be made.
struct ProviderDeps {
  Clock* clock = nullptr;
  Random* random = nullptr;
  JwksCache* jwks = nullptr;
  Store* store = nullptr;
  PasswordService* passwords = nullptr;
  AuthFunctionConnector* functions = nullptr;
  // For calls to services elsewhere, and their limits.
  HttpFetcher* http = nullptr;
  FetchOptions fetch;
};

}  // namespace latchkey

#endif  // LATCHKEY_CORE_PROVIDER_PROVIDER_H_
