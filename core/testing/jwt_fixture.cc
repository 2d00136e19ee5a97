#include "core/testing/jwt_fixture.h"

#include <cstdlib>
#include <iostream>
#include <map>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "core/base/base64url.h"
#include "core/base/secret.h"
#include "core/jwt/jwk.h"
#include "core/jwt/token_minter.h"

namespace latchkey {
namespace {

// A test without its key has nothing to say.
template <typename T>
T OrDie(absl::StatusOr<T> value) {
  if (value.ok()) return *std::move(value);
  std::cerr << "jwt_fixture: " << value.status() << "\n";
  std::abort();
}

// RsaKey gives the serialized RSA key number `variant`, for any algorithm.
Secret RsaKey(int variant) {
  static absl::Mutex mu(absl::kConstInit);
  static auto* const keys = new std::map<int, Secret>();
  absl::MutexLock lock(&mu);
  auto found = keys->find(variant);
  if (found == keys->end()) {
    Secret made =
        OrDie(OrDie(SigningKey::Generate(Algorithm::kRs256)).Serialize());
    found = keys->emplace(variant, std::move(made)).first;
  }
  return found->second.Clone();
}

}  // namespace

SigningKey NewTestKey(Algorithm algorithm, absl::string_view kid, int variant) {
  if (GetKeyFamily(algorithm) != KeyFamily::kRsa && kid.empty()) {
    return OrDie(SigningKey::Generate(algorithm));
  }
  const Secret serialized =
      GetKeyFamily(algorithm) == KeyFamily::kRsa
          ? RsaKey(variant)
          : OrDie(OrDie(SigningKey::Generate(algorithm)).Serialize());
  SigningKey key = OrDie(
      SigningKey::FromSerialized(algorithm, std::string(kid), serialized));
  if (!kid.empty()) return key;
  return OrDie(SigningKey::FromSerialized(
      algorithm, key.public_key().Thumbprint(), serialized));
}

TestIssuer::TestIssuer(std::string issuer, Algorithm algorithm)
    : TestIssuer(std::move(issuer), NewTestKey(algorithm)) {}

TestIssuer::TestIssuer(std::string issuer, SigningKey key)
    : issuer_(std::move(issuer)), key_(std::move(key)) {}

json::Value TestIssuer::Claims(absl::string_view subject,
                               absl::string_view audience,
                               absl::Time now) const {
  json::Value claims(json::Value::Object{});
  claims.Set("iss", issuer_);
  claims.Set("sub", subject);
  claims.Set("aud", audience);
  claims.Set("iat", absl::ToUnixSeconds(now));
  claims.Set("exp", absl::ToUnixSeconds(now + absl::Minutes(5)));
  return claims;
}

std::string TestIssuer::Token(const json::Value& claims,
                              absl::string_view typ) const {
  constexpr size_t kMaxBytes = 1'000'000;
  return OrDie(MintToken(claims, typ, key_, kMaxBytes));
}

std::string TestIssuer::Jwks() const { return WriteJwks(Keys()); }

KeyTable TestIssuer::Keys() const { return KeyTable({key_.public_key()}); }

void TestIssuer::Rotate() {
  ++rotations_;
  key_ = NewTestKey(key_.algorithm(), "", rotations_);
}

std::string SignCompact(absl::string_view header, absl::string_view payload,
                        const SigningKey& key) {
  std::string token =
      absl::StrCat(Base64UrlEncode(header), ".", Base64UrlEncode(payload));
  std::string signature;
  if (!key.Sign(token, &signature).ok()) std::abort();
  absl::StrAppend(&token, ".", Base64UrlEncode(signature));
  return token;
}

}  // namespace latchkey
