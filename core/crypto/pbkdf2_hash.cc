// PBKDF2 (RFC 8018 §5.2) in the texts of Kratos, passlib and Django.
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
#include "core/base/status_macros.h"
#include "core/crypto/foreign_hash_families.h"
#include "core/crypto/hash_text.h"
#include "core/crypto/openssl_error.h"

namespace latchkey {
namespace {

// Of one block, as long as the digest, or of all blocks together.
constexpr uint64_t kMaxIterations = 10'000'000;
constexpr size_t kMaxSaltBytes = 256;
constexpr size_t kMinHashBytes = 16;
// Keycloak derives 64 bytes whatever the digest: the stored length decides.
constexpr size_t kMaxHashBytes = 128;

struct Digest {
  absl::string_view name;
  const EVP_MD* (*md)();
  size_t bytes;
};
constexpr Digest kDigests[] = {{"sha1", EVP_sha1, 20},
                               {"sha256", EVP_sha256, 32},
                               {"sha512", EVP_sha512, 64}};

const Digest* FindDigest(absl::string_view name) {
  if (name.empty()) name = "sha1";  // passlib's "$pbkdf2$"
  for (const Digest& digest : kDigests) {
    if (digest.name == name) return &digest;
  }
  return nullptr;
}

struct Parts {
  const Digest* digest = nullptr;
  std::optional<uint32_t> iterations;
  std::optional<uint32_t> length;  // as said; the hash itself decides
  std::optional<std::string> salt;
  std::optional<std::string> hash;
};

class Pbkdf2Hash final : public ForeignHash {
 public:
  explicit Pbkdf2Hash(Parts parts) : parts_(std::move(parts)) {}

  uint64_t memory_kib() const override { return 0; }

  bool Matches(const Secret& password) const override {
    const absl::string_view text = password.RevealSecret();
    std::string made(parts_.hash->size(), '\0');
    const int done = PKCS5_PBKDF2_HMAC(
        text.data(), static_cast<int>(text.size()),
        reinterpret_cast<const uint8_t*>(parts_.salt->data()),
        static_cast<int>(parts_.salt->size()),
        static_cast<int>(*parts_.iterations), parts_.digest->md(),
        static_cast<int>(made.size()), reinterpret_cast<uint8_t*>(made.data()));
    if (done != 1) ClearOpensslErrors();
    return done == 1 && ConstantTimeEquals(made, *parts_.hash);
  }

  std::string Text() const override {
    return absl::StrCat("$pbkdf2-", parts_.digest->name,
                        "$i=", *parts_.iterations, ",l=", parts_.hash->size(),
                        "$", EncodeHashBase64(*parts_.salt), "$",
                        EncodeHashBase64(*parts_.hash));
  }

 private:
  const Parts parts_;
};

// "pbkdf2_sha256$<iterations>$<salt as it is>$<hash>"
std::optional<Parts> ReadDjango(absl::string_view text) {
  const std::vector<absl::string_view> fields = absl::StrSplit(text, '$');
  if (fields.size() != 4) return std::nullopt;
  Parts parts;
  absl::string_view name = fields[0];
  absl::ConsumePrefix(&name, "pbkdf2_");
  parts.digest = FindDigest(name);
  parts.iterations = ReadNumber("", fields[1]);
  parts.salt = std::string(fields[2]);
  parts.hash = DecodeHashBase64(fields[3]);
  return parts;
}

// "$pbkdf2-sha256$i=29000,l=32$<salt>$<hash>", or "29000" in passlib's.
std::optional<Parts> ReadPhc(absl::string_view text) {
  const std::vector<absl::string_view> fields = absl::StrSplit(text, '$');
  if (fields.size() != 5) return std::nullopt;
  Parts parts;
  absl::string_view name = fields[1];
  absl::ConsumePrefix(&name, "pbkdf2");
  absl::ConsumePrefix(&name, "-");
  parts.digest = FindDigest(name);
  const std::vector<absl::string_view> cost = absl::StrSplit(fields[2], ',');
  parts.iterations =
      ReadNumber(cost[0].substr(0, 2) == "i=" ? "i=" : "", cost[0]);
  if (cost.size() == 2) parts.length = ReadNumber("l=", cost[1]);
  if (cost.size() > 2 || (cost.size() == 2 && !parts.length.has_value())) {
    return std::nullopt;
  }
  parts.salt = DecodeHashBase64(fields[3]);
  parts.hash = DecodeHashBase64(fields[4]);
  return parts;
}

}  // namespace

ForeignHashOr ParsePbkdf2Hash(absl::string_view text) {
  std::optional<Parts> parts =
      text.front() == '$' ? ReadPhc(text) : ReadDjango(text);
  if (!parts.has_value() || !parts->iterations.has_value() ||
      !parts->salt.has_value() || !parts->hash.has_value()) {
    return BadHash("PBKDF2: $pbkdf2-sha256$i=N,l=N$salt$hash, or Django's");
  }
  if (parts->digest == nullptr) {
    return BadHash("PBKDF2: with sha1, sha256 or sha512");
  }
  if (*parts->iterations < 1 || *parts->iterations > kMaxIterations) {
    return BadHash("PBKDF2: 1 to 10000000 iterations");
  }
  const size_t size = parts->hash->size();
  if (size < kMinHashBytes || size > kMaxHashBytes ||
      parts->length.value_or(static_cast<uint32_t>(size)) != size ||
      parts->salt->size() > kMaxSaltBytes) {
    return BadHash("PBKDF2: a hash of 16 to 128 bytes, salt of at most 256");
  }
  const size_t block = parts->digest->bytes;
  if (*parts->iterations * ((size + block - 1) / block) > kMaxIterations) {
    return BadHash("PBKDF2: 10000000 iterations for all blocks of the hash");
  }
  return std::make_unique<const Pbkdf2Hash>(*std::move(parts));
}

}  // namespace latchkey
