#include "core/crypto/rsa_checks.h"

#include <array>
#include <cstdint>

#include "absl/strings/str_cat.h"
#include "core/base/reason.h"
#include "core/crypto/openssl_error.h"
#include "core/crypto/openssl_ptr.h"

namespace latchkey {
namespace {

constexpr unsigned kMinBits = 2048;
constexpr unsigned kMaxBits = 8192;
// A prime modulus is nobody's accident; looking costs a modular power.
constexpr unsigned kMaxBitsOfPrimeCheck = 4096;

absl::Status Refuse(absl::string_view cause) {
  return Error(Reason::kInvalidRequest, absl::StrCat("RSA key: ", cause));
}

bool HasLeadingZero(absl::string_view number) {
  return !number.empty() && number.front() == '\0';
}

bool IsOdd(absl::string_view number) {
  return !number.empty() && (static_cast<uint8_t>(number.back()) & 1) == 1;
}

uint64_t ToUint64(absl::string_view number) {
  uint64_t value = 0;
  for (const char c : number) value = value << 8 | static_cast<uint8_t>(c);
  return value;
}

absl::Status CheckExponent(absl::string_view e) {
  if (HasLeadingZero(e)) return Refuse("exponent has leading zeros");
  if (!IsOdd(e)) return Refuse("exponent is not odd");
  if (e.size() > 4) return Refuse("exponent is over 2^32");
  if (ToUint64(e) < 3) return Refuse("exponent is too small");
  return absl::OkStatus();
}

// InPowersOf65537 says whether `residue` is a power of 65537 modulo `prime`.
bool InPowersOf65537(BN_ULONG residue, BN_ULONG prime) {
  const BN_ULONG base = 65537 % prime;
  BN_ULONG power = 1;
  do {
    if (power == residue) return true;
    power = power * base % prime;
  } while (power != 1);
  return false;
}

// Primes of Infineon's broken generator are powers of 65537 modulo each small
// prime, and so is their product (Nemec et al. 2017, §2). By chance that holds
// for one modulus in about 2^27.
bool HasRocaFingerprint(const BIGNUM* n) {
  constexpr std::array<BN_ULONG, 17> kPrimes = {
      11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157};
  for (const BN_ULONG prime : kPrimes) {
    if (!InPowersOf65537(BN_mod_word(n, prime), prime)) return false;
  }
  return true;
}

absl::Status CheckModulusForm(const BIGNUM* n, unsigned bits) {
  if (HasRocaFingerprint(n)) return Refuse("modulus of a broken generator");
  if (bits > kMaxBitsOfPrimeCheck) return absl::OkStatus();
  // Fermat's test: one power, also for a prime, where the library's own test
  // goes on for seconds. A product of two primes passes it by chance alone.
  const BnCtxPtr ctx(BN_CTX_new());
  const BnPtr two(BN_new());
  const BnPtr power(BN_dup(n));  // n - 1, and then 2^(n - 1)
  if (ctx == nullptr || two == nullptr || power == nullptr ||
      BN_set_word(two.get(), 2) != 1 || BN_sub_word(power.get(), 1) != 1 ||
      BN_mod_exp_mont(power.get(), two.get(), power.get(), n, ctx.get(),
                      nullptr) != 1) {
    return OpensslError("BN_mod_exp_mont");
  }
  if (BN_is_one(power.get())) return Refuse("modulus is prime");
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckRsaNumbers(absl::string_view n, absl::string_view e) {
  if (HasLeadingZero(n)) return Refuse("modulus has leading zeros");
  if (n.size() > kMaxBits / 8) return Refuse("modulus has over 8192 bits");
  if (!IsOdd(n)) return Refuse("modulus is not odd");
  if (absl::Status status = CheckExponent(e); !status.ok()) return status;
  const BnPtr modulus(BN_bin2bn(reinterpret_cast<const uint8_t*>(n.data()),
                                static_cast<int>(n.size()), nullptr));
  if (modulus == nullptr) return OpensslError("BN_bin2bn");
  const unsigned bits = static_cast<unsigned>(BN_num_bits(modulus.get()));
  if (bits < kMinBits) return Refuse("modulus has fewer than 2048 bits");
  return CheckModulusForm(modulus.get(), bits);
}

}  // namespace latchkey
