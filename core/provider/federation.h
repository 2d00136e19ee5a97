// Federation is what an app says of a federated issuer before a login.
#ifndef LATCHKEY_CORE_PROVIDER_FEDERATION_H_
#define LATCHKEY_CORE_PROVIDER_FEDERATION_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "core/jwt/claims.h"

namespace latchkey {

// Invitation is what a person's client needs to get a token from an issuer.
struct Invitation {
  std::string issuer;  // where to discover the endpoints
  std::string client_id;
  std::vector<std::string> request_scopes;
};

// Federation is the part of a federated provider that proves nothing.
// Immutable, thread-safe.
class Federation {
 public:
  virtual ~Federation() = default;

  // CheckAddressee says whether tokens of that `iss` and `aud` are this
  // provider's, or TOKEN_ISSUER_MISMATCH, TOKEN_AUDIENCE_MISMATCH and how that
  // may come. The claims are unverified.
  virtual absl::Status CheckAddressee(const Claims& unverified) const = 0;
  // invitation is null for providers of machines.
  virtual const Invitation* invitation() const = 0;
  // Matches says whether a person of that name would log in here. Proves
  // nothing.
  virtual bool Matches(absl::string_view hint) const = 0;
};

}  // namespace latchkey

#endif  // LATCHKEY_CORE_PROVIDER_FEDERATION_H_
