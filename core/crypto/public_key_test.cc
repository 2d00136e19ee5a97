#include "core/crypto/public_key.h"

#include <openssl/err.h>

#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "core/base/base64url.h"
#include "core/crypto/signing_key.h"
#include "core/testing/status_matchers.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

std::string Decode(absl::string_view text) {
  return Base64UrlDecode(text).value_or("");
}

// RFC 7638 §3.1: an RSA key and its thumbprint.
constexpr absl::string_view kRfc7638N =
    "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aP"
    "FFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl9"
    "3lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdA"
    "ZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3"
    "XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";

TEST(PublicKeyTest, RsaThumbprintOfRfc7638) {
  const auto key = PublicKey::FromRsa(Algorithm::kRs256, "k", Decode(kRfc7638N),
                                      Decode("AQAB"));
  ASSERT_THAT(key, IsOk());
  EXPECT_EQ(key->CanonicalJwk(),
            absl::StrCat(R"({"e":"AQAB","kty":"RSA","n":")", kRfc7638N, "\"}"));
  EXPECT_EQ(key->Thumbprint(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
}

// RFC 8037 A.2, A.3.
TEST(PublicKeyTest, Ed25519ThumbprintOfRfc8037) {
  const auto key = PublicKey::FromEd25519(
      "k", Decode("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"));
  ASSERT_THAT(key, IsOk());
  EXPECT_EQ(key->Thumbprint(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
}

// jwt-attacks D87-D89: RSA numbers.
TEST(PublicKeyTest, RefusesWeakRsa) {
  const std::string n = Decode(kRfc7638N);
  const auto from = [](absl::string_view modulus, absl::string_view exponent) {
    return PublicKey::FromRsa(Algorithm::kRs256, "k", modulus, exponent);
  };
  const std::string e = Decode("AQAB");
  std::string even = n;
  even.back() = static_cast<char>(even.back() & ~1);
  std::string short_n = n.substr(1);
  short_n.back() = static_cast<char>(short_n.back() | 1);
  for (const std::string& bad :
       {std::string(), std::string(256, '\0'), std::string("\x01", 1), even,
        short_n, absl::StrCat(std::string(1, '\0'), n),
        absl::StrCat(n, std::string(768, '\xff'), n)}) {
    EXPECT_THAT(from(bad, e), HasReason(Reason::kInvalidRequest)) << bad.size();
  }
  for (absl::string_view hex :
       {"", "00", "01", "02", "04", "010000", "00010001", "0100000001",
        "ffffffffffffffffff"}) {
    EXPECT_THAT(from(n, absl::HexStringToBytes(hex)),
                HasReason(Reason::kInvalidRequest))
        << hex;
  }
  EXPECT_THAT(from(n, "\x03"), IsOk());
}

// RFC 3526 §3: a 2048-bit prime.
TEST(PublicKeyTest, RefusesAPrimeModulus) {
  const std::string prime = absl::HexStringToBytes(
      "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74"
      "020BBEA63B139B22514A08798E3404DDEF9519B3CD3A431B302B0A6DF25F1437"
      "4FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED"
      "EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF05"
      "98DA48361C55D39A69163FA8FD24CF5F83655D23DCA3AD961C62F356208552BB"
      "9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3B"
      "E39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF695581718"
      "3995497CEA956AE515D2261898FA051015728E5A8AACAA68FFFFFFFFFFFFFFFF");
  ASSERT_EQ(prime.size(), 256u);
  const auto key =
      PublicKey::FromRsa(Algorithm::kRs256, "k", prime, Decode("AQAB"));
  EXPECT_THAT(key, HasReason(Reason::kInvalidRequest));
  EXPECT_EQ(key.status().message(), "RSA key: modulus is prime");
}

// RFC 7515 A.3.1.
constexpr absl::string_view kEcX =
    "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU";
constexpr absl::string_view kEcY =
    "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0";

// jwt-attacks D94.
TEST(PublicKeyTest, RefusesBadPoints) {
  const std::string x = Decode(kEcX);
  const std::string y = Decode(kEcY);
  const auto from = [](absl::string_view px, absl::string_view py) {
    return PublicKey::FromEc(Algorithm::kEs256, "k", px, py);
  };
  EXPECT_THAT(from(x, y), IsOk());
  const std::string zero(32, '\0');
  std::string off = y;
  off.back() = static_cast<char>(off.back() ^ 1);
  EXPECT_THAT(from(x, off), HasReason(Reason::kInvalidRequest));
  EXPECT_THAT(from(zero, zero), HasReason(Reason::kInvalidRequest));
  EXPECT_THAT(from(std::string(32, '\xff'), y),
              HasReason(Reason::kInvalidRequest));
  EXPECT_THAT(from(x.substr(1), y), HasReason(Reason::kInvalidRequest));
  EXPECT_THAT(from(absl::StrCat(std::string(1, '\0'), x), y),
              HasReason(Reason::kInvalidRequest));
  EXPECT_THAT(from("", ""), HasReason(Reason::kInvalidRequest));
  EXPECT_THAT(PublicKey::FromEc(Algorithm::kEs384, "k", x, y),
              HasReason(Reason::kInvalidRequest));
  EXPECT_EQ(ERR_peek_error(), 0u);
}

// jwt-attacks D80: r and s of zero, n and all ones.
TEST(PublicKeyTest, RefusesSpecialEcdsaNumbers) {
  const auto key =
      PublicKey::FromEc(Algorithm::kEs256, "k", Decode(kEcX), Decode(kEcY));
  ASSERT_THAT(key, IsOk());
  const std::string zero(32, '\0');
  const std::string order = absl::HexStringToBytes(
      "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
  const std::string ones(32, '\xff');
  for (const std::string& r : {zero, order, ones}) {
    for (const std::string& s : {zero, order, ones}) {
      EXPECT_THAT(key->Verify("data", absl::StrCat(r, s)),
                  HasReason(Reason::kTokenSignatureInvalid));
    }
  }
}

// jwt-attacks D82: the eight points of small order and a y over the field.
TEST(PublicKeyTest, RefusesBadEd25519Keys) {
  for (absl::string_view hex :
       {"0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "11", ""}) {
    EXPECT_THAT(PublicKey::FromEd25519("k", absl::HexStringToBytes(hex)),
                HasReason(Reason::kInvalidRequest))
        << hex;
  }
  const std::string good =
      Decode("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");
  EXPECT_THAT(PublicKey::FromEd25519("k", absl::StrCat(good, "x")),
              HasReason(Reason::kInvalidRequest));
}

// jwt-attacks D91.
TEST(PublicKeyTest, SecretsAreAsLongAsTheHash) {
  const struct {
    Algorithm algorithm;
    size_t size;
  } rows[] = {{Algorithm::kHs256, 32},
              {Algorithm::kHs384, 48},
              {Algorithm::kHs512, 64}};
  for (const auto& row : rows) {
    const auto from = [&row](size_t size) {
      return PublicKey::FromSecret(row.algorithm, "k",
                                   Secret(std::string(size, 's')));
    };
    EXPECT_THAT(from(0), HasReason(Reason::kInvalidRequest));
    EXPECT_THAT(from(row.size - 1), HasReason(Reason::kInvalidRequest));
    EXPECT_THAT(from(row.size), IsOk());
    EXPECT_THAT(from(512), IsOk());
  }
}

TEST(PublicKeyTest, KindsAreNotMixed) {
  EXPECT_THAT(PublicKey::FromRsa(Algorithm::kHs256, "k", Decode(kRfc7638N),
                                 Decode("AQAB")),
              HasReason(Reason::kInvalidRequest));
  EXPECT_THAT(
      PublicKey::FromEc(Algorithm::kRs256, "k", Decode(kEcX), Decode(kEcY)),
      HasReason(Reason::kInvalidRequest));
  EXPECT_THAT(PublicKey::FromSecret(Algorithm::kEs256, "k",
                                    Secret(std::string(64, 's'))),
              HasReason(Reason::kInvalidRequest));
}

TEST(PublicKeyTest, EqualityIsKeyIdAndAlgorithm) {
  const std::string n = Decode(kRfc7638N);
  const auto key =
      *PublicKey::FromRsa(Algorithm::kRs256, "a", n, Decode("AQAB"));
  EXPECT_EQ(key,
            *PublicKey::FromRsa(Algorithm::kRs256, "a", n, Decode("AQAB")));
  EXPECT_NE(key, key.WithKid("b"));
  EXPECT_NE(key,
            *PublicKey::FromRsa(Algorithm::kPs256, "a", n, Decode("AQAB")));
  EXPECT_NE(key, *PublicKey::FromRsa(Algorithm::kRs256, "a", n, "\x03"));
  const Secret secret(std::string(32, 's'));
  const Secret other(std::string(32, 't'));
  EXPECT_EQ(*PublicKey::FromSecret(Algorithm::kHs256, "a", secret),
            *PublicKey::FromSecret(Algorithm::kHs256, "a", secret));
  EXPECT_NE(*PublicKey::FromSecret(Algorithm::kHs256, "a", secret),
            *PublicKey::FromSecret(Algorithm::kHs256, "a", other));
}

// The key of RFC 8037 A.2 as SubjectPublicKeyInfo (RFC 8410 §4).
constexpr absl::string_view kEd25519Pem =
    "-----BEGIN PUBLIC KEY-----\n"
    "MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n"
    "-----END PUBLIC KEY-----\n";

TEST(PublicKeyTest, ReadsPem) {
  const auto key = PublicKey::FromPem(Algorithm::kEdDsa, "k", kEd25519Pem);
  ASSERT_THAT(key, IsOk());
  EXPECT_EQ(key->Thumbprint(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
  EXPECT_THAT(PublicKey::FromPem(Algorithm::kEdDsa, "k",
                                 absl::StrCat(" \r\n", kEd25519Pem, "\n\n")),
              IsOk());
}

// Made with openssl genrsa and openssl rsa -pubout, -RSAPublicKey_out: one key.
constexpr absl::string_view kRsaPem =
    "-----BEGIN PUBLIC KEY-----\n"
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAlqXLzHPn8qXKhcA/p+hx\n"
    "sBNND33eObMSFrWIyYPTUVkSGrQXZnMWTp7+jPVwPvpLlD8NXUCSwlNaeqfue2Bg\n"
    "SATn/rhbwoQf8V0S+NTrOdOQ1WtgSwTYleAmOH4rJ7kIThNlXxZ0C9hecDrh3Neb\n"
    "SA6CSID4z60TH0o3c2fCKxJogYDrUS09S65/0kWE8z1Vo+o5qYUhE5TKlph+dwO1\n"
    "OWXqHwfmgE33Yjr3M9ArwBvHvETi3EojrZdukxnJzgSfWXi66x8rkzFV87K+5VpE\n"
    "5u9phjGDdtS7lwupsJ+x1pC+KPpoKNPi5RXRjHfrDmmGI83OD4cmz1tgTZhzVnU4\n"
    "2QIDAQAB\n"
    "-----END PUBLIC KEY-----\n";
constexpr absl::string_view kRsaPkcs1Pem =
    "-----BEGIN RSA PUBLIC KEY-----\n"
    "MIIBCgKCAQEAlqXLzHPn8qXKhcA/p+hxsBNND33eObMSFrWIyYPTUVkSGrQXZnMW\n"
    "Tp7+jPVwPvpLlD8NXUCSwlNaeqfue2BgSATn/rhbwoQf8V0S+NTrOdOQ1WtgSwTY\n"
    "leAmOH4rJ7kIThNlXxZ0C9hecDrh3NebSA6CSID4z60TH0o3c2fCKxJogYDrUS09\n"
    "S65/0kWE8z1Vo+o5qYUhE5TKlph+dwO1OWXqHwfmgE33Yjr3M9ArwBvHvETi3Eoj\n"
    "rZdukxnJzgSfWXi66x8rkzFV87K+5VpE5u9phjGDdtS7lwupsJ+x1pC+KPpoKNPi\n"
    "5RXRjHfrDmmGI83OD4cmz1tgTZhzVnU42QIDAQAB\n"
    "-----END RSA PUBLIC KEY-----\n";
// Made with openssl ecparam -name prime256v1 and openssl ec -pubout.
constexpr absl::string_view kEcPem =
    "-----BEGIN PUBLIC KEY-----\n"
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEnWJM9boY6eU9idoeX5Q/K77lH3pv\n"
    "wC84sDIOAno4X5vIQk7d170DqtOC6Ca1+S9RqeqUV8KfswWoHz96v5tAuA==\n"
    "-----END PUBLIC KEY-----\n";

TEST(PublicKeyTest, ReadsPemOfEachKind) {
  const auto spki = PublicKey::FromPem(Algorithm::kRs256, "k", kRsaPem);
  const auto pkcs1 = PublicKey::FromPem(Algorithm::kRs256, "k", kRsaPkcs1Pem);
  ASSERT_THAT(spki, IsOk());
  ASSERT_THAT(pkcs1, IsOk());
  EXPECT_EQ(*spki, *pkcs1);
  EXPECT_EQ(spki->signature_size(), 256u);
  EXPECT_THAT(PublicKey::FromPem(Algorithm::kEs256, "k", kEcPem), IsOk());
  for (const Algorithm other :
       {Algorithm::kEs384, Algorithm::kRs256, Algorithm::kEdDsa}) {
    EXPECT_THAT(PublicKey::FromPem(other, "k", kEcPem),
                HasReason(Reason::kInvalidRequest));
  }
  EXPECT_THAT(PublicKey::FromPem(Algorithm::kEs256, "k", kRsaPkcs1Pem),
              HasReason(Reason::kInvalidRequest));
}

TEST(PublicKeyTest, RefusesOtherPem) {
  for (const Algorithm other :
       {Algorithm::kRs256, Algorithm::kEs256, Algorithm::kHs256}) {
    EXPECT_THAT(PublicKey::FromPem(other, "k", kEd25519Pem),
                HasReason(Reason::kInvalidRequest));
  }
  for (const std::string& bad :
       {std::string(), std::string("-----BEGIN PUBLIC KEY-----"),
        absl::StrCat("x", kEd25519Pem), absl::StrCat(kEd25519Pem, "x"),
        absl::StrCat(kEd25519Pem, kEd25519Pem),
        std::string(kEd25519Pem.substr(0, 60)),
        std::string("-----BEGIN PUBLIC KEY-----\nAAAA\n"
                    "-----END PUBLIC KEY-----\n")}) {
    EXPECT_THAT(PublicKey::FromPem(Algorithm::kEdDsa, "k", bad),
                HasReason(Reason::kInvalidRequest))
        << bad;
  }
  EXPECT_EQ(ERR_peek_error(), 0u);
}

}  // namespace
}  // namespace latchkey
