#include "core/jwt/token_minter.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/base64url.h"
#include "core/base/reason.h"
#include "core/base/status_macros.h"

namespace latchkey {
namespace {

std::string Header(const MintHeader& wanted, const SigningKey& key) {
  json::Value::Object header;
  header.emplace_back("alg", AlgorithmName(key.algorithm()));
  if (!key.kid().empty()) header.emplace_back("kid", key.kid());
  if (!wanted.typ.empty()) header.emplace_back("typ", wanted.typ);
  if (!wanted.certificate_sha256.empty()) {
    header.emplace_back("x5t#S256", wanted.certificate_sha256);
  }
  return json::Write(json::Value(std::move(header)));
}

absl::Status TooLarge() {
  return Error(Reason::kInvalidRequest, "the token would pass the limit");
}

}  // namespace

absl::StatusOr<std::string> MintToken(const json::Value& payload,
                                      absl::string_view typ,
                                      const SigningKey& key, size_t max_bytes) {
  return MintToken(payload, MintHeader{typ}, key, max_bytes);
}

absl::StatusOr<std::string> MintToken(const json::Value& payload,
                                      const MintHeader& header,
                                      const SigningKey& key, size_t max_bytes) {
  const std::string text = json::Write(payload);
  if (text.size() > max_bytes) return TooLarge();
  // What a verifier would refuse is not signed: a value put together by hand
  // can hold a name twice or text that is not UTF-8.
  json::Limits limits;
  limits.max_bytes = max_bytes;
  RETURN_IF_ERROR(json::ParseObject(text, limits).status());

  std::string token = absl::StrCat(Base64UrlEncode(Header(header, key)), ".",
                                   Base64UrlEncode(text));
  std::string signature;
  RETURN_IF_ERROR(key.Sign(token, &signature));
  absl::StrAppend(&token, ".", Base64UrlEncode(signature));
  if (token.size() > max_bytes) return TooLarge();
  return token;
}

}  // namespace latchkey
