#include "core/crypto/ec_key.h"

#include <atomic>
#include <cstdint>
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
#include "core/crypto/message_hash.h"
#include "core/crypto/p256_table.h"
#include "core/crypto/spki.h"

namespace latchkey {
namespace {

// So many good signatures pay for a table.
constexpr uint32_t kManyUses = 1024;

class EcVerifyKey final : public VerifyKey {
 public:
  EcVerifyKey(const Curve& curve, EvpVerifier verifier, EcPoint point)
      : curve_(curve),
        verifier_(std::move(verifier)),
        point_(std::move(point)) {}
  ~EcVerifyKey() override { delete table_.load(std::memory_order_relaxed); }

  bool Verify(absl::string_view data,
              absl::string_view signature) const override {
    const MessageHash hash = HashMessage(curve_.algorithm, data);
    if (const P256Table* table = table_.load(std::memory_order_acquire)) {
      return table->Verify(hash, signature);
    }
    EcdsaDerBuffer der;
    const size_t size = EcdsaRawToDer(signature, &der);
    const bool good = verifier_.Verify(
        hash,
        absl::string_view(reinterpret_cast<const char*>(der.data()), size));
    // Garbage must not decide which keys get a table.
    if (good) uses_.fetch_add(1, std::memory_order_relaxed);
    return good;
  }

  bool WantsTable() const override {
    return curve_.algorithm == Algorithm::kEs256 && !HasTable() &&
           uses_.load(std::memory_order_relaxed) >= kManyUses;
  }

  bool HasTable() const override {
    return table_.load(std::memory_order_relaxed) != nullptr;
  }

  bool BuildTable() const override {
    if (curve_.algorithm != Algorithm::kEs256 || HasTable()) return false;
    std::unique_ptr<const P256Table> table =
        P256Table::Build(point_.x, point_.y);
    const P256Table* none = nullptr;
    if (table == nullptr || !table_.compare_exchange_strong(
                                none, table.get(), std::memory_order_release)) {
      return false;
    }
    table.release();
    return true;
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
  // How often, and what was then made of it: both change what a check costs and
  // never what it says.
  mutable std::atomic<uint32_t> uses_{0};
  mutable std::atomic<const P256Table*> table_{nullptr};
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
