#include "core/crypto/ec_key.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/base64url.h"
#include "core/base/reason.h"
#include "core/base/status_macros.h"
#include "core/crypto/curve.h"
#include "core/crypto/ecdsa_signature.h"
#include "core/crypto/evp_key.h"
#include "core/crypto/spki.h"

namespace latchkey {
namespace {

class EcVerifyKey final : public VerifyKey {
 public:
  EcVerifyKey(const Curve& curve, EvpVerifier verifier, EcPoint point)
      : curve_(curve),
        verifier_(std::move(verifier)),
        point_(std::move(point)) {}

  bool Verify(absl::string_view data,
              absl::string_view signature) const override {
    EcdsaDerBuffer der;
    const size_t size = EcdsaRawToDer(signature, &der);
    return verifier_.Verify(
        data,
        absl::string_view(reinterpret_cast<const char*>(der.data()), size));
  }

  size_t signature_size() const override { return 2 * curve_.size; }

  std::string CanonicalJwk() const override {
    return absl::StrCat("{\"crv\":\"", curve_.name,
                        "\",\"kty\":\"EC\",\"x\":\"", Base64UrlEncode(point_.x),
                        "\",\"y\":\"", Base64UrlEncode(point_.y), "\"}");
  }

 private:
  const Curve& curve_;
  const EvpVerifier verifier_;
  const EcPoint point_;
};

}  // namespace

absl::StatusOr<VerifyKeyPtr> NewEcVerifyKey(Algorithm algorithm,
                                            absl::string_view x,
                                            absl::string_view y) {
  const Curve& curve = CurveOf(algorithm);
  if (x.size() != curve.size || y.size() != curve.size) {
    return Error(Reason::kInvalidRequest, "EC key: coordinate of wrong length");
  }
  EcPoint point{std::string(x), std::string(y)};
  // The library checks that the point is on the curve.
  ASSIGN_OR_RETURN(EvpVerifier verifier,
                   EvpVerifier::Create(algorithm, WriteEcSpki(curve, point)));
  return VerifyKeyPtr(std::make_shared<EcVerifyKey>(curve, std::move(verifier),
                                                    std::move(point)));
}

}  // namespace latchkey
