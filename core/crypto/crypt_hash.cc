// bcrypt, MD5, SHA-2, scrypt and yescrypt hashes of crypt(3), by libxcrypt.
#include <crypt.h>

#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "core/base/constant_time.h"
#include "core/base/status_macros.h"
#include "core/crypto/foreign_hash_families.h"
#include "core/crypto/hash_text.h"

namespace latchkey {
namespace {

constexpr uint32_t kMinBcryptCost = 4;
constexpr uint32_t kMaxBcryptCost = 15;
constexpr size_t kBcryptBytes = 60;
// All that bcrypt reads of a password.
constexpr size_t kBcryptPasswordBytes = 72;
constexpr uint32_t kMinShaRounds = 1000;  // crypt(3) makes no fewer
constexpr uint32_t kMaxShaRounds = 1'000'000;
constexpr uint64_t kMaxScryptN = 1 << 17;
constexpr uint64_t kMaxScryptR = 8;
constexpr uint64_t kMaxScryptP = 10;
// yescrypt's usual r is 32, with a smaller N.
constexpr uint64_t kMaxYescryptNTimesR = 1 << 20;
constexpr uint64_t kMaxYescryptR = 64;
// Lengths of the last part of a text: too short a hash would match too much.
constexpr size_t kMd5Characters = 22;
constexpr size_t kSha256Characters = 43;
constexpr size_t kSha512Characters = 86;

constexpr absl::string_view kAlphabet =
    "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

// Value is a digit of crypt(3)'s base 64, or 64.
uint64_t Value(char c) {
  const size_t at = kAlphabet.find(c);
  return at == absl::string_view::npos ? 64 : at;
}

// WipedCryptData is libxcrypt's work space, 32 KiB, with traces of the
// password.
struct WipeCryptData {
  void operator()(crypt_data* data) const {
    explicit_bzero(data, sizeof(*data));
    delete data;
  }
};
using CryptData = std::unique_ptr<crypt_data, WipeCryptData>;

class CryptHash final : public ForeignHash {
 public:
  CryptHash(absl::string_view text, uint64_t memory_kib)
      : text_(text), memory_kib_(memory_kib) {}

  uint64_t memory_kib() const override { return memory_kib_; }
  std::string Text() const override { return text_; }

  // A NUL ends the password, as it did where the hash was made.
  bool Matches(const Secret& password) const override {
    absl::string_view phrase = password.RevealSecret();
    if (absl::StartsWith(text_, "$2")) {
      phrase = phrase.substr(0, kBcryptPasswordBytes);
    }
    const Secret terminated = Terminated(phrase);
    const CryptData data(new crypt_data());
    const char* const made =
        crypt_rn(terminated.RevealSecret().data(), text_.c_str(), data.get(),
                 static_cast<int>(sizeof(crypt_data)));
    return made != nullptr && ConstantTimeEquals(made, text_);
  }

 private:
  static Secret Terminated(absl::string_view phrase) {
    std::string text;
    text.reserve(phrase.size() + 1);
    text.append(phrase.data(), phrase.size());
    text.push_back('\0');
    return Secret::TakeFrom(&text);
  }

  const std::string text_;
  const uint64_t memory_kib_;
};

// "$2b$10$" and 22 characters of salt, 31 of hash. $2x$ is of the old
// implementation that mistook letters beyond ASCII: another algorithm.
absl::Status CheckBcrypt(absl::string_view text) {
  if (text.size() != kBcryptBytes || text[3] != '$' || text[6] != '$' ||
      absl::string_view("abxy").find(text[2]) == absl::string_view::npos) {
    return BadHash("bcrypt: $2a$, $2b$, $2x$ or $2y$ and 60 characters");
  }
  const auto digit = [&](size_t at) {
    return static_cast<uint32_t>(text[at] - '0');
  };
  const uint32_t cost = 10 * digit(4) + digit(5);
  if (digit(4) > 9 || digit(5) > 9 || cost < kMinBcryptCost ||
      cost > kMaxBcryptCost) {
    return BadHash("bcrypt: cost 4 to 15");
  }
  for (const char c : text.substr(7)) {
    if (Value(c) > 63) return BadHash("bcrypt: base 64 of its own");
  }
  return absl::OkStatus();
}

// Some programs leave something in the bits of the last characters of salt and
// hash that are no part of either; crypt(3) has zeros there, and so none of
// their passwords would match.
std::string WithoutSpareBits(absl::string_view bcrypt) {
  constexpr absl::string_view kDigits =
      "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  constexpr size_t kLastOfSalt = 28;  // 128 bits in 22 characters
  constexpr size_t kLastOfHash = 59;  // 184 bits in 31
  std::string text(bcrypt);
  text[kLastOfSalt] = kDigits[kDigits.find(text[kLastOfSalt]) & 0x30];
  text[kLastOfHash] = kDigits[kDigits.find(text[kLastOfHash]) & 0x3c];
  return text;
}

// "$5$rounds=5000$salt$hash": the rounds may be left out.
absl::Status CheckSha(const std::vector<absl::string_view>& parts) {
  const bool has_rounds = parts[1] != "1" && parts.size() > 2 &&
                          absl::StartsWith(parts[2], "rounds=");
  if (parts.size() != (has_rounds ? 5u : 4u)) {
    return BadHash("crypt(3): salt and hash");
  }
  if (has_rounds) {
    const auto rounds = ReadNumber("rounds=", parts[2]);
    if (!rounds.has_value() || *rounds < kMinShaRounds ||
        *rounds > kMaxShaRounds) {
      return BadHash("crypt(3): 1000 to 1000000 rounds");
    }
  }
  const size_t size = parts[1] == "1"   ? kMd5Characters
                      : parts[1] == "5" ? kSha256Characters
                                        : kSha512Characters;
  if (parts.back().size() != size) return BadHash("crypt(3): the whole hash");
  return absl::OkStatus();
}

// Number reads five digits, the lowest first.
uint64_t Number(absl::string_view digits) {
  uint64_t number = 0;
  for (size_t i = 0; i < digits.size(); ++i) {
    number |= Value(digits[i]) << (6 * i);
  }
  return number;
}

// "$7$" log2 N, r, p in 1 + 5 + 5 digits, then the salt.
absl::StatusOr<uint64_t> CheckScrypt(
    const std::vector<absl::string_view>& parts) {
  constexpr size_t kParameters = 11;
  if (parts.size() != 4 || parts[2].size() < kParameters ||
      parts[3].size() != kSha256Characters) {
    return BadHash("crypt(3) scrypt: parameters, salt and hash");
  }
  const absl::string_view digits = parts[2].substr(0, kParameters);
  for (const char c : digits) {
    if (Value(c) > 63) return BadHash("crypt(3) scrypt: base 64 of its own");
  }
  const uint64_t log_n = Value(digits[0]);
  const uint64_t r = Number(digits.substr(1, 5));
  const uint64_t p = Number(digits.substr(6, 5));
  if (log_n < 1 || log_n > 17 || r < 1 || r > kMaxScryptR || p < 1 ||
      p > kMaxScryptP || (uint64_t{1} << log_n) > kMaxScryptN) {
    return BadHash("scrypt: N at most 2^17, r 8, p 10");
  }
  return ((uint64_t{1} << log_n) + p) * r * 128 / 1024 + 1;
}

// "$y$j9T$": the flavour, log2 N - 1 and r - 1 in a digit each. Longer forms
// (more lanes, more time) are of hand-made settings alone.
absl::StatusOr<uint64_t> CheckYescrypt(
    const std::vector<absl::string_view>& parts) {
  constexpr uint64_t kOneDigit = 47;  // larger ones go on in the next
  if (parts.size() != 5 || parts[2].size() != 3 ||
      parts[4].size() != kSha256Characters || parts[2][0] != 'j' ||
      Value(parts[2][1]) > kOneDigit || Value(parts[2][2]) > kOneDigit) {
    return BadHash("yescrypt: the default flavour, $y$jNR$salt$hash");
  }
  const uint64_t log_n = Value(parts[2][1]) + 1;
  const uint64_t r = Value(parts[2][2]) + 1;
  if (log_n > 20 || r > kMaxYescryptR || (r << log_n) > kMaxYescryptNTimesR) {
    return BadHash("yescrypt: N * r at most 2^20");
  }
  return (r << log_n) * 128 / 1024 + 1;
}

}  // namespace

ForeignHashOr ParseCryptHash(absl::string_view text) {
  uint64_t memory_kib = 0;
  const std::vector<absl::string_view> parts = absl::StrSplit(text, '$');
  if (absl::StartsWith(text, "$2")) {
    RETURN_IF_ERROR(CheckBcrypt(text));
    return std::make_unique<const CryptHash>(WithoutSpareBits(text), 0);
  }
  if (absl::StartsWith(text, "$7$")) {
    ASSIGN_OR_RETURN(memory_kib, CheckScrypt(parts));
  } else if (absl::StartsWith(text, "$y$")) {
    ASSIGN_OR_RETURN(memory_kib, CheckYescrypt(parts));
  } else {
    RETURN_IF_ERROR(CheckSha(parts));
  }
  return std::make_unique<const CryptHash>(text, memory_kib);
}

}  // namespace latchkey
