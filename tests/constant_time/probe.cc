// Runs one piece of secret-handling code with its secret bytes marked as
// undefined, so that valgrind reports every branch and every address that
// depends on them. constant_time_test.sh runs it under valgrind.
//
// usage: probe PIECE; exit 0 when the piece gave the right answer, 2 for an
// unknown piece.
#include <valgrind/memcheck.h>

#include <cstdio>
#include <string>

#include "absl/strings/string_view.h"
#include "core/base/constant_time.h"
#include "core/base/random.h"
#include "core/base/secret.h"
#include "core/crypto/password_hash.h"
#include "core/crypto/public_key.h"
#include "core/crypto/signing_key.h"

namespace {

int g_compared = 0;

void MarkSecret(absl::string_view bytes) {
  VALGRIND_MAKE_MEM_UNDEFINED(bytes.data(), bytes.size());
}

void MarkPublic(absl::string_view bytes) {
  VALGRIND_MAKE_MEM_DEFINED(bytes.data(), bytes.size());
}

// What a comparison says is no secret.
bool Declassify(bool result) {
  VALGRIND_MAKE_MEM_DEFINED(&result, sizeof(result));
  return result;
}

}  // namespace

// Every call of ConstantTimeEquals comes here first (--wrap): what is compared
// becomes secret, whatever code has made it.
#define REAL \
  __real__ZN8latchkey18ConstantTimeEqualsEN4absl7debian311string_viewES2_
#define WRAP \
  __wrap__ZN8latchkey18ConstantTimeEqualsEN4absl7debian311string_viewES2_

extern "C" {
bool REAL(absl::string_view a, absl::string_view b);
bool WRAP(absl::string_view a, absl::string_view b) {
  ++g_compared;
  MarkSecret(a);
  MarkSecret(b);
  const bool equal = Declassify(REAL(a, b));
  MarkPublic(a);
  MarkPublic(b);
  return equal;
}
}

namespace latchkey {
namespace {

constexpr absl::string_view kKey = "a secret of 32 bytes, and more..";

bool ComparesBytes() {
  const std::string a(kKey);
  std::string b(kKey);
  const bool equal = ConstantTimeEquals(a, b);
  b[0] = 'b';
  return equal && !ConstantTimeEquals(a, b) && g_compared == 2;
}

bool ComparesSecrets() {
  const Secret a(kKey);
  const Secret b(kKey);
  const Secret c("another secret of just 32 bytes.");
  return a == b && a != c && g_compared == 2;
}

bool ChecksMac(Algorithm algorithm) {
  SigningKey signer = *SigningKey::FromSerialized(algorithm, "kid",
                                                  Secret(std::string(64, 'k')));
  std::string mac;
  if (!signer.Sign("data", &mac).ok()) return false;
  const Secret key(std::string(64, 'k'));
  MarkSecret(key.RevealSecret());
  const PublicKey verifier = *PublicKey::FromSecret(algorithm, "kid", key);
  g_compared = 0;
  const bool good = verifier.Verify("data", mac).ok();
  mac[0] = static_cast<char>(mac[0] ^ 1);
  return good && !verifier.Verify("data", mac).ok() && g_compared == 2;
}

// The hash itself looks memory up by what it has computed, as argon2id does;
// what is compared is looked at here.
bool ChecksPasswords() {
  Argon2idParameters cheap;
  cheap.memory_kib = 64;
  cheap.iterations = 1;
  const PasswordHasher hasher(cheap, Random::SystemRandom());
  const auto phc = hasher.Hash(Secret("correct horse"));
  if (!phc.ok()) return false;
  g_compared = 0;
  return hasher.Verify(Secret("correct horse"), *phc).matches &&
         !hasher.Verify(Secret("battery staple"), *phc).matches &&
         g_compared == 2;
}

// Proof that the check can fail: a comparison that stops at the first
// difference.
bool Leaks() {
  const std::string a(kKey);
  const std::string b(kKey);
  MarkSecret(a);
  for (size_t i = 0; i < a.size(); ++i) {
    if (a[i] != b[i]) return false;
  }
  return true;
}

int Main(absl::string_view piece) {
  bool right = false;
  if (piece == "bytes") {
    right = ComparesBytes();
  } else if (piece == "secrets") {
    right = ComparesSecrets();
  } else if (piece == "hs256") {
    right = ChecksMac(Algorithm::kHs256);
  } else if (piece == "hs384") {
    right = ChecksMac(Algorithm::kHs384);
  } else if (piece == "hs512") {
    right = ChecksMac(Algorithm::kHs512);
  } else if (piece == "passwords") {
    right = ChecksPasswords();
  } else if (piece == "leak") {
    right = Leaks();
  } else {
    return 2;
  }
  std::printf("%s\n", right ? "right" : "wrong");
  return right ? 0 : 1;
}

}  // namespace
}  // namespace latchkey

int main(int argc, char** argv) {
  return argc == 2 ? latchkey::Main(argv[1]) : 2;
}
