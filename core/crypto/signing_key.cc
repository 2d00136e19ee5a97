#include "core/crypto/signing_key.h"

#include <utility>

#include "core/base/base64url.h"
#include "core/base/random.h"
#include "core/base/reason.h"
#include "core/base/status_macros.h"
#include "core/crypto/ed25519_key.h"
#include "core/crypto/evp_private_key.h"
#include "core/crypto/mac_key.h"
#include "core/crypto/private_key.h"

namespace latchkey {

struct SigningKey::Impl {
  PublicKey public_key;
  PrivateKeyPtr private_key;
};

namespace {

constexpr size_t kMacKidBytes = 16;

absl::StatusOr<PrivateKeyPtr> NewPrivateKey(Algorithm algorithm) {
  switch (GetKeyFamily(algorithm)) {
    case KeyFamily::kEd25519:
      return GenerateEd25519PrivateKey();
    case KeyFamily::kSecret:
      return GenerateMacKey(algorithm);
    case KeyFamily::kRsa:
    case KeyFamily::kEc:
      break;
  }
  return GenerateEvpPrivateKey(algorithm);
}

absl::StatusOr<PrivateKeyPtr> LoadPrivateKey(Algorithm algorithm,
                                             const Secret& serialized) {
  switch (GetKeyFamily(algorithm)) {
    case KeyFamily::kEd25519:
      return LoadEd25519PrivateKey(serialized.RevealSecret());
    case KeyFamily::kSecret:
      return LoadMacKey(algorithm, serialized);
    case KeyFamily::kRsa:
    case KeyFamily::kEc:
      break;
  }
  return LoadEvpPrivateKey(algorithm, serialized.RevealSecret());
}

// KidFor: secrets have no thumbprint that may be shown.
std::string KidFor(const PublicKey& key) {
  if (!IsMac(key.algorithm())) return key.Thumbprint();
  return Base64UrlEncode(Random::SystemRandom()->Bytes(kMacKidBytes));
}

absl::Status CheckPair(const PrivateKey& private_key,
                       const PublicKey& public_key) {
  constexpr absl::string_view kProbe = "latchkey key check";
  std::string signature;
  RETURN_IF_ERROR(private_key.Sign(kProbe, &signature));
  if (public_key.Verify(kProbe, signature).ok()) return absl::OkStatus();
  return Error(Reason::kInvalidRequest, "private and public key do not match");
}

}  // namespace

absl::StatusOr<SigningKey> SigningKey::Generate(Algorithm algorithm) {
  ASSIGN_OR_RETURN(PrivateKeyPtr private_key, NewPrivateKey(algorithm));
  ASSIGN_OR_RETURN(VerifyKeyPtr verify_key, private_key->MakeVerifyKey());
  const PublicKey public_key =
      PublicKey::FromVerifyKey(algorithm, "", std::move(verify_key));
  const std::string kid = KidFor(public_key);
  return SigningKey(std::make_unique<Impl>(
      Impl{public_key.WithKid(kid), std::move(private_key)}));
}

absl::StatusOr<SigningKey> SigningKey::FromSerialized(
    Algorithm algorithm, std::string kid, const Secret& serialized) {
  ASSIGN_OR_RETURN(PrivateKeyPtr private_key,
                   LoadPrivateKey(algorithm, serialized));
  ASSIGN_OR_RETURN(VerifyKeyPtr verify_key, private_key->MakeVerifyKey());
  PublicKey public_key = PublicKey::FromVerifyKey(algorithm, std::move(kid),
                                                  std::move(verify_key));
  RETURN_IF_ERROR(CheckPair(*private_key, public_key));
  return SigningKey(std::make_unique<Impl>(
      Impl{std::move(public_key), std::move(private_key)}));
}

SigningKey::SigningKey(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
SigningKey::SigningKey(SigningKey&&) noexcept = default;
SigningKey& SigningKey::operator=(SigningKey&&) noexcept = default;
SigningKey::~SigningKey() = default;

absl::StatusOr<Secret> SigningKey::Serialize() const {
  return impl_->private_key->Serialize();
}

absl::Status SigningKey::Sign(absl::string_view data, std::string* out) const {
  return impl_->private_key->Sign(data, out);
}

const PublicKey& SigningKey::public_key() const { return impl_->public_key; }

}  // namespace latchkey
