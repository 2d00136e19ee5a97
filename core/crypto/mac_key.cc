#include "core/crypto/mac_key.h"

#include <memory>
#include <string>
#include <utility>

#include "core/base/constant_time.h"
#include "core/base/random.h"
#include "core/base/reason.h"
#include "core/base/status_macros.h"
#include "core/crypto/hmac.h"

namespace latchkey {
namespace {

// MacKey is the role that knows the secret; both sides compute the same.
class MacKey : public VerifyKey {
 public:
  explicit MacKey(const Secret& secret) : secret_(secret.Clone()) {}

  virtual std::string Compute(absl::string_view data) const = 0;

  std::string CanonicalJwk() const override { return ""; }
  bool Equals(const VerifyKey& other) const override {
    return secret_ == static_cast<const MacKey&>(other).secret_;
  }

 private:
  const Secret secret_;
};

template <typename Sha>
class ShaMacKey final : public MacKey {
 public:
  explicit ShaMacKey(const Secret& secret)
      : MacKey(secret), key_(secret.RevealSecret()) {}

  std::string Compute(absl::string_view data) const override {
    return std::string(View(key_.Compute(data)));
  }
  bool Verify(absl::string_view data,
              absl::string_view signature) const override {
    return ConstantTimeEquals(View(key_.Compute(data)), signature);
  }
  size_t signature_size() const override { return Sha::kSize; }

 private:
  using Mac = typename HmacKey<Sha>::Mac;
  static absl::string_view View(const Mac& mac) {
    return absl::string_view(reinterpret_cast<const char*>(mac.data()),
                             mac.size());
  }

  const HmacKey<Sha> key_;
};

absl::StatusOr<std::shared_ptr<const MacKey>> NewMacKey(Algorithm algorithm,
                                                        const Secret& secret) {
  if (secret.size() < MacSize(algorithm)) {
    return Error(Reason::kInvalidRequest,
                 "HMAC secret is shorter than the hash");
  }
  std::shared_ptr<const MacKey> key;
  if (algorithm == Algorithm::kHs512) {
    key = std::make_shared<ShaMacKey<Sha512Traits>>(secret);
  } else if (algorithm == Algorithm::kHs384) {
    key = std::make_shared<ShaMacKey<Sha384Traits>>(secret);
  } else {
    key = std::make_shared<ShaMacKey<Sha256Traits>>(secret);
  }
  return key;
}

class MacPrivateKey final : public PrivateKey {
 public:
  MacPrivateKey(const Secret& secret, std::shared_ptr<const MacKey> key)
      : secret_(secret.Clone()), key_(std::move(key)) {}

  absl::Status Sign(absl::string_view data, std::string* out) const override {
    *out = key_->Compute(data);
    return absl::OkStatus();
  }
  absl::StatusOr<Secret> Serialize() const override { return secret_.Clone(); }
  absl::StatusOr<VerifyKeyPtr> MakeVerifyKey() const override {
    return VerifyKeyPtr(key_);
  }

 private:
  const Secret secret_;
  const std::shared_ptr<const MacKey> key_;
};

}  // namespace

size_t MacSize(Algorithm algorithm) {
  if (algorithm == Algorithm::kHs512) return Sha512Traits::kSize;
  if (algorithm == Algorithm::kHs384) return Sha384Traits::kSize;
  return Sha256Traits::kSize;
}

absl::StatusOr<VerifyKeyPtr> NewMacVerifyKey(Algorithm algorithm,
                                             const Secret& secret) {
  ASSIGN_OR_RETURN(std::shared_ptr<const MacKey> key,
                   NewMacKey(algorithm, secret));
  return VerifyKeyPtr(std::move(key));
}

absl::StatusOr<PrivateKeyPtr> GenerateMacKey(Algorithm algorithm) {
  std::string bytes = Random::SystemRandom()->Bytes(MacSize(algorithm));
  return LoadMacKey(algorithm, Secret::TakeFrom(&bytes));
}

absl::StatusOr<PrivateKeyPtr> LoadMacKey(Algorithm algorithm,
                                         const Secret& secret) {
  ASSIGN_OR_RETURN(std::shared_ptr<const MacKey> key,
                   NewMacKey(algorithm, secret));
  return PrivateKeyPtr(std::make_unique<MacPrivateKey>(secret, std::move(key)));
}

}  // namespace latchkey
