#include "core/jwks/key_issuers.h"

#include <algorithm>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "core/json/json.h"

namespace latchkey {
namespace {

constexpr int kMaxDepth = 16;
constexpr size_t kMaxKidInReport = 64;
constexpr size_t kTenantIdSize = 36;
constexpr absl::string_view kAllTenants = "common";
constexpr absl::string_view kV1Prefix = "https://sts.windows.net/";
constexpr absl::string_view kV1Suffix = "/";
constexpr absl::string_view kV2Prefix = "https://login.microsoftonline.com/";
constexpr absl::string_view kV2Suffix = "/v2.0";

bool IsTextOf(const json::Value* value, absl::string_view issuer) {
  return value == nullptr || (value->as_string() != nullptr &&
                              KeyServes(*value->as_string(), issuer));
}

std::string KidOf(const json::Value& jwk) {
  const json::Value* const kid = jwk.Find("kid");
  if (kid == nullptr || kid->as_string() == nullptr) return "";
  return kid->as_string()->substr(0, kMaxKidInReport);
}

// The issuer of v2 tokens of the same tenant; empty when `issuer` is no v1
// issuer.
std::string SecondVersionOf(absl::string_view issuer) {
  if (!absl::ConsumePrefix(&issuer, kV1Prefix) ||
      !absl::ConsumeSuffix(&issuer, kV1Suffix)) {
    return "";
  }
  return absl::StrCat(kV2Prefix, issuer, kV2Suffix);
}

bool IsOneOf(absl::string_view key_issuer, absl::string_view issuer) {
  if (key_issuer == issuer) return true;
  const size_t place = key_issuer.find(kTenantPlaceholder);
  return place != absl::string_view::npos &&
         absl::ConsumePrefix(&issuer, key_issuer.substr(0, place)) &&
         absl::ConsumeSuffix(
             &issuer, key_issuer.substr(place + kTenantPlaceholder.size())) &&
         IsTenantId(issuer);
}

}  // namespace

bool IsTenantId(absl::string_view text) {
  if (text.size() != kTenantIdSize) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-'
             : !absl::ascii_isxdigit(byte) || absl::ascii_isupper(byte)) {
      return false;
    }
  }
  return true;
}

std::string AnyTenantsIssuer(absl::string_view issuer) {
  return absl::StrReplaceAll(issuer, {{kTenantPlaceholder, kAllTenants}});
}

bool KeyServes(absl::string_view key_issuer, absl::string_view issuer) {
  if (IsOneOf(key_issuer, issuer)) return true;
  const std::string second = SecondVersionOf(issuer);
  return !second.empty() && IsOneOf(key_issuer, second);
}

std::string OwnKeys(std::string document, absl::string_view issuer,
                    size_t max_bytes, std::vector<std::string>* dropped) {
  json::Limits limits;
  limits.max_bytes = max_bytes;
  limits.max_depth = kMaxDepth;
  absl::StatusOr<json::Value> root = json::ParseObject(document, limits);
  const json::Value* const keys = root.ok() ? root->Find("keys") : nullptr;
  if (keys == nullptr || keys->as_array() == nullptr) return document;
  json::Value::Array own;
  for (const json::Value& jwk : *keys->as_array()) {
    if (IsTextOf(jwk.Find("issuer"), issuer)) {
      own.push_back(jwk);
    } else {
      dropped->push_back(KidOf(jwk));
    }
  }
  if (dropped->empty()) return document;
  root->Set("keys", std::move(own));
  return json::Write(*root);
}

}  // namespace latchkey
