// Section D, first half: signatures.
#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "core/base/base64url.h"
#include "core/base/reason.h"
#include "core/crypto/openssl_error.h"
#include "core/testing/jwt_fixture.h"
#include "core/testing/status_matchers.h"
#include "gtest/gtest.h"
#include "tests/attacks/attack_world.h"
#include "tests/attacks/rsa_forgeries.h"

namespace latchkey {
namespace {

constexpr Reason kBadSignature = Reason::kTokenSignatureInvalid;

// Numbers of one length, big-endian, as in a signature.
uint8_t At(absl::string_view number, size_t i) {
  return static_cast<uint8_t>(number[i]);
}

// Plus gives a + b, and whether it had room in their length.
std::pair<std::string, bool> Plus(absl::string_view a, absl::string_view b) {
  std::string sum(a.size(), '\0');
  int carry = 0;
  for (size_t i = a.size(); i-- > 0;) {
    carry += At(a, i) + At(b, i);
    sum[i] = static_cast<char>(carry & 0xff);
    carry >>= 8;
  }
  return {sum, carry == 0};
}

// Minus gives a - b; a is the larger.
std::string Minus(absl::string_view a, absl::string_view b) {
  std::string difference(a.size(), '\0');
  int borrow = 0;
  for (size_t i = a.size(); i-- > 0;) {
    const int digit = At(a, i) - At(b, i) - borrow;
    borrow = digit < 0 ? 1 : 0;
    difference[i] = static_cast<char>(digit & 0xff);
  }
  return difference;
}

std::string Small(size_t size, uint8_t value) {
  std::string number(size, '\0');
  number.back() = static_cast<char>(value);
  return number;
}

struct CurveFacts {
  Algorithm algorithm;
  std::string order;
  std::string prime;
};

std::vector<CurveFacts> Curves() {
  const auto hex = [](absl::string_view text) {
    return absl::HexStringToBytes(text);
  };
  return {
      {Algorithm::kEs256,
       hex("ffffffff00000000ffffffffffffffff"
           "bce6faada7179e84f3b9cac2fc632551"),
       hex("ffffffff000000010000000000000000"
           "00000000ffffffffffffffffffffffff")},
      {Algorithm::kEs384,
       hex("ffffffffffffffffffffffffffffffffffffffffffffffff"
           "c7634d81f4372ddf581a0db248b0a77aecec196accc52973"),
       hex("ffffffffffffffffffffffffffffffffffffffffffffffff"
           "fffffffffffffffeffffffff0000000000000000ffffffff")},
      {Algorithm::kEs512,
       hex("01ffffffffffffffffffffffffffffffffffffffffffffffff"
           "fffffffffffffffffa51868783bf2f966b7fcc0148f709a5d0"
           "3bb5c9b8899c47aebb6fb71e91386409"),
       hex(absl::StrCat("01", std::string(130, 'f')))},
  };
}

// DER of ECDSA-Sig-Value (RFC 3279 §2.2.3).
std::string DerOf(absl::string_view r, absl::string_view s) {
  const auto integer = [](absl::string_view number) {
    while (number.size() > 1 && number.front() == '\0') number.remove_prefix(1);
    std::string body(At(number, 0) >= 0x80 ? 1 : 0, '\0');
    absl::StrAppend(&body, number);
    return absl::StrCat("\x02", std::string(1, static_cast<char>(body.size())),
                        body);
  };
  const std::string body = absl::StrCat(integer(r), integer(s));
  std::string der = "\x30";
  if (body.size() >= 0x80) der.push_back('\x81');
  der.push_back(static_cast<char>(body.size()));
  return absl::StrCat(der, body);
}

class JwtAttacks : public ::testing::Test, protected AttackWorld {
 protected:
  // Use makes a key of `algorithm` the trusted one and returns a good token.
  std::string Use(Algorithm algorithm) {
    key = NewTestKey(algorithm, kAttackKid);
    keys = KeyTable({key.public_key()});
    if (algorithm == Algorithm::kEs256) {
      // The same key, made ready for frequent use where the library can.
      prepared_.keys = KeysOf(json::Write(JwkOf(key.public_key())));
      (void)prepared_.keys.keys()[0].BuildTable();
    } else {
      prepared_.keys = keys;
    }
    const std::string good = Good();
    Accepts(good);
    return good;
  }
  void Accepts(absl::string_view token) const {
    EXPECT_THAT(Verify(token), IsOk());
    EXPECT_THAT(prepared_.Verify(token), IsOk());
  }
  void RefusesSignature(absl::string_view token, absl::string_view signature,
                        Reason reason = kBadSignature) const {
    const std::string forged = ReplaceSignature(token, signature);
    EXPECT_THAT(Verify(forged), HasReason(reason))
        << AlgorithmName(key.algorithm()) << " "
        << absl::BytesToHexString(signature);
    EXPECT_THAT(prepared_.Verify(forged), HasReason(reason))
        << "prepared " << absl::BytesToHexString(signature);
  }
  // Of a list of rsa_forgeries.json the controls verify and nothing else.
  void RefusesForgeries(absl::string_view jwk, absl::string_view list) {
    const RsaForgeries& forgeries = LoadRsaForgeries();
    keys = KeysOf(json::Write(forgeries.Object(jwk)));
    ASSERT_EQ(keys.keys().size(), 1u);
    int controls = 0;
    for (const RsaForgeries::Token& forged : forgeries.Tokens(list)) {
      if (forged.cause.empty()) {
        EXPECT_THAT(Verify(forged.token), IsOk());
        ++controls;
      } else {
        EXPECT_THAT(Verify(forged.token), HasReason(kBadSignature))
            << forged.cause;
      }
    }
    EXPECT_EQ(controls, 1);
  }

  AttackWorld prepared_;
};

TEST_F(JwtAttacks, D78_EcdsaInDer) {
  for (const CurveFacts& curve : Curves()) {
    for (int i = 0; i < 20; ++i) {
      const std::string good = Use(curve.algorithm);
      const std::string raw = SignatureOf(good);
      const size_t half = raw.size() / 2;
      const std::string der =
          DerOf(absl::string_view(raw).substr(0, half), raw.substr(half));
      RefusesSignature(good, der);
      // Nor when it is made to have the right length.
      std::string padded = der;
      padded.resize(raw.size(), '\0');
      RefusesSignature(good, padded);
    }
  }
}

TEST_F(JwtAttacks, D79_EcdsaOfAnotherLength) {
  for (const CurveFacts& curve : Curves()) {
    const std::string good = Use(curve.algorithm);
    const std::string raw = SignatureOf(good);
    const std::string r = raw.substr(0, raw.size() / 2);
    const std::string s = raw.substr(raw.size() / 2);
    const std::string zero(1, '\0');
    RefusesSignature(good, "", Reason::kTokenMalformed);
    for (const size_t size : {1, 63, 64, 65, 95, 96, 97, 128, 131, 132, 133}) {
      if (size == raw.size()) continue;
      std::string other = raw;
      other.resize(size, '\0');
      RefusesSignature(good, other);
    }
    RefusesSignature(good, absl::StrCat(zero, r, zero, s));
    RefusesSignature(good, absl::StrCat(zero, raw));
    RefusesSignature(good, absl::StrCat(raw, zero));
    RefusesSignature(good, absl::StrCat(r.substr(1), s.substr(1)));
    RefusesSignature(good, r);
    RefusesSignature(good, absl::StrCat(s, r));
    RefusesSignature(good, std::string(1025, 'x'));
  }
  // Leading zeros stripped, of a number that has one.
  Use(Algorithm::kEs512);
  for (int i = 0; i < 50; ++i) {
    const std::string good = Good();
    const std::string raw = SignatureOf(good);
    if (raw[0] != '\0') continue;
    RefusesSignature(good, absl::StrCat(raw.substr(1, 65), raw.substr(67)));
    return;
  }
  ADD_FAILURE() << "no signature began with a zero";
}

TEST_F(JwtAttacks, D80_EcdsaNumbersOutOfRange) {
  for (const CurveFacts& curve : Curves()) {
    const std::string good = Use(curve.algorithm);
    const std::string raw = SignatureOf(good);
    const size_t size = raw.size() / 2;
    ASSERT_EQ(curve.order.size(), size);
    ASSERT_EQ(curve.prime.size(), size);
    const std::string one = Small(size, 1);
    const std::string r = raw.substr(0, size);
    const std::string s = raw.substr(size);
    const std::vector<std::string> special = {Small(size, 0),
                                              one,
                                              curve.order,
                                              Plus(curve.order, one).first,
                                              Minus(curve.order, one),
                                              curve.prime,
                                              Minus(curve.prime, one),
                                              Minus(curve.prime, curve.order),
                                              std::string(size, '\xff')};
    for (const std::string& a : special) {
      for (const std::string& b : special) {
        RefusesSignature(good, absl::StrCat(a, b));
      }
      RefusesSignature(good, absl::StrCat(a, s));
      RefusesSignature(good, absl::StrCat(r, a));
    }
    if (const auto [sum, fits] = Plus(r, curve.order); fits) {
      RefusesSignature(good, absl::StrCat(sum, s));
    }
    if (const auto [sum, fits] = Plus(s, curve.order); fits) {
      RefusesSignature(good, absl::StrCat(r, sum));
    }
  }
  // P-521 always leaves room for that.
  EXPECT_TRUE(Plus(Curves()[2].order, Curves()[2].order).second);
}

TEST_F(JwtAttacks, D81_EcdsaHasTwoFormsOfEachSignature) {
  for (const CurveFacts& curve : Curves()) {
    const std::string good = Use(curve.algorithm);
    const std::string raw = SignatureOf(good);
    const size_t size = raw.size() / 2;
    const std::string twin = ReplaceSignature(
        good, absl::StrCat(raw.substr(0, size),
                           Minus(curve.order, raw.substr(size))));
    ASSERT_NE(twin, good);
    // Valid as well: a token's text names no token, its jti does.
    Accepts(twin);
  }
}

TEST_F(JwtAttacks, D82_Ed25519) {
  const std::string good = Use(Algorithm::kEdDsa);
  const std::string raw = SignatureOf(good);
  // The order of the group, little-endian.
  std::string order = absl::HexStringToBytes(
      "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
  std::string s = raw.substr(32);
  std::reverse(order.begin(), order.end());
  std::reverse(s.begin(), s.end());
  std::string larger = s;
  for (int i = 0; i < 7; ++i) {
    const auto [sum, fits] = Plus(larger, order);
    ASSERT_TRUE(fits);
    larger = sum;
    std::reverse(larger.begin(), larger.end());
    RefusesSignature(good, absl::StrCat(raw.substr(0, 32), larger));
    std::reverse(larger.begin(), larger.end());
  }
  std::reverse(order.begin(), order.end());
  RefusesSignature(good, absl::StrCat(raw.substr(0, 32), order));
  RefusesSignature(good, std::string(64, '\0'));
  RefusesSignature(good, std::string(64, '\xff'));
  for (const size_t size : {1, 32, 63, 65, 128}) {
    std::string other = raw;
    other.resize(size, '\0');
    RefusesSignature(good, other);
  }
  // Points of small order and points that are not canonical, as R and as key.
  for (absl::string_view hex :
       {"0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"}) {
    const std::string point = absl::HexStringToBytes(hex);
    RefusesSignature(good, absl::StrCat(point, std::string(32, '\0')));
    RefusesSignature(good, absl::StrCat(point, raw.substr(32)));
    EXPECT_NE(WhyDropped(absl::StrCat(R"({"kty":"OKP","crv":"Ed25519","x":")",
                                      Base64UrlEncode(point), "\"}")),
              "")
        << hex;
  }
}

TEST_F(JwtAttacks, D83_RsaPkcs1Encodings) {
  RefusesForgeries("rs256_jwk", "pkcs1");
  RefusesForgeries("e3_jwk", "e3");
}

TEST_F(JwtAttacks, D84_RsaNumbersAndLengths) {
  RefusesForgeries("rs256_jwk", "lengths");
  for (const Algorithm algorithm : {Algorithm::kRs256, Algorithm::kPs256}) {
    const std::string good = Use(algorithm);
    const std::string raw = SignatureOf(good);
    for (const size_t size : {1, 128, 255, 257, 512, 1024, 1025}) {
      std::string other = raw;
      other.resize(size, '\0');
      RefusesSignature(good, other);
    }
    RefusesSignature(good, std::string(256, '\0'));
    RefusesSignature(good, std::string(256, '\xff'));
  }
}

TEST_F(JwtAttacks, D85_PssSaltAndMask) { RefusesForgeries("ps256_jwk", "pss"); }

TEST_F(JwtAttacks, D86_Pkcs1OfferedAsPssAndTheReverse) {
  // One RSA key for both.
  const SigningKey pkcs1 = NewTestKey(Algorithm::kRs256, kAttackKid);
  const SigningKey pss = NewTestKey(Algorithm::kPs256, kAttackKid);
  const std::string rs_header = R"({"alg":"RS256","kid":"k1"})";
  const std::string ps_header = R"({"alg":"PS256","kid":"k1"})";
  keys = KeyTable({pkcs1.public_key()});
  EXPECT_THAT(Verify(SignCompact(rs_header, Payload(), pkcs1)), IsOk());
  EXPECT_THAT(Verify(SignCompact(rs_header, Payload(), pss)),
              HasReason(kBadSignature));
  EXPECT_THAT(Verify(SignCompact(ps_header, Payload(), pss)),
              HasReason(Reason::kTokenAlgorithmMismatch));
  keys = KeyTable({pss.public_key()});
  EXPECT_THAT(Verify(SignCompact(ps_header, Payload(), pss)), IsOk());
  EXPECT_THAT(Verify(SignCompact(ps_header, Payload(), pkcs1)),
              HasReason(kBadSignature));
  EXPECT_THAT(Verify(SignCompact(rs_header, Payload(), pkcs1)),
              HasReason(Reason::kTokenAlgorithmMismatch));
}

TEST_F(JwtAttacks, D92_MacOfAnotherLength) {
  for (const Algorithm algorithm :
       {Algorithm::kHs256, Algorithm::kHs384, Algorithm::kHs512}) {
    const std::string good = Use(algorithm);
    const std::string raw = SignatureOf(good);
    for (size_t size = 1; size <= 2 * raw.size(); ++size) {
      if (size == raw.size()) continue;
      std::string other = raw;
      other.resize(size, '\0');
      RefusesSignature(good, other);
    }
    RefusesSignature(good, "", Reason::kTokenMalformed);
    RefusesSignature(good, absl::StrCat(raw, raw));
    RefusesSignature(good, std::string(raw.size(), '\0'));
  }
}

TEST_F(JwtAttacks, D95_FailuresLeaveNoErrorBehind) {
  const std::string empty(OpensslError("probe").message());
  for (const Algorithm algorithm : AllAlgorithms()) {
    const std::string good = Use(algorithm);
    const std::string raw = SignatureOf(good);
    for (const std::string& signature :
         {std::string(raw.size(), '\0'), std::string(raw.size(), '\xff'),
          std::string(raw.size() - 1, '\x01')}) {
      RefusesSignature(good, signature);
      EXPECT_EQ(OpensslError("probe").message(), empty)
          << AlgorithmName(algorithm);
    }
  }
  const RsaForgeries& forgeries = LoadRsaForgeries();
  keys = KeysOf(json::Write(forgeries.Object("rs256_jwk")));
  for (const RsaForgeries::Token& forged : forgeries.Tokens("pkcs1")) {
    (void)Verify(forged.token);
    EXPECT_EQ(OpensslError("probe").message(), empty) << forged.cause;
  }
  WhyDropped(R"({"kty":"EC","crv":"P-256","x":"AA","y":"AA"})");
  WhyDropped(R"({"kty":"RSA","n":"AQ","e":"AQAB"})");
  EXPECT_EQ(OpensslError("probe").message(), empty);
}

}  // namespace
}  // namespace latchkey
