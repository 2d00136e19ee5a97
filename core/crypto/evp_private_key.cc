#include "core/crypto/evp_private_key.h"

#include <openssl/ec.h>
#include <openssl/rsa.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include "core/base/reason.h"
#include "core/base/status_macros.h"
#include "core/crypto/curve.h"
#include "core/crypto/ec_key.h"
#include "core/crypto/ecdsa_signature.h"
#include "core/crypto/evp_key.h"
#include "core/crypto/openssl_error.h"
#include "core/crypto/openssl_ptr.h"
#include "core/crypto/rsa_key.h"
#include "core/crypto/spki.h"

namespace latchkey {
namespace {

constexpr int kRsaBits = 2048;

uint8_t* MutableBytes(std::string* text) {
  return reinterpret_cast<uint8_t*>(text->data());
}

class EvpPrivateKey final : public PrivateKey {
 public:
  EvpPrivateKey(Algorithm algorithm, EvpSigner signer)
      : algorithm_(algorithm), signer_(std::move(signer)) {}

  absl::Status Sign(absl::string_view data, std::string* out) const override {
    RETURN_IF_ERROR(signer_.Sign(data, out));
    if (GetKeyFamily(algorithm_) == KeyFamily::kRsa) return absl::OkStatus();
    std::optional<std::string> raw =
        EcdsaDerToRaw(*out, CurveOf(algorithm_).size);
    if (!raw.has_value()) return Error(Reason::kInternal, "ECDSA signature");
    *out = *std::move(raw);
    return absl::OkStatus();
  }

  absl::StatusOr<Secret> Serialize() const override {
    const Pkcs8Ptr info(EVP_PKEY2PKCS8(signer_.key()));
    const int size =
        info == nullptr ? -1 : i2d_PKCS8_PRIV_KEY_INFO(info.get(), nullptr);
    if (size <= 0) return OpensslError("EVP_PKEY2PKCS8");
    std::string der(static_cast<size_t>(size), '\0');
    uint8_t* out = MutableBytes(&der);
    i2d_PKCS8_PRIV_KEY_INFO(info.get(), &out);
    return Secret::TakeFrom(&der);
  }

  absl::StatusOr<VerifyKeyPtr> MakeVerifyKey() const override {
    ASSIGN_OR_RETURN(const std::string spki, WriteSpki());
    if (GetKeyFamily(algorithm_) == KeyFamily::kRsa) {
      const std::optional<RsaNumbers> numbers = ParseRsaSpki(spki);
      if (!numbers.has_value()) return OtherCurve();
      return NewRsaVerifyKey(algorithm_, numbers->n, numbers->e);
    }
    const std::optional<EcPoint> point = ParseEcSpki(CurveOf(algorithm_), spki);
    if (!point.has_value()) return OtherCurve();
    return NewEcVerifyKey(algorithm_, point->x, point->y);
  }

 private:
  static absl::Status OtherCurve() {
    return Error(Reason::kInvalidRequest,
                 "private key on another curve than the algorithm's");
  }

  absl::StatusOr<std::string> WriteSpki() const {
    const int size = i2d_PUBKEY(signer_.key(), nullptr);
    if (size <= 0) return OpensslError("i2d_PUBKEY");
    std::string der(static_cast<size_t>(size), '\0');
    uint8_t* out = MutableBytes(&der);
    i2d_PUBKEY(signer_.key(), &out);
    return der;
  }

  const Algorithm algorithm_;
  const EvpSigner signer_;
};

absl::StatusOr<PrivateKeyPtr> Wrap(Algorithm algorithm, EvpPkeyPtr key) {
  ASSIGN_OR_RETURN(EvpSigner signer,
                   EvpSigner::Create(algorithm, std::move(key)));
  return PrivateKeyPtr(
      std::make_unique<EvpPrivateKey>(algorithm, std::move(signer)));
}

// KindOf gives the library's number of the kind of key.
int KindOf(Algorithm algorithm) {
  return GetKeyFamily(algorithm) == KeyFamily::kRsa ? EVP_PKEY_RSA
                                                    : EVP_PKEY_EC;
}

bool SetParameters(Algorithm algorithm, EVP_PKEY_CTX* ctx) {
  if (GetKeyFamily(algorithm) == KeyFamily::kRsa) {
    return EVP_PKEY_CTX_set_rsa_keygen_bits(ctx, kRsaBits) > 0;
  }
  return EVP_PKEY_CTX_set_ec_paramgen_curve_nid(ctx, CurveOf(algorithm).nid) >
         0;
}

}  // namespace

absl::StatusOr<PrivateKeyPtr> GenerateEvpPrivateKey(Algorithm algorithm) {
  const EvpPkeyCtxPtr ctx(EVP_PKEY_CTX_new_id(KindOf(algorithm), nullptr));
  EVP_PKEY* key = nullptr;
  if (ctx == nullptr || EVP_PKEY_keygen_init(ctx.get()) != 1 ||
      !SetParameters(algorithm, ctx.get()) ||
      EVP_PKEY_keygen(ctx.get(), &key) != 1) {
    return OpensslError("EVP_PKEY_keygen");
  }
  return Wrap(algorithm, EvpPkeyPtr(key));
}

absl::StatusOr<PrivateKeyPtr> LoadEvpPrivateKey(Algorithm algorithm,
                                                absl::string_view pkcs8) {
  const uint8_t* in = reinterpret_cast<const uint8_t*>(pkcs8.data());
  const uint8_t* const end = in + pkcs8.size();
  const Pkcs8Ptr info(
      d2i_PKCS8_PRIV_KEY_INFO(nullptr, &in, static_cast<long>(pkcs8.size())));
  EvpPkeyPtr key(info == nullptr ? nullptr : EVP_PKCS82PKEY(info.get()));
  if (key == nullptr || in != end) {
    ClearOpensslErrors();
    return Error(Reason::kInvalidRequest, "not a PKCS #8 private key");
  }
  if (EVP_PKEY_id(key.get()) != KindOf(algorithm)) {
    return Error(Reason::kInvalidRequest,
                 "private key of another kind than the algorithm's");
  }
  return Wrap(algorithm, std::move(key));
}

}  // namespace latchkey
