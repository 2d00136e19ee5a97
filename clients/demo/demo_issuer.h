// A foreign issuer in one process, for trying latchkey out.
#ifndef LATCHKEY_CLIENTS_DEMO_DEMO_ISSUER_H_
#define LATCHKEY_CLIENTS_DEMO_DEMO_ISSUER_H_

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "core/crypto/signing_key.h"

namespace latchkey {

// Where Okta has the keys of its default authorization server.
inline constexpr char kDemoIssuerPath[] = "/oauth2/default";
inline constexpr char kDemoKeysPath[] = "/oauth2/default/v1/keys";

// DemoIssuer signs with a key that nobody keeps. Thread-safe.
class DemoIssuer final {
 public:
  // `origin`: "http://127.0.0.1:9090". INTERNAL when no key can be made.
  static absl::StatusOr<DemoIssuer> Create(const std::string& origin);

  // Jwks is the document at kDemoKeysPath.
  std::string Jwks() const;

  // Token: subject 24601, audience myapp-abcde, valid for 24 h from `now`, with
  // the user_data that the example configuration maps.
  absl::StatusOr<std::string> Token(absl::Time now) const;

 private:
  DemoIssuer(std::string issuer, SigningKey key)
      : issuer_(std::move(issuer)), key_(std::move(key)) {}

  std::string issuer_;
  SigningKey key_;
};

}  // namespace latchkey

#endif  // LATCHKEY_CLIENTS_DEMO_DEMO_ISSUER_H_
