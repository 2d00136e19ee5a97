#include "core/crypto/ecdsa_signature.h"

#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

std::string ToDer(absl::string_view raw) {
  EcdsaDerBuffer der;
  const size_t size = EcdsaRawToDer(raw, &der);
  return std::string(reinterpret_cast<const char*>(der.data()), size);
}

TEST(EcdsaSignatureTest, NumbersAreMinimalIntegers) {
  const std::string raw =
      absl::HexStringToBytes(absl::StrCat(std::string(62, '0'), "01",  // r = 1
                                          "80", std::string(62, '0')));
  EXPECT_EQ(
      absl::BytesToHexString(ToDer(raw)),
      absl::StrCat("3026", "020101", "022100", "80", std::string(62, '0')));
}

TEST(EcdsaSignatureTest, RoundTripsAtEachSizeAndExtreme) {
  for (const size_t size : {32u, 48u, 66u}) {
    for (const char fill : {'\x00', '\x01', '\x7f', '\x80', '\xff'}) {
      const std::string raw(2 * size, fill);
      const std::string der = ToDer(raw);
      EXPECT_EQ(EcdsaDerToRaw(der, size), raw);
      EXPECT_EQ(EcdsaDerToRaw(der.substr(0, der.size() - 1), size),
                std::nullopt);
      EXPECT_EQ(EcdsaDerToRaw(absl::StrCat(der, "x"), size), std::nullopt);
    }
  }
}

TEST(EcdsaSignatureTest, NumbersLongerThanTheCurveAreRefused) {
  EXPECT_EQ(EcdsaDerToRaw(ToDer(std::string(96, '\x7f')), 32), std::nullopt);
}

}  // namespace
}  // namespace latchkey
