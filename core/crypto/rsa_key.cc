#include "core/crypto/rsa_key.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/base64url.h"
#include "core/base/status_macros.h"
#include "core/crypto/evp_key.h"
#include "core/crypto/message_hash.h"
#include "core/crypto/rsa_checks.h"
#include "core/crypto/spki.h"

namespace latchkey {
namespace {

class RsaVerifyKey final : public VerifyKey {
 public:
  RsaVerifyKey(Algorithm algorithm, EvpVerifier verifier, RsaNumbers numbers)
      : algorithm_(algorithm),
        verifier_(std::move(verifier)),
        numbers_(std::move(numbers)) {}

  bool Verify(absl::string_view data,
              absl::string_view signature) const override {
    return verifier_.Verify(HashMessage(algorithm_, data), signature);
  }

  // A signature is as long as the modulus (RFC 8017 §8.2.2 step 1).
  size_t signature_size() const override { return numbers_.n.size(); }

  std::string CanonicalJwk() const override {
    return absl::StrCat("{\"e\":\"", Base64UrlEncode(numbers_.e),
                        "\",\"kty\":\"RSA\",\"n\":\"",
                        Base64UrlEncode(numbers_.n), "\"}");
  }

 private:
  const Algorithm algorithm_;
  const EvpVerifier verifier_;
  const RsaNumbers numbers_;
};

}  // namespace

absl::StatusOr<VerifyKeyPtr> NewRsaVerifyKey(Algorithm algorithm,
                                             absl::string_view n,
                                             absl::string_view e) {
  RETURN_IF_ERROR(CheckRsaNumbers(n, e));
  ASSIGN_OR_RETURN(EvpVerifier verifier,
                   EvpVerifier::Create(algorithm, WriteRsaSpki(n, e)));
  return VerifyKeyPtr(std::make_shared<RsaVerifyKey>(
      algorithm, std::move(verifier),
      RsaNumbers{std::string(n), std::string(e)}));
}

}  // namespace latchkey
