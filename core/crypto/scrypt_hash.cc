// scrypt in PHC strings, and in Kratos's texts, which say N and not log2 N.
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/numeric/bits.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "core/base/constant_time.h"
#include "core/crypto/foreign_hash_families.h"
#include "core/crypto/hash_text.h"
#include "core/crypto/scrypt.h"

namespace latchkey {
namespace {

constexpr size_t kMaxSaltBytes = 256;
constexpr size_t kMinHashBytes = 16;
constexpr size_t kMaxHashBytes = 64;
// No log2 is as large, and no N that anybody used as small.
constexpr uint32_t kLeastN = 64;

class ScryptHash final : public ForeignHash {
 public:
  ScryptHash(ScryptParameters parameters, std::string salt, std::string hash)
      : parameters_(parameters),
        salt_(std::move(salt)),
        hash_(std::move(hash)) {}

  uint64_t memory_kib() const override { return parameters_.memory_kib(); }

  bool Matches(const Secret& password) const override {
    const std::optional<std::string> made =
        Scrypt(password, salt_, parameters_, hash_.size());
    return made.has_value() && ConstantTimeEquals(*made, hash_);
  }

  std::string Text() const override {
    return absl::StrCat("$scrypt$ln=", parameters_.log_n, ",r=", parameters_.r,
                        ",p=", parameters_.p, "$", EncodeHashBase64(salt_), "$",
                        EncodeHashBase64(hash_));
  }

 private:
  const ScryptParameters parameters_;
  const std::string salt_;
  const std::string hash_;
};

std::optional<uint32_t> ReadLogN(absl::string_view text) {
  const std::optional<uint32_t> ln = ReadNumber("ln=", text);
  if (!ln.has_value() || *ln < kLeastN) return ln;
  if (!absl::has_single_bit(*ln)) return std::nullopt;
  return static_cast<uint32_t>(absl::bit_width(*ln)) - 1;
}

}  // namespace

// "$scrypt$ln=14,r=8,p=1$<salt>$<hash>"
ForeignHashOr ParseScryptHash(absl::string_view text) {
  const std::vector<absl::string_view> fields = absl::StrSplit(text, '$');
  if (fields.size() != 5) {
    return BadHash("scrypt: $scrypt$ln=N,r=N,p=N$salt$hash");
  }
  const std::vector<absl::string_view> cost = absl::StrSplit(fields[2], ',');
  std::optional<std::string> salt = DecodeHashBase64(fields[3]);
  std::optional<std::string> hash = DecodeHashBase64(fields[4]);
  if (cost.size() != 3 || !salt.has_value() || !hash.has_value()) {
    return BadHash("scrypt: $scrypt$ln=N,r=N,p=N$salt$hash");
  }
  const std::optional<uint32_t> log_n = ReadLogN(cost[0]);
  const std::optional<uint32_t> r = ReadNumber("r=", cost[1]);
  const std::optional<uint32_t> p = ReadNumber("p=", cost[2]);
  const ScryptParameters parameters = {log_n.value_or(0), r.value_or(0),
                                       p.value_or(0)};
  if (!parameters.within_limits()) {
    return BadHash("scrypt: N at most 2^17, r 8, p 10");
  }
  if (salt->size() > kMaxSaltBytes || hash->size() < kMinHashBytes ||
      hash->size() > kMaxHashBytes) {
    return BadHash("scrypt: a hash of 16 to 64 bytes, salt of at most 256");
  }
  return std::make_unique<const ScryptHash>(parameters, *std::move(salt),
                                            *std::move(hash));
}

}  // namespace latchkey
