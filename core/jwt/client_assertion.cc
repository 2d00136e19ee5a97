#include "core/jwt/client_assertion.h"

#include <utility>

#include "core/base/base64url.h"
#include "core/base/status_macros.h"
#include "core/json/json.h"
#include "core/jwt/token_minter.h"

namespace latchkey {
namespace {

constexpr size_t kJtiBytes = 16;

}  // namespace

absl::StatusOr<Secret> MakeClientAssertion(const ClientAssertion& assertion,
                                           const SigningKey& key,
                                           absl::Time now, Random* random) {
  json::Value::Object claims;
  claims.emplace_back("iss", assertion.issuer);
  claims.emplace_back("sub", assertion.subject);
  claims.emplace_back("aud", assertion.audience);
  claims.emplace_back("iat", absl::ToUnixSeconds(now));
  claims.emplace_back("exp", absl::ToUnixSeconds(now + assertion.lifetime));
  claims.emplace_back("jti", Base64UrlEncode(random->Bytes(kJtiBytes)));
  ASSIGN_OR_RETURN(
      std::string token,
      MintToken(json::Value(std::move(claims)),
                MintHeader{"JWT", assertion.certificate_sha256}, key));
  return Secret::TakeFrom(&token);
}

}  // namespace latchkey
