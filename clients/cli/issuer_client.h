// IssuerClient asks an OpenID issuer for tokens on behalf of a person, as a
// public client (RFC 8252 §8.5): it has an id and no secret.
#ifndef LATCHKEY_CLIENTS_CLI_ISSUER_CLIENT_H_
#define LATCHKEY_CLIENTS_CLI_ISSUER_CLIENT_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "clients/cli/world.h"
#include "core/base/secret.h"
#include "core/jwks/form_body.h"
#include "core/provider/foreign_service.h"

namespace latchkey {

// IssuerEndpoints is what the issuer's metadata says to a person's client.
// Every URL may be asked under the rules for the issuer's other documents.
struct IssuerEndpoints {
  std::string authorization;  // empty: none
  std::string token;
  std::string device;  // RFC 8628; empty: none
  // Its answers carry `iss` (RFC 9207).
  bool answers_name_issuer = false;
  std::vector<std::string> scopes;  // that it knows; empty: it does not say
};

// IssuerTokens came from a token endpoint; each may be empty but for the first.
struct IssuerTokens {
  Secret access_token;
  Secret id_token;
  Secret refresh_token;
};

// TokenAnswer: tokens, or the issuer's refusal.
struct TokenAnswer {
  IssuerTokens tokens;
  std::string error;  // RFC 6749 §5.2; empty: tokens came
  std::string description;
};

// IssuerRefusal is the failure for people of an issuer's refusal.
absl::Status IssuerRefusal(absl::string_view error,
                           absl::string_view description);

// Registration is how the client is known to the issuer.
struct Registration {
  std::string issuer;
  std::string client_id;
};

// IssuerClient: thread-compatible; calls block for ten seconds at most. `world`
// outlives it.
class IssuerClient final {
 public:
  static constexpr size_t kMaxTokenBytes = 16 * 1024;

  // Open asks for the issuer's metadata. UNAVAILABLE naming the issuer and the
  // cause when they cannot be had, or name no token endpoint.
  static absl::StatusOr<std::unique_ptr<IssuerClient>> Open(
      Registration registration, const CliWorld& world);

  const Registration& registration() const { return registration_; }
  const IssuerEndpoints& endpoints() const { return endpoints_; }

  // Scope gives what to ask for: `wanted`, after openid and offline_access as
  // far as the issuer knows them.
  std::string Scope(const std::vector<std::string>& wanted) const;

  // Ask sends `grant` and the client's id to the token endpoint. A failure when
  // there is neither a token (RFC 6749 §5.1) nor a refusal: UNAVAILABLE where
  // another try may help.
  absl::StatusOr<TokenAnswer> Ask(FormBody* grant);
  // Post does the same with another endpoint and gives what came.
  absl::StatusOr<ForeignAnswer> Post(const std::string& url, FormBody* form);

 private:
  IssuerClient(Registration registration, const CliWorld& world);

  const Registration registration_;
  const CliWorld& world_;
  IssuerEndpoints endpoints_;
  ForeignService service_;
};

}  // namespace latchkey

#endif  // LATCHKEY_CLIENTS_CLI_ISSUER_CLIENT_H_
