#include "server/http/well_known.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "core/json/json.h"
#include "core/jwt/jwk.h"

namespace latchkey {
namespace {

// Verifiers come back within this time, so a new key must be published at
// least as long before it signs.
constexpr char kCacheControl[] = "public, max-age=300";

HttpReply Document(const char* content_type, std::string body) {
  HttpReply reply;
  reply.content_type = content_type;
  // Public documents: pages of any origin may read them.
  reply.headers = {{"Cache-Control", kCacheControl},
                   {"Access-Control-Allow-Origin", "*"}};
  reply.body = std::move(body);
  return reply;
}

json::Value Strings(std::initializer_list<const char*> texts) {
  json::Value::Array array;
  for (const char* text : texts) array.emplace_back(text);
  return json::Value(std::move(array));
}

}  // namespace

WellKnown::WellKnown(std::string issuer, const KeyRing* keys)
    : issuer_(std::move(issuer)), keys_(keys) {}

std::string WellKnown::Metadata() const {
  json::Value::Array algorithms;
  for (const PublicKey& key : keys_->Published().keys()) {
    json::Value name(AlgorithmName(key.algorithm()));
    if (std::find(algorithms.begin(), algorithms.end(), name) ==
        algorithms.end()) {
      algorithms.push_back(std::move(name));
    }
  }
  json::Value document{json::Value::Object()};
  document.Set("issuer", issuer_);
  document.Set("jwks_uri", absl::StrCat(absl::StripSuffix(issuer_, "/"),
                                        "/.well-known/jwks.json"));
  // No authorization endpoint: logins are RPCs. The lists that the standards
  // require are there and say so.
  document.Set("response_types_supported", Strings({}));
  document.Set("grant_types_supported", Strings({}));
  document.Set("subject_types_supported", Strings({"public"}));
  document.Set("id_token_signing_alg_values_supported",
               json::Value(std::move(algorithms)));
  document.Set("claims_supported",
               Strings({"iss", "sub", "aud", "exp", "iat", "jti", "sid", "app",
                        "idp", "idp_sub", "roles"}));
  return json::Write(document);
}

std::optional<HttpReply> WellKnown::Get(absl::string_view path) const {
  if (path == "/.well-known/jwks.json") {
    return Document("application/jwk-set+json", WriteJwks(keys_->Published()));
  }
  if (path == "/.well-known/openid-configuration" ||
      path == "/.well-known/oauth-authorization-server") {
    return Document("application/json", Metadata());
  }
  return std::nullopt;
}

}  // namespace latchkey
