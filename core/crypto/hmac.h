// HMAC (RFC 2104) with the key's two pads hashed once.
#ifndef LATCHKEY_CORE_CRYPTO_HMAC_H_
#define LATCHKEY_CORE_CRYPTO_HMAC_H_

// The plain SHA functions are marked deprecated in OpenSSL 3, but are there,
// are the same in BoringSSL, and fetch nothing under a lock for each message.
#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <array>
#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"

namespace latchkey {

struct Sha256Traits {
  using Context = SHA256_CTX;
  static constexpr size_t kSize = 32;
  static constexpr size_t kBlock = 64;
  static constexpr auto kInit = &SHA256_Init;
  static constexpr auto kUpdate = &SHA256_Update;
  static constexpr auto kFinal = &SHA256_Final;
};

struct Sha384Traits {
  using Context = SHA512_CTX;
  static constexpr size_t kSize = 48;
  static constexpr size_t kBlock = 128;
  static constexpr auto kInit = &SHA384_Init;
  static constexpr auto kUpdate = &SHA384_Update;
  static constexpr auto kFinal = &SHA384_Final;
};

struct Sha512Traits {
  using Context = SHA512_CTX;
  static constexpr size_t kSize = 64;
  static constexpr size_t kBlock = 128;
  static constexpr auto kInit = &SHA512_Init;
  static constexpr auto kUpdate = &SHA512_Update;
  static constexpr auto kFinal = &SHA512_Final;
};

// ShaDigest hashes `data` in one go.
template <typename Sha>
std::array<uint8_t, Sha::kSize> ShaDigest(absl::string_view data) {
  std::array<uint8_t, Sha::kSize> out;
  typename Sha::Context context;
  Sha::kInit(&context);
  Sha::kUpdate(&context, data.data(), data.size());
  Sha::kFinal(out.data(), &context);
  return out;
}

// HmacKey holds the hash states behind the inner and the outer pad; they are
// wiped on destruction. Compute is const and thread-safe.
template <typename Sha>
class HmacKey {
 public:
  using Mac = std::array<uint8_t, Sha::kSize>;

  explicit HmacKey(absl::string_view key) {
    std::array<uint8_t, Sha::kBlock> block{};
    if (key.size() > block.size()) {
      Mac digest = ShaDigest<Sha>(key);
      for (size_t i = 0; i < digest.size(); ++i) block[i] = digest[i];
      OPENSSL_cleanse(digest.data(), digest.size());
    } else {
      for (size_t i = 0; i < key.size(); ++i) {
        block[i] = static_cast<uint8_t>(key[i]);
      }
    }
    StartPad(block, 0x36, &inner_);
    StartPad(block, 0x5C, &outer_);
    OPENSSL_cleanse(block.data(), block.size());
  }
  HmacKey(const HmacKey&) = delete;
  HmacKey& operator=(const HmacKey&) = delete;
  ~HmacKey() {
    OPENSSL_cleanse(&inner_, sizeof(inner_));
    OPENSSL_cleanse(&outer_, sizeof(outer_));
  }

  Mac Compute(absl::string_view data) const {
    Mac mac;
    typename Sha::Context context = inner_;
    Sha::kUpdate(&context, data.data(), data.size());
    Sha::kFinal(mac.data(), &context);
    context = outer_;
    Sha::kUpdate(&context, mac.data(), mac.size());
    Sha::kFinal(mac.data(), &context);
    OPENSSL_cleanse(&context, sizeof(context));
    return mac;
  }

 private:
  static void StartPad(const std::array<uint8_t, Sha::kBlock>& block,
                       uint8_t pad, typename Sha::Context* context) {
    std::array<uint8_t, Sha::kBlock> padded;
    for (size_t i = 0; i < block.size(); ++i) {
      padded[i] = static_cast<uint8_t>(block[i] ^ pad);
    }
    Sha::kInit(context);
    Sha::kUpdate(context, padded.data(), padded.size());
    OPENSSL_cleanse(padded.data(), padded.size());
  }

  typename Sha::Context inner_;
  typename Sha::Context outer_;
};

}  // namespace latchkey

#endif  // LATCHKEY_CORE_CRYPTO_HMAC_H_
