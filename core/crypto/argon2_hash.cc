// argon2i and argon2d, version 19, by libargon2. argon2id is our own (phc.h).
#include <argon2.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "core/base/constant_time.h"
#include "core/crypto/foreign_hash_families.h"
#include "core/crypto/hash_text.h"
#include "core/crypto/phc.h"

namespace latchkey {
namespace {

constexpr absl::string_view kOurs = "$argon2id$";

class Argon2Hash final : public ForeignHash {
 public:
  Argon2Hash(argon2_type type, PhcHash phc)
      : type_(type), phc_(std::move(phc)) {}

  uint64_t memory_kib() const override { return phc_.parameters.memory_kib; }

  bool Matches(const Secret& password) const override {
    const absl::string_view text = password.RevealSecret();
    std::string made(phc_.hash.size(), '\0');
    const int result =
        argon2_hash(phc_.parameters.iterations, phc_.parameters.memory_kib,
                    phc_.parameters.parallelism, text.data(), text.size(),
                    phc_.salt.data(), phc_.salt.size(), made.data(),
                    made.size(), nullptr, 0, type_, ARGON2_VERSION_13);
    return result == ARGON2_OK && ConstantTimeEquals(made, phc_.hash);
  }

  std::string Text() const override {
    const std::string text = WritePhc(phc_);
    const absl::string_view rest = absl::StripPrefix(text, kOurs);
    return absl::StrCat(type_ == Argon2_i ? "$argon2i$" : "$argon2d$", rest);
  }

 private:
  const argon2_type type_;
  const PhcHash phc_;
};

}  // namespace

ForeignHashOr ParseArgon2Hash(absl::string_view text) {
  const bool i = absl::ConsumePrefix(&text, "$argon2i$");
  if (!i && !absl::ConsumePrefix(&text, "$argon2d$")) {
    return BadHash("argon2: argon2id, argon2i or argon2d");
  }
  // The three differ in their names alone.
  std::optional<PhcHash> phc = ParsePhc(absl::StrCat(kOurs, text));
  if (!phc.has_value()) {
    return BadHash("argon2: v=19, m at most 1048576, t 16, p 8");
  }
  return std::make_unique<const Argon2Hash>(i ? Argon2_i : Argon2_d,
                                            *std::move(phc));
}

}  // namespace latchkey
