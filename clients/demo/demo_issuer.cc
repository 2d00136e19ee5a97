#include "clients/demo/demo_issuer.h"

#include <cstdint>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/crypto/algorithm.h"
#include "core/json/json.h"
#include "core/jwt/jwk.h"
#include "core/jwt/key_table.h"
#include "core/jwt/token_minter.h"

namespace latchkey {
namespace {

constexpr absl::Duration kLifetime = absl::Hours(24);

}  // namespace

absl::StatusOr<DemoIssuer> DemoIssuer::Create(const std::string& origin) {
  ASSIGN_OR_RETURN(SigningKey key, SigningKey::Generate(Algorithm::kRs256));
  return DemoIssuer(absl::StrCat(origin, kDemoIssuerPath), std::move(key));
}

std::string DemoIssuer::Jwks() const {
  return WriteJwks(KeyTable({key_.public_key()}));
}

absl::StatusOr<std::string> DemoIssuer::Token(absl::Time now) const {
  const int64_t seconds = absl::ToUnixSeconds(now);
  const json::Value payload = json::Value::Object{
      {"iss", issuer_},
      {"sub", "24601"},
      {"aud", "myapp-abcde"},
      {"iat", seconds},
      {"exp", seconds + absl::ToInt64Seconds(kLifetime)},
      {"user_data",
       json::Value::Object{{"name", "Jean Valjean"},
                           {"aliases", json::Value::Array{"Monsieur Madeleine",
                                                          "Ultime Fauchelevent",
                                                          "Urbain Fabre"}}}}};
  return MintToken(payload, "JWT", key_);
}

}  // namespace latchkey
