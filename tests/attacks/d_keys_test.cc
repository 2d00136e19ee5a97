// Section D, second half: keys that must not be loaded.
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "core/base/base64url.h"
#include "core/base/reason.h"
#include "core/base/secret.h"
#include "core/testing/jwt_fixture.h"
#include "core/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/attacks/attack_world.h"
#include "tests/attacks/rsa_forgeries.h"

namespace latchkey {
namespace {

using ::testing::HasSubstr;

// An odd number of that many bits that is nobody's modulus.
std::string OddNumber(size_t bits) {
  std::string number((bits + 7) / 8, '\x5b');
  number.front() = static_cast<char>(1 << ((bits - 1) % 8));
  number.back() = '\x65';
  return number;
}

// The usual exponent.
const std::string& F4() {
  static const auto* const e = new std::string("\x01\x00\x01", 3);
  return *e;
}

std::string RsaJwk(absl::string_view n, absl::string_view e) {
  return absl::StrCat(R"({"kty":"RSA","kid":"k1","alg":"RS256","n":")",
                      Base64UrlEncode(n), R"(","e":")", Base64UrlEncode(e),
                      "\"}");
}

class JwtAttacks : public ::testing::Test, protected AttackWorld {
 protected:
  void RefusesRsa(absl::string_view n, absl::string_view e,
                  absl::string_view cause) const {
    EXPECT_THAT(WhyDropped(RsaJwk(n, e)), HasSubstr(std::string(cause)));
    EXPECT_THAT(PublicKey::FromRsa(Algorithm::kPs512, "k1", n, e),
                HasReason(Reason::kInvalidRequest));
  }
  // The modulus of a key that is in order.
  std::string GoodModulus() const {
    const json::Value jwk = LoadRsaForgeries().Object("rs256_jwk");
    return Base64UrlDecode(*jwk.Find("n")->as_string()).value();
  }
};

TEST_F(JwtAttacks, D87_ShortRsaModulus) {
  for (const size_t bits : {8, 512, 768, 1024, 1536, 2040, 2047}) {
    RefusesRsa(OddNumber(bits), F4(), "fewer than 2048 bits");
  }
  EXPECT_EQ(KeysOf(RsaJwk(OddNumber(2048), F4())).keys().size(), 1u);
}

TEST_F(JwtAttacks, D88_LongRsaModulusOrExponent) {
  EXPECT_EQ(KeysOf(RsaJwk(OddNumber(8192), F4())).keys().size(), 1u);
  for (const size_t bits : {8193, 8200, 16384, 65536}) {
    RefusesRsa(OddNumber(bits), F4(), "8192 bits");
  }
  const std::string largest("\xff\xff\xff\xff", 4);
  EXPECT_EQ(KeysOf(RsaJwk(GoodModulus(), largest)).keys().size(), 1u);
  RefusesRsa(GoodModulus(), std::string("\x01\x00\x00\x00\x01", 5),
             "exponent is over 2^32");
  RefusesRsa(GoodModulus(), OddNumber(2047), "exponent is over 2^32");
}

TEST_F(JwtAttacks, D89_RsaNumbersThatProveNothing) {
  const std::string n = GoodModulus();
  const std::string zero(1, '\0');
  RefusesRsa(n, "", "exponent");
  RefusesRsa(n, zero, "exponent");
  RefusesRsa(n, "\x01", "exponent is too small");
  RefusesRsa(n, "\x02", "exponent is not odd");
  RefusesRsa(n, std::string("\x01\x00\x00", 3), "exponent is not odd");
  RefusesRsa(n, absl::StrCat(zero, F4()), "exponent has leading zeros");
  EXPECT_EQ(KeysOf(RsaJwk(n, "\x03")).keys().size(), 1u);
  EXPECT_EQ(KeysOf(RsaJwk(n, F4())).keys().size(), 1u);

  std::string even = n;
  even.back() = static_cast<char>(even.back() & 0xfe);
  RefusesRsa(even, F4(), "modulus is not odd");
  RefusesRsa("", F4(), "modulus");
  RefusesRsa(zero, F4(), "modulus");
  RefusesRsa(std::string(256, '\0'), F4(), "modulus has leading zeros");
  RefusesRsa(absl::StrCat(zero, n), F4(), "modulus has leading zeros");
  RefusesRsa(Base64UrlDecode(LoadRsaForgeries().Text("prime")).value(), F4(),
             "modulus is prime");
}

TEST_F(JwtAttacks, D90_ModulusOfABrokenGenerator) {
  const std::string n =
      Base64UrlDecode(LoadRsaForgeries().Text("roca_modulus")).value();
  RefusesRsa(n, F4(), "broken generator");
}

TEST_F(JwtAttacks, D91_ShortHmacSecrets) {
  const struct {
    Algorithm algorithm;
    size_t least;
  } rows[] = {{Algorithm::kHs256, 32},
              {Algorithm::kHs384, 48},
              {Algorithm::kHs512, 64}};
  JwksOptions own;
  own.allow_symmetric = true;
  own.allowed_algorithms = AllAlgorithms();
  for (const auto& row : rows) {
    for (const size_t size : {size_t{0}, size_t{1}, row.least - 1}) {
      EXPECT_THAT(PublicKey::FromSecret(row.algorithm, "k1",
                                        Secret(std::string(size, 's'))),
                  HasReason(Reason::kInvalidRequest));
      EXPECT_NE(WhyDropped(absl::StrCat(
                               R"({"kty":"oct","alg":")",
                               AlgorithmName(row.algorithm), R"(","k":")",
                               Base64UrlEncode(std::string(size, 's')), "\"}"),
                           own),
                "");
    }
    EXPECT_THAT(PublicKey::FromSecret(row.algorithm, "k1",
                                      Secret(std::string(row.least, 's'))),
                IsOk());
  }
}

TEST_F(JwtAttacks, D93_HmacSecretsAreBytes) {
  std::string secret(40, '\0');
  secret[3] = 'x';
  secret[39] = '\xff';
  JwksOptions own;
  own.allow_symmetric = true;
  own.allowed_algorithms = {Algorithm::kHs256};
  const auto direct =
      PublicKey::FromSecret(Algorithm::kHs256, "k1", Secret(secret));
  ASSERT_THAT(direct, IsOk());
  const std::string header = R"({"alg":"HS256","kid":"k1"})";
  const std::string text = Base64UrlEncode(secret);
  for (const KeyTable& table : std::vector<KeyTable>{
           KeyTable({*direct}),
           KeysOf(absl::StrCat(R"({"kty":"oct","kid":"k1","k":")", text, "\"}"),
                  own)}) {
    keys = table;
    EXPECT_THAT(Verify(HmacToken(header, Payload(), secret)), IsOk());
    // Neither cut at a zero, nor the text that stands for the bytes.
    for (const std::string& other :
         {secret.substr(0, 39), secret.substr(0, 3), secret.substr(0, 4),
          std::string(), text, std::string(secret.c_str())}) {
      EXPECT_THAT(Verify(HmacToken(header, Payload(), other)),
                  HasReason(Reason::kTokenSignatureInvalid));
    }
  }
}

TEST_F(JwtAttacks, D94_EcPoints) {
  const struct {
    Algorithm algorithm;
    const char* crv;
    size_t size;
  } rows[] = {{Algorithm::kEs256, "P-256", 32},
              {Algorithm::kEs384, "P-384", 48},
              {Algorithm::kEs512, "P-521", 66}};
  for (const auto& row : rows) {
    const json::Value good =
        JwkOf(NewTestKey(row.algorithm, kAttackKid).public_key());
    const std::string x = Base64UrlDecode(*good.Find("x")->as_string()).value();
    const std::string y = Base64UrlDecode(*good.Find("y")->as_string()).value();
    const auto jwk = [&](absl::string_view px, absl::string_view py) {
      json::Value value = good;
      value.Set("x", Base64UrlEncode(px));
      value.Set("y", Base64UrlEncode(py));
      return json::Write(value);
    };
    ASSERT_EQ(KeysOf(jwk(x, y)).keys().size(), 1u);
    const std::string zero(row.size, '\0');
    const std::string ones(row.size, '\xff');  // over every prime but 2^521-1
    std::string off = y;
    off.back() = static_cast<char>(off.back() ^ 1);
    const std::string nul(1, '\0');
    for (const std::string& bad :
         {jwk(zero, zero), jwk(ones, y), jwk(x, ones), jwk(x, off), jwk(y, x),
          jwk(x, ""), jwk("", y), jwk(x.substr(1), y), jwk(x, y.substr(1)),
          jwk(absl::StrCat(nul, x), y), jwk(x, absl::StrCat(nul, y)),
          jwk(absl::StrCat("\x04", x), y), jwk(absl::StrCat("\x02", x), ""),
          jwk(absl::StrCat("\x04", x, y), ""), jwk(x, zero), jwk(zero, y)}) {
      EXPECT_NE(WhyDropped(bad), "") << bad;
    }
    // Another curve's name for it.
    for (const auto& other : rows) {
      json::Value value = good;
      value.Set("crv", other.crv);
      if (other.size == row.size) continue;
      EXPECT_NE(WhyDropped(json::Write(value)), "");
    }
    // A compressed point has no y.
    json::Value compressed(json::Value::Object{});
    for (const auto& [name, value] : *good.as_object()) {
      if (name != "y") compressed.Set(name, value);
    }
    EXPECT_EQ(WhyDropped(json::Write(compressed)), "y is missing");
  }
  // The point below is on the curve too, and verifies nothing of the other's.
  const json::Value good = JwkOf(key.public_key());
  const auto prime = absl::HexStringToBytes(
      "ffffffff000000010000000000000000"
      "00000000ffffffffffffffffffffffff");
  std::string y = Base64UrlDecode(*good.Find("y")->as_string()).value();
  int borrow = 0;
  for (size_t i = y.size(); i-- > 0;) {
    const int digit =
        static_cast<uint8_t>(prime[i]) - static_cast<uint8_t>(y[i]) - borrow;
    borrow = digit < 0 ? 1 : 0;
    y[i] = static_cast<char>(digit & 0xff);
  }
  json::Value negated = good;
  negated.Set("y", Base64UrlEncode(y));
  keys = KeysOf(json::Write(negated));
  ASSERT_EQ(keys.keys().size(), 1u);
  EXPECT_THAT(Verify(Good()), HasReason(Reason::kTokenSignatureInvalid));
}

}  // namespace
}  // namespace latchkey
