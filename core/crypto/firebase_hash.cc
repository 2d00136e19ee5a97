// Firebase's scrypt: the key that scrypt makes of password and salt encrypts
// the project's signer key (AES-256-CTR, counter zero); the ciphertext is the
// hash. Described at github.com/firebase/scrypt.
#include <openssl/evp.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "core/base/constant_time.h"
#include "core/crypto/foreign_hash_families.h"
#include "core/crypto/hash_text.h"
#include "core/crypto/openssl_error.h"
#include "core/crypto/openssl_ptr.h"
#include "core/crypto/scrypt.h"

namespace latchkey {
namespace {

constexpr size_t kMaxSaltBytes = 64;
constexpr size_t kMinSignerKeyBytes = 32;
constexpr size_t kMaxSignerKeyBytes = 128;
constexpr size_t kAesKeyBytes = 32;
constexpr size_t kCounterBytes = 16;

using CipherContext =
    std::unique_ptr<EVP_CIPHER_CTX, OpensslDeleter<EVP_CIPHER_CTX_free>>;

// nullopt when the library fails.
std::optional<std::string> AesCtr(absl::string_view key,
                                  absl::string_view text) {
  constexpr uint8_t kZeroCounter[kCounterBytes] = {};
  std::string out(text.size(), '\0');
  int written = 0;
  const CipherContext context(EVP_CIPHER_CTX_new());
  if (context == nullptr ||
      EVP_EncryptInit_ex(context.get(), EVP_aes_256_ctr(), nullptr,
                         reinterpret_cast<const uint8_t*>(key.data()),
                         kZeroCounter) != 1 ||
      EVP_EncryptUpdate(context.get(), reinterpret_cast<uint8_t*>(out.data()),
                        &written, reinterpret_cast<const uint8_t*>(text.data()),
                        static_cast<int>(text.size())) != 1 ||
      static_cast<size_t>(written) != out.size()) {
    ClearOpensslErrors();
    return std::nullopt;
  }
  return out;
}

struct Parts {
  ScryptParameters parameters;
  std::optional<std::string> separator;
  std::optional<std::string> signer_key;
  std::optional<std::string> salt;
  std::optional<std::string> hash;
};

class FirebaseHash final : public ForeignHash {
 public:
  explicit FirebaseHash(Parts parts) : parts_(std::move(parts)) {}

  uint64_t memory_kib() const override {
    return parts_.parameters.memory_kib();
  }

  bool Matches(const Secret& password) const override {
    std::optional<std::string> key =
        Scrypt(password, absl::StrCat(*parts_.salt, *parts_.separator),
               parts_.parameters, kAesKeyBytes);
    if (!key.has_value()) return false;
    const std::optional<std::string> made = AesCtr(*key, *parts_.signer_key);
    WipeString(&*key);
    return made.has_value() && ConstantTimeEquals(*made, *parts_.hash);
  }

  std::string Text() const override {
    return absl::StrCat(
        "$fbscrypt$v=1,n=", parts_.parameters.log_n, ",r=", parts_.parameters.r,
        ",p=1,ss=", EncodeHashBase64(*parts_.separator),
        ",sk=", EncodeHashBase64(*parts_.signer_key), "$",
        EncodeHashBase64(*parts_.salt), "$", EncodeHashBase64(*parts_.hash));
  }

 private:
  const Parts parts_;
};

std::optional<std::string> ReadBytes(absl::string_view prefix,
                                     absl::string_view text) {
  if (!absl::ConsumePrefix(&text, prefix)) return std::nullopt;
  return DecodeHashBase64(text);
}

std::optional<Parts> ReadParts(absl::string_view text) {
  const std::vector<absl::string_view> fields = absl::StrSplit(text, '$');
  if (fields.size() != 5) return std::nullopt;
  const std::vector<absl::string_view> cost = absl::StrSplit(fields[2], ',');
  if (cost.size() != 6 || cost[0] != "v=1" || cost[3] != "p=1") {
    return std::nullopt;
  }
  Parts parts;
  parts.parameters = {ReadNumber("n=", cost[1]).value_or(0),
                      ReadNumber("r=", cost[2]).value_or(0), 1};
  parts.separator = ReadBytes("ss=", cost[4]);
  parts.signer_key = ReadBytes("sk=", cost[5]);
  parts.salt = DecodeHashBase64(fields[3]);
  parts.hash = DecodeHashBase64(fields[4]);
  return parts;
}

}  // namespace

// "$fbscrypt$v=1,n=14,r=8,p=1,ss=<separator>,sk=<signer key>$<salt>$<hash>"
ForeignHashOr ParseFirebaseHash(absl::string_view text) {
  std::optional<Parts> parts = ReadParts(text);
  if (!parts.has_value() || !parts->separator.has_value() ||
      !parts->signer_key.has_value() || !parts->salt.has_value() ||
      !parts->hash.has_value()) {
    return BadHash("Firebase: $fbscrypt$v=1,n=,r=,p=1,ss=,sk=$salt$hash");
  }
  if (!parts->parameters.within_limits()) {
    return BadHash("Firebase: mem_cost 1 to 17, rounds 1 to 8");
  }
  if (parts->salt->size() + parts->separator->size() > kMaxSaltBytes ||
      parts->signer_key->size() < kMinSignerKeyBytes ||
      parts->signer_key->size() > kMaxSignerKeyBytes ||
      parts->hash->size() != parts->signer_key->size()) {
    return BadHash("Firebase: a hash as long as the signer key");
  }
  return std::make_unique<const FirebaseHash>(*std::move(parts));
}

}  // namespace latchkey
