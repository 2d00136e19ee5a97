#include "core/jwt/jwk_key.h"

#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "core/base/base64url.h"
#include "core/base/reason.h"
#include "core/base/secret.h"
#include "core/base/status_macros.h"

namespace latchkey {
namespace {

constexpr size_t kMaxKidBytes = 256;

absl::Status Bad(absl::string_view cause) {
  return Error(Reason::kInvalidRequest, cause);
}

// ReadText gives an optional string member.
absl::StatusOr<std::optional<std::string>> ReadText(const json::Value& jwk,
                                                    absl::string_view name) {
  const json::Value* member = jwk.Find(name);
  if (member == nullptr) return std::optional<std::string>();
  if (member->as_string() == nullptr) {
    return Bad(absl::StrCat(name, " is not a string"));
  }
  return std::optional<std::string>(*member->as_string());
}

// ReadBytes gives a member that must be there, as strict base64url.
absl::StatusOr<std::string> ReadBytes(const json::Value& jwk,
                                      absl::string_view name) {
  ASSIGN_OR_RETURN(const std::optional<std::string> text, ReadText(jwk, name));
  if (!text.has_value()) return Bad(absl::StrCat(name, " is missing"));
  std::optional<std::string> bytes = Base64UrlDecode(*text);
  if (!bytes.has_value()) return Bad(absl::StrCat(name, " is not base64url"));
  return *std::move(bytes);
}

// RFC 7517 §4.3: no operation twice, none that `use` excludes.
absl::Status CheckOperations(const json::Value& jwk, bool has_use) {
  const json::Value* member = jwk.Find("key_ops");
  if (member == nullptr) return absl::OkStatus();
  if (member->as_array() == nullptr) return Bad("key_ops is not a list");
  std::vector<std::string> seen;
  for (const json::Value& element : *member->as_array()) {
    const std::string* operation = element.as_string();
    if (operation == nullptr) return Bad("key_ops holds other than strings");
    if (absl::c_linear_search(seen, *operation)) {
      return Bad("key_ops names an operation twice");
    }
    if (has_use && *operation != "verify" && *operation != "sign") {
      return Bad("use and key_ops contradict each other");
    }
    seen.push_back(*operation);
  }
  if (absl::c_linear_search(seen, "verify")) return absl::OkStatus();
  return Bad("key_ops has no verify");
}

absl::Status CheckUse(const json::Value& jwk) {
  ASSIGN_OR_RETURN(const std::optional<std::string> use, ReadText(jwk, "use"));
  if (use.has_value() && *use != "sig") return Bad("use is not sig");
  return CheckOperations(jwk, use.has_value());
}

// A published private key is known to everybody: it proves nothing.
absl::Status CheckPublic(const json::Value& jwk) {
  if (HasPrivateMembers(jwk)) return Bad("has private members");
  return absl::OkStatus();
}

struct CurveRow {
  absl::string_view kty;
  absl::string_view crv;
  Algorithm algorithm;
};
constexpr std::array<CurveRow, 4> kCurves = {{
    {"EC", "P-256", Algorithm::kEs256},
    {"EC", "P-384", Algorithm::kEs384},
    {"EC", "P-521", Algorithm::kEs512},
    {"OKP", "Ed25519", Algorithm::kEdDsa},
}};

// AlgorithmsOf gives what the type and curve of a key can do.
absl::StatusOr<std::vector<Algorithm>> AlgorithmsOf(const json::Value& jwk) {
  ASSIGN_OR_RETURN(const std::optional<std::string> kty, ReadText(jwk, "kty"));
  if (!kty.has_value()) return Bad("kty is missing");
  if (*kty == "RSA") {
    return std::vector<Algorithm>{Algorithm::kRs256, Algorithm::kRs384,
                                  Algorithm::kRs512, Algorithm::kPs256,
                                  Algorithm::kPs384, Algorithm::kPs512};
  }
  if (*kty == "oct") {
    return std::vector<Algorithm>{Algorithm::kHs256, Algorithm::kHs384,
                                  Algorithm::kHs512};
  }
  if (*kty != "EC" && *kty != "OKP") return Bad("kty is not supported");
  ASSIGN_OR_RETURN(const std::optional<std::string> crv, ReadText(jwk, "crv"));
  for (const CurveRow& row : kCurves) {
    if (crv.has_value() && row.kty == *kty && row.crv == *crv) {
      return std::vector<Algorithm>{row.algorithm};
    }
  }
  return Bad("crv is not supported");
}

// ChooseAlgorithm pins the key to one algorithm: its own `alg`, else the first
// one of `allowed` that it can do, RS256 before others.
absl::StatusOr<Algorithm> ChooseAlgorithm(
    const json::Value& jwk, const std::vector<Algorithm>& allowed) {
  ASSIGN_OR_RETURN(const std::vector<Algorithm> possible, AlgorithmsOf(jwk));
  ASSIGN_OR_RETURN(const std::optional<std::string> alg, ReadText(jwk, "alg"));
  if (alg.has_value()) {
    const std::optional<Algorithm> named = ParseAlgorithm(*alg);
    if (!named.has_value()) return Bad("alg is not supported");
    if (!absl::c_linear_search(possible, *named)) {
      return Bad("alg does not fit the key");
    }
    if (!absl::c_linear_search(allowed, *named)) {
      return Bad("alg is not allowed");
    }
    return *named;
  }
  if (absl::c_linear_search(possible, Algorithm::kRs256) &&
      absl::c_linear_search(allowed, Algorithm::kRs256)) {
    return Algorithm::kRs256;
  }
  for (const Algorithm algorithm : allowed) {
    if (absl::c_linear_search(possible, algorithm)) return algorithm;
  }
  return Bad("no allowed algorithm fits the key");
}

absl::StatusOr<PublicKey> ReadRsa(const json::Value& jwk, Algorithm algorithm,
                                  std::string kid) {
  ASSIGN_OR_RETURN(const std::string n, ReadBytes(jwk, "n"));
  ASSIGN_OR_RETURN(const std::string e, ReadBytes(jwk, "e"));
  return PublicKey::FromRsa(algorithm, std::move(kid), n, e);
}

absl::StatusOr<PublicKey> ReadEc(const json::Value& jwk, Algorithm algorithm,
                                 std::string kid) {
  ASSIGN_OR_RETURN(const std::string x, ReadBytes(jwk, "x"));
  ASSIGN_OR_RETURN(const std::string y, ReadBytes(jwk, "y"));
  return PublicKey::FromEc(algorithm, std::move(kid), x, y);
}

absl::StatusOr<PublicKey> ReadSecret(const json::Value& jwk,
                                     Algorithm algorithm, std::string kid) {
  ASSIGN_OR_RETURN(std::string bytes, ReadBytes(jwk, "k"));
  return PublicKey::FromSecret(algorithm, std::move(kid),
                               Secret::TakeFrom(&bytes));
}

absl::StatusOr<PublicKey> ReadNumbers(const json::Value& jwk,
                                      Algorithm algorithm, std::string kid) {
  switch (GetKeyFamily(algorithm)) {
    case KeyFamily::kRsa:
      return ReadRsa(jwk, algorithm, std::move(kid));
    case KeyFamily::kEc:
      return ReadEc(jwk, algorithm, std::move(kid));
    case KeyFamily::kSecret:
      return ReadSecret(jwk, algorithm, std::move(kid));
    case KeyFamily::kEd25519:
      break;
  }
  ASSIGN_OR_RETURN(const std::string x, ReadBytes(jwk, "x"));
  return PublicKey::FromEd25519(std::move(kid), x);
}

}  // namespace

bool HasPrivateMembers(const json::Value& jwk) {
  for (absl::string_view name : {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}) {
    if (jwk.Find(name) != nullptr) return true;
  }
  return false;
}

absl::StatusOr<PublicKey> ReadJwk(const json::Value& jwk,
                                  const JwksOptions& options) {
  if (jwk.as_object() == nullptr) return Bad("not an object");
  RETURN_IF_ERROR(CheckUse(jwk));
  ASSIGN_OR_RETURN(const Algorithm algorithm,
                   ChooseAlgorithm(jwk, options.allowed_algorithms));
  if (!IsMac(algorithm)) {
    RETURN_IF_ERROR(CheckPublic(jwk));
  } else if (!options.allow_symmetric) {
    return Bad("symmetric key in a public document");
  }
  ASSIGN_OR_RETURN(std::optional<std::string> kid, ReadText(jwk, "kid"));
  if (kid.value_or("").size() > kMaxKidBytes) {
    return Bad("kid is over 256 bytes");
  }
  ASSIGN_OR_RETURN(PublicKey key,
                   ReadNumbers(jwk, algorithm, kid.value_or("")));
  if (key.kid().empty()) return key.WithKid(key.Thumbprint());
  return key;
}

}  // namespace latchkey
