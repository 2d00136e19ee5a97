#include "core/crypto/der.h"

#include <string>

#include "absl/strings/escaping.h"
#include "gtest/gtest.h"

namespace latchkey::der {
namespace {

std::string Bytes(absl::string_view hex) { return absl::HexStringToBytes(hex); }

TEST(DerTest, WritesLengthsInTheShortestForm) {
  EXPECT_EQ(Element(kNull, ""), Bytes("0500"));
  EXPECT_EQ(Element(kSequence, std::string(127, 'x')).substr(0, 2),
            Bytes("307f"));
  EXPECT_EQ(Element(kSequence, std::string(128, 'x')).substr(0, 3),
            Bytes("308180"));
  EXPECT_EQ(Element(kSequence, std::string(256, 'x')).substr(0, 4),
            Bytes("30820100"));
}

TEST(DerTest, WritesUnsignedIntegers) {
  EXPECT_EQ(UnsignedInteger(""), Bytes("020100"));
  EXPECT_EQ(UnsignedInteger(Bytes("0000")), Bytes("020100"));
  EXPECT_EQ(UnsignedInteger(Bytes("007f")), Bytes("02017f"));
  EXPECT_EQ(UnsignedInteger(Bytes("80")), Bytes("02020080"));
}

TEST(DerTest, ReadsWhatItWrites) {
  for (const size_t size : {0u, 1u, 127u, 128u, 255u, 256u, 1030u}) {
    const std::string content(size, 'x');
    const std::string text = Element(kBitString, content);
    Reader reader(text);
    EXPECT_EQ(reader.Take(kBitString), content);
    EXPECT_TRUE(reader.done());
  }
}

TEST(DerTest, RefusesWhatIsNotDer) {
  for (absl::string_view hex :
       {"", "30", "3001", "3081", "308101", "30817f", "3080", "308200ff",
        "3082ffff00", "3083000001", "0200"}) {
    const std::string text = Bytes(hex);
    Reader reader(text);
    EXPECT_EQ(reader.Take(kSequence), std::nullopt) << hex;
  }
}

TEST(DerTest, RefusesNegativeAndPaddedIntegers) {
  for (absl::string_view hex :
       {"0200", "0201ff", "020180", "0202007f", "02020000", "02030000ff"}) {
    const std::string text = Bytes(hex);
    Reader reader(text);
    EXPECT_EQ(reader.TakeUnsigned(), std::nullopt) << hex;
  }
  const std::string good = Bytes("02020080");
  Reader reader(good);
  EXPECT_EQ(reader.TakeUnsigned(), Bytes("80"));
}

}  // namespace
}  // namespace latchkey::der
