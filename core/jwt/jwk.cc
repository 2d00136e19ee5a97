#include "core/jwt/jwk.h"

#include <utility>

#include "absl/algorithm/container.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "core/base/reason.h"
#include "core/base/status_macros.h"
#include "core/json/json.h"
#include "core/jwt/jwk_key.h"

namespace latchkey {
namespace {

constexpr int kMaxDepth = 16;
constexpr size_t kMaxKidInReport = 64;

absl::Status Bad(absl::string_view what) {
  return Error(Reason::kInvalidRequest, absl::StrCat("JWKS: ", what));
}

// KidForReport is whatever kid the bad key has, cut.
std::string KidForReport(const json::Value& jwk) {
  const json::Value* kid = jwk.Find("kid");
  if (kid == nullptr || kid->as_string() == nullptr) return "";
  return kid->as_string()->substr(0, kMaxKidInReport);
}

// HoldsPublicKeys: such a document is for everybody to read, and so would be a
// secret in it.
bool HoldsPublicKeys(const json::Value::Array& jwks) {
  return absl::c_any_of(jwks, [](const json::Value& jwk) {
    const json::Value* kty = jwk.Find("kty");
    return kty != nullptr && *kty != json::Value("oct");
  });
}

void AddKey(const json::Value& jwk, const JwksOptions& options,
            ParsedJwks* parsed) {
  absl::StatusOr<PublicKey> key = ReadJwk(jwk, options);
  if (!key.ok()) {
    parsed->dropped.push_back({KidForReport(jwk),
                               std::string(key.status().message()),
                               HasPrivateMembers(jwk)});
    return;
  }
  if (!absl::c_linear_search(parsed->keys, *key)) {
    parsed->keys.push_back(*std::move(key));
  }
}

}  // namespace

absl::StatusOr<ParsedJwks> ParseJwks(absl::string_view document,
                                     const JwksOptions& options) {
  json::Limits limits;
  limits.max_bytes = options.max_bytes;
  limits.max_depth = kMaxDepth;
  ASSIGN_OR_RETURN(const json::Value root, json::ParseObject(document, limits));
  ParsedJwks parsed;
  const json::Value* keys = root.Find("keys");
  if (keys == nullptr && root.Find("kty") != nullptr) {
    AddKey(root, options, &parsed);
    return parsed;
  }
  if (keys == nullptr) return Bad("no keys");
  if (keys->as_array() == nullptr) return Bad("keys is not a list");
  if (keys->as_array()->size() > options.max_keys) return Bad("too many keys");
  JwksOptions narrowed = options;
  if (HoldsPublicKeys(*keys->as_array())) narrowed.allow_symmetric = false;
  for (const json::Value& jwk : *keys->as_array()) {
    AddKey(jwk, narrowed, &parsed);
  }
  return parsed;
}

std::string WriteJwks(const KeyTable& table) {
  json::Value::Array keys;
  for (const PublicKey& key : table.keys()) {
    if (IsMac(key.algorithm())) continue;
    absl::StatusOr<json::Value> jwk = json::ParseObject(key.CanonicalJwk());
    if (!jwk.ok()) continue;
    if (!key.kid().empty()) jwk->Set("kid", key.kid());
    jwk->Set("alg", AlgorithmName(key.algorithm()));
    jwk->Set("use", "sig");
    keys.push_back(*std::move(jwk));
  }
  json::Value::Object document;
  document.emplace_back("keys", std::move(keys));
  return json::Write(json::Value(std::move(document)));
}

}  // namespace latchkey
