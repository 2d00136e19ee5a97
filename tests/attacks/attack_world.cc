#include "tests/attacks/attack_world.h"

#include <cstdlib>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/base64url.h"
#include "core/crypto/digest.h"
#include "core/testing/jwt_fixture.h"
#include "core/testing/status_matchers.h"
#include "gtest/gtest.h"

namespace latchkey {

const std::vector<Algorithm>& AllAlgorithms() {
  static const auto* const all = new std::vector<Algorithm>{
      Algorithm::kRs256, Algorithm::kRs384, Algorithm::kRs512,
      Algorithm::kPs256, Algorithm::kPs384, Algorithm::kPs512,
      Algorithm::kEs256, Algorithm::kEs384, Algorithm::kEs512,
      Algorithm::kEdDsa, Algorithm::kHs256, Algorithm::kHs384,
      Algorithm::kHs512};
  return *all;
}

AttackWorld::AttackWorld(Algorithm algorithm)
    : key(NewTestKey(algorithm, kAttackKid)), keys({key.public_key()}) {
  expected.issuers = {kAttackIssuer};
  expected.audiences = {kAttackAudience};
}

absl::StatusOr<VerifiedToken> AttackWorld::Verify(
    absl::string_view token) const {
  absl::StatusOr<VerifiedToken> copied =
      TokenVerifier().Verify(token, expected, keys, now);
  for (int i = 0; i < 2; ++i) {
    const absl::StatusOr<VerifiedTokenView> in_place =
        TokenVerifier().VerifyInPlace(token, expected, keys, now, &buffers_);
    EXPECT_EQ(in_place.status(), copied.status()) << token;
    if (!in_place.ok() || !copied.ok()) continue;
    EXPECT_EQ(in_place->key_id(), copied->key_id());
    EXPECT_EQ(in_place->claims().subject.value_or(""),
              copied->claims().subject.value_or(""));
    EXPECT_EQ(in_place->claims().expiration, copied->claims().expiration);
  }
  return copied;
}

std::string AttackWorld::Header(absl::string_view more) const {
  return absl::StrCat(R"({"alg":")", AlgorithmName(key.algorithm()),
                      R"(","kid":")", key.kid(), "\"", more.empty() ? "" : ",",
                      more, "}");
}

json::Value AttackWorld::Claims() const {
  json::Value claims(json::Value::Object{});
  claims.Set("iss", kAttackIssuer);
  claims.Set("sub", kAttackSubject);
  claims.Set("aud", kAttackAudience);
  claims.Set("iat", kAttackSeconds);
  claims.Set("exp", kAttackSeconds + 300);
  return claims;
}

std::string AttackWorld::Good() const { return WithPayload(Payload()); }

std::string AttackWorld::WithHeader(absl::string_view header) const {
  return SignCompact(header, Payload(), key);
}

std::string AttackWorld::WithPayload(absl::string_view payload) const {
  return SignCompact(Header(), payload, key);
}

std::string AttackWorld::WithClaim(absl::string_view name,
                                   absl::string_view value) const {
  const json::Value claims = Claims();
  std::string text = "{";
  for (const auto& [claim, usual] : *claims.as_object()) {
    if (claim == name) continue;
    json::AppendQuoted(claim, &text);
    absl::StrAppend(&text, ":", json::Write(usual), ",");
  }
  json::AppendQuoted(name, &text);
  absl::StrAppend(&text, ":", value, "}");
  return WithPayload(text);
}

std::string AttackWorld::WithoutClaim(absl::string_view name) const {
  const json::Value claims = Claims();
  json::Value kept(json::Value::Object{});
  for (const auto& [claim, value] : *claims.as_object()) {
    if (claim != name) kept.Set(claim, value);
  }
  return WithPayload(json::Write(kept));
}

std::string AttackWorld::SignSegments(absl::string_view header,
                                      absl::string_view payload) const {
  std::string token = absl::StrCat(header, ".", payload);
  std::string signature;
  if (!key.Sign(token, &signature).ok()) std::abort();
  absl::StrAppend(&token, ".", Base64UrlEncode(signature));
  return token;
}

std::string HmacToken(absl::string_view header, absl::string_view payload,
                      absl::string_view secret) {
  std::string token =
      absl::StrCat(Base64UrlEncode(header), ".", Base64UrlEncode(payload));
  const Sha256Digest mac = HmacSha256(secret, token);
  absl::StrAppend(&token, ".", Base64UrlEncode(AsStringView(mac)));
  return token;
}

std::string ReplaceSignature(absl::string_view token,
                             absl::string_view signature) {
  return absl::StrCat(token.substr(0, token.rfind('.') + 1),
                      Base64UrlEncode(signature));
}

std::string SignatureOf(absl::string_view token) {
  return Base64UrlDecode(token.substr(token.rfind('.') + 1)).value_or("");
}

KeyTable KeysOf(absl::string_view document, const JwksOptions& options) {
  absl::StatusOr<ParsedJwks> parsed = ParseJwks(document, options);
  EXPECT_THAT(parsed, IsOk()) << document;
  if (!parsed.ok()) return KeyTable();
  return KeyTable(std::move(parsed->keys));
}

std::string WhyDropped(absl::string_view document, const JwksOptions& options) {
  const absl::StatusOr<ParsedJwks> parsed = ParseJwks(document, options);
  EXPECT_THAT(parsed, IsOk()) << document;
  if (!parsed.ok()) return "";
  EXPECT_EQ(parsed->keys.size(), 0u) << document;
  EXPECT_EQ(parsed->dropped.size(), 1u) << document;
  return parsed->dropped.empty() ? "" : parsed->dropped[0].cause;
}

json::Value JwkOf(const PublicKey& key) {
  json::Value jwk = json::ParseObject(key.CanonicalJwk()).value();
  jwk.Set("kid", key.kid());
  return jwk;
}

}  // namespace latchkey
