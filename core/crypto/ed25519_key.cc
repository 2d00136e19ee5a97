#include "core/crypto/ed25519_key.h"

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/base/base64url.h"
#include "core/base/reason.h"
#include "core/crypto/sodium.h"

namespace latchkey {
namespace {

// PKCS #8 of a seed (RFC 8410 §7): all but the last 32 bytes are fixed.
constexpr absl::string_view kPkcs8Prefix(
    "\x30\x2E\x02\x01\x00\x30\x05\x06\x03\x2B\x65\x70\x04\x22\x04\x20", 16);

const uint8_t* Bytes(absl::string_view text) {
  return reinterpret_cast<const uint8_t*>(text.data());
}

template <size_t kSize>
absl::string_view View(const std::array<uint8_t, kSize>& bytes) {
  return absl::string_view(reinterpret_cast<const char*>(bytes.data()), kSize);
}

class Ed25519VerifyKey final : public VerifyKey {
 public:
  explicit Ed25519VerifyKey(absl::string_view x) : x_(x) {}

  bool Verify(absl::string_view data,
              absl::string_view signature) const override {
    return crypto_sign_ed25519_verify_detached(Bytes(signature), Bytes(data),
                                               data.size(), Bytes(x_)) == 0;
  }

  size_t signature_size() const override { return crypto_sign_ed25519_BYTES; }

  std::string CanonicalJwk() const override {
    return absl::StrCat("{\"crv\":\"Ed25519\",\"kty\":\"OKP\",\"x\":\"",
                        Base64UrlEncode(x_), "\"}");
  }

 private:
  const std::string x_;
};

class Ed25519PrivateKey final : public PrivateKey {
 public:
  explicit Ed25519PrivateKey(const uint8_t* seed) {
    crypto_sign_ed25519_seed_keypair(public_.data(), secret_.data(), seed);
  }
  Ed25519PrivateKey(const Ed25519PrivateKey&) = delete;
  Ed25519PrivateKey& operator=(const Ed25519PrivateKey&) = delete;
  ~Ed25519PrivateKey() override {
    sodium_memzero(secret_.data(), secret_.size());
  }

  absl::Status Sign(absl::string_view data, std::string* out) const override {
    out->resize(crypto_sign_ed25519_BYTES);
    crypto_sign_ed25519_detached(reinterpret_cast<uint8_t*>(out->data()),
                                 nullptr, Bytes(data), data.size(),
                                 secret_.data());
    return absl::OkStatus();
  }

  absl::StatusOr<Secret> Serialize() const override {
    // The library's secret key is the seed and then the public key.
    std::string der = absl::StrCat(
        kPkcs8Prefix, View(secret_).substr(0, crypto_sign_ed25519_SEEDBYTES));
    return Secret::TakeFrom(&der);
  }

  absl::StatusOr<VerifyKeyPtr> MakeVerifyKey() const override {
    return NewEd25519VerifyKey(View(public_));
  }

 private:
  std::array<uint8_t, crypto_sign_ed25519_PUBLICKEYBYTES> public_;
  std::array<uint8_t, crypto_sign_ed25519_SECRETKEYBYTES> secret_;
};

absl::Status NotReady() {
  return Error(Reason::kInternal, "libsodium does not start");
}

}  // namespace

absl::StatusOr<VerifyKeyPtr> NewEd25519VerifyKey(absl::string_view x) {
  if (!SodiumReady()) return NotReady();
  if (x.size() != crypto_sign_ed25519_PUBLICKEYBYTES) {
    return Error(Reason::kInvalidRequest, "Ed25519 key: not 32 bytes");
  }
  // Canonical, on the curve, and in the group that keys are made in.
  if (crypto_core_ed25519_is_valid_point(Bytes(x)) != 1) {
    return Error(Reason::kInvalidRequest, "Ed25519 key: not a valid point");
  }
  return VerifyKeyPtr(std::make_shared<Ed25519VerifyKey>(x));
}

absl::StatusOr<PrivateKeyPtr> GenerateEd25519PrivateKey() {
  if (!SodiumReady()) return NotReady();
  std::array<uint8_t, crypto_sign_ed25519_SEEDBYTES> seed;
  randombytes_buf(seed.data(), seed.size());
  PrivateKeyPtr key = std::make_unique<Ed25519PrivateKey>(seed.data());
  sodium_memzero(seed.data(), seed.size());
  return key;
}

absl::StatusOr<PrivateKeyPtr> LoadEd25519PrivateKey(absl::string_view pkcs8) {
  if (!SodiumReady()) return NotReady();
  if (pkcs8.size() != kPkcs8Prefix.size() + crypto_sign_ed25519_SEEDBYTES ||
      !absl::StartsWith(pkcs8, kPkcs8Prefix)) {
    return Error(Reason::kInvalidRequest, "not a PKCS #8 Ed25519 key");
  }
  return PrivateKeyPtr(std::make_unique<Ed25519PrivateKey>(
      Bytes(pkcs8.substr(kPkcs8Prefix.size()))));
}

}  // namespace latchkey
