#include "core/crypto/public_key.h"

#include <optional>
#include <utility>

#include "core/base/base64url.h"
#include "core/base/reason.h"
#include "core/base/status_macros.h"
#include "core/crypto/digest.h"
#include "core/crypto/ec_key.h"
#include "core/crypto/ed25519_key.h"
#include "core/crypto/mac_key.h"
#include "core/crypto/pem.h"
#include "core/crypto/rsa_key.h"
#include "core/crypto/spki.h"
#include "core/crypto/verify_key.h"

namespace latchkey {

struct PublicKey::Impl {
  Algorithm algorithm;
  std::string kid;
  VerifyKeyPtr key;
};

namespace {

absl::Status CheckFamily(Algorithm algorithm, KeyFamily family) {
  if (GetKeyFamily(algorithm) == family) return absl::OkStatus();
  return Error(Reason::kInvalidRequest,
               "key of another kind than the algorithm's");
}

absl::Status NotInPem() {
  return Error(Reason::kInvalidRequest,
               "PEM holds no public key of the algorithm's kind");
}

absl::StatusOr<VerifyKeyPtr> KeyFromNumbers(
    Algorithm algorithm, const std::optional<RsaNumbers>& numbers) {
  if (!numbers.has_value()) return NotInPem();
  return NewRsaVerifyKey(algorithm, numbers->n, numbers->e);
}

// KeyFromSpki reads the kind of key that the algorithm wants and no other.
absl::StatusOr<VerifyKeyPtr> KeyFromSpki(Algorithm algorithm,
                                         absl::string_view der) {
  switch (GetKeyFamily(algorithm)) {
    case KeyFamily::kRsa:
      return KeyFromNumbers(algorithm, ParseRsaSpki(der));
    case KeyFamily::kEc: {
      const std::optional<EcPoint> point = ParseEcSpki(CurveOf(algorithm), der);
      if (!point.has_value()) return NotInPem();
      return NewEcVerifyKey(algorithm, point->x, point->y);
    }
    case KeyFamily::kEd25519: {
      const std::optional<std::string> x = ParseEd25519Spki(der);
      if (!x.has_value()) return NotInPem();
      return NewEd25519VerifyKey(*x);
    }
    case KeyFamily::kSecret:
      break;
  }
  return NotInPem();
}

}  // namespace

PublicKey::PublicKey(std::shared_ptr<const Impl> impl)
    : impl_(std::move(impl)) {}

PublicKey PublicKey::FromVerifyKey(Algorithm algorithm, std::string kid,
                                   VerifyKeyPtr key) {
  return PublicKey(
      std::make_shared<Impl>(Impl{algorithm, std::move(kid), std::move(key)}));
}

absl::StatusOr<PublicKey> PublicKey::FromRsa(Algorithm algorithm,
                                             std::string kid,
                                             absl::string_view n,
                                             absl::string_view e) {
  RETURN_IF_ERROR(CheckFamily(algorithm, KeyFamily::kRsa));
  ASSIGN_OR_RETURN(VerifyKeyPtr key, NewRsaVerifyKey(algorithm, n, e));
  return FromVerifyKey(algorithm, std::move(kid), std::move(key));
}

absl::StatusOr<PublicKey> PublicKey::FromEc(Algorithm algorithm,
                                            std::string kid,
                                            absl::string_view x,
                                            absl::string_view y) {
  RETURN_IF_ERROR(CheckFamily(algorithm, KeyFamily::kEc));
  ASSIGN_OR_RETURN(VerifyKeyPtr key, NewEcVerifyKey(algorithm, x, y));
  return FromVerifyKey(algorithm, std::move(kid), std::move(key));
}

absl::StatusOr<PublicKey> PublicKey::FromEd25519(std::string kid,
                                                 absl::string_view x) {
  ASSIGN_OR_RETURN(VerifyKeyPtr key, NewEd25519VerifyKey(x));
  return FromVerifyKey(Algorithm::kEdDsa, std::move(kid), std::move(key));
}

absl::StatusOr<PublicKey> PublicKey::FromSecret(Algorithm algorithm,
                                                std::string kid,
                                                const Secret& secret) {
  RETURN_IF_ERROR(CheckFamily(algorithm, KeyFamily::kSecret));
  ASSIGN_OR_RETURN(VerifyKeyPtr key, NewMacVerifyKey(algorithm, secret));
  return FromVerifyKey(algorithm, std::move(kid), std::move(key));
}

absl::StatusOr<PublicKey> PublicKey::FromPem(Algorithm algorithm,
                                             std::string kid,
                                             absl::string_view pem) {
  ASSIGN_OR_RETURN(const PemBlock block, ReadPem(pem));
  absl::StatusOr<VerifyKeyPtr> key = NotInPem();
  if (block.label == "PUBLIC KEY") key = KeyFromSpki(algorithm, block.der);
  if (block.label == "RSA PUBLIC KEY" &&
      GetKeyFamily(algorithm) == KeyFamily::kRsa) {
    key = KeyFromNumbers(algorithm, ParseRsaPublicKey(block.der));
  }
  RETURN_IF_ERROR(key.status());
  return FromVerifyKey(algorithm, std::move(kid), *std::move(key));
}

Algorithm PublicKey::algorithm() const { return impl_->algorithm; }

const std::string& PublicKey::kid() const { return impl_->kid; }

PublicKey PublicKey::WithKid(std::string kid) const {
  return FromVerifyKey(impl_->algorithm, std::move(kid), impl_->key);
}

absl::Status PublicKey::Verify(absl::string_view data,
                               absl::string_view signature) const {
  if (signature.size() == signature_size() &&
      impl_->key->Verify(data, signature)) {
    return absl::OkStatus();
  }
  return Error(Reason::kTokenSignatureInvalid, "signature does not verify");
}

bool PublicKey::WantsTable() const { return impl_->key->WantsTable(); }

bool PublicKey::HasTable() const { return impl_->key->HasTable(); }

bool PublicKey::BuildTable() const { return impl_->key->BuildTable(); }

size_t PublicKey::signature_size() const {
  return impl_->key->signature_size();
}

std::string PublicKey::CanonicalJwk() const {
  return impl_->key->CanonicalJwk();
}

std::string PublicKey::Thumbprint() const {
  const std::string jwk = CanonicalJwk();
  if (jwk.empty()) return "";
  return Base64UrlEncode(AsStringView(Sha256(jwk)));
}

bool operator==(const PublicKey& a, const PublicKey& b) {
  return a.algorithm() == b.algorithm() && a.kid() == b.kid() &&
         a.impl_->key->Equals(*b.impl_->key);
}

}  // namespace latchkey
