#include "core/crypto/p256_table.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "core/base/base64url.h"
#include "core/base/random.h"
#include "core/base/reason.h"
#include "core/crypto/algorithm.h"
#include "core/crypto/public_key.h"
#include "core/crypto/signing_key.h"
#include "core/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

// The order of P-256 (SEC 2 §2.4.2), big-endian.
constexpr absl::string_view kOrder(
    "\xFF\xFF\xFF\xFF\x00\x00\x00\x00\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"
    "\xBC\xE6\xFA\xAD\xA7\x17\x9E\x84\xF3\xB9\xCA\xC2\xFC\x63\x25\x51",
    32);

struct Coordinates {
  std::string x;
  std::string y;
};

Coordinates CoordinatesOf(const PublicKey& key) {
  // {"crv":"P-256","kty":"EC","x":"…","y":"…"}, split at each quote.
  constexpr size_t kX = 11;
  constexpr size_t kY = 15;
  const std::vector<std::string> parts =
      absl::StrSplit(key.CanonicalJwk(), '"');
  return {*Base64UrlDecode(parts.at(kX)), *Base64UrlDecode(parts.at(kY))};
}

std::string Sign(const SigningKey& key, absl::string_view data) {
  std::string signature;
  EXPECT_THAT(key.Sign(data, &signature), IsOk());
  return signature;
}

class P256TableTest : public testing::Test {
 protected:
  P256TableTest() : key_(*SigningKey::Generate(Algorithm::kEs256)) {
    const Coordinates point = CoordinatesOf(key_.public_key());
    table_ = P256Table::Build(point.x, point.y);
  }
  void SetUp() override {
    if (table_ == nullptr) GTEST_SKIP() << "not with this crypto library";
  }

  bool Table(absl::string_view data, absl::string_view signature) const {
    return table_->Verify(HashMessage(Algorithm::kEs256, data), signature);
  }
  bool Library(absl::string_view data, absl::string_view signature) const {
    return key_.public_key().Verify(data, signature).ok();
  }

  const SigningKey key_;
  std::unique_ptr<const P256Table> table_;
};

TEST_F(P256TableTest, AcceptsWhatTheKeySigned) {
  for (int i = 0; i < 100; ++i) {
    const std::string data = "message " + std::to_string(i);
    const std::string signature = Sign(key_, data);
    EXPECT_TRUE(Table(data, signature)) << i;
    EXPECT_FALSE(Table(data + "x", signature)) << i;
  }
}

TEST_F(P256TableTest, SaysWhatTheLibrarySaysOfEachFlippedBit) {
  const std::string good = Sign(key_, "data");
  for (size_t bit = 0; bit < good.size() * 8; ++bit) {
    std::string bad = good;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << bit % 8));
    EXPECT_EQ(Table("data", bad), Library("data", bad)) << bit;
    EXPECT_FALSE(Table("data", bad)) << bit;
  }
}

TEST_F(P256TableTest, RefusesNumbersOutOfRange) {
  const std::string good = Sign(key_, "data");
  const std::string zero(32, '\0');
  const std::string one = std::string(31, '\0') + '\1';
  const std::string ones(32, '\xFF');
  const std::string order(kOrder);
  for (const std::string& bad : {zero, order, ones}) {
    EXPECT_FALSE(Table("data", bad + good.substr(32)));
    EXPECT_FALSE(Table("data", good.substr(0, 32) + bad));
    EXPECT_FALSE(Table("data", bad + bad));
  }
  EXPECT_FALSE(Table("data", one + one));
  EXPECT_FALSE(Table("data", good.substr(1)));
  EXPECT_FALSE(Table("data", ""));
}

// Both signatures (r, s) and (r, order - s) are good by the standard.
TEST_F(P256TableTest, AcceptsTheMirroredSignature) {
  const std::string good = Sign(key_, "data");
  std::string mirrored = good;
  int borrow = 0;
  for (int i = 31; i >= 0; --i) {
    const int difference = static_cast<uint8_t>(kOrder[i]) -
                           static_cast<uint8_t>(good[32 + i]) - borrow;
    borrow = difference < 0 ? 1 : 0;
    mirrored[32 + i] = static_cast<char>(difference);
  }
  EXPECT_TRUE(Library("data", mirrored));
  EXPECT_TRUE(Table("data", mirrored));
}

TEST_F(P256TableTest, RefusesRandomSignatures) {
  for (int i = 0; i < 200; ++i) {
    const std::string noise = Random::SystemRandom()->Bytes(64);
    EXPECT_EQ(Table("data", noise), Library("data", noise));
  }
}

TEST_F(P256TableTest, RefusesAPointOffTheCurve) {
  Coordinates point = CoordinatesOf(key_.public_key());
  point.y[31] = static_cast<char>(point.y[31] ^ 1);
  EXPECT_EQ(P256Table::Build(point.x, point.y), nullptr);
}

TEST_F(P256TableTest, AKeyWantsOneOnlyAfterManyUses) {
  const PublicKey key = key_.public_key();
  const std::string good = Sign(key_, "data");
  ASSERT_THAT(key.Verify("data", good), IsOk());
  EXPECT_FALSE(key.WantsTable());
  for (int i = 0; i < 1024; ++i) key.Verify("data", good).IgnoreError();
  EXPECT_TRUE(key.WantsTable());
  EXPECT_TRUE(key.WithKid("same").BuildTable());
  EXPECT_FALSE(key.WantsTable());
  EXPECT_FALSE(key.BuildTable()) << "has one";
  EXPECT_THAT(key.Verify("data", good), IsOk());
  EXPECT_THAT(key.Verify("other", good),
              HasReason(Reason::kTokenSignatureInvalid));
}

TEST_F(P256TableTest, ChecksGoOnWhileTablesAreBuilt) {
  const PublicKey key = key_.public_key();
  const std::string good = Sign(key_, "data");
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (int i = 0; i < 2; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 500; ++n) {
        EXPECT_THAT(key.Verify("data", good), IsOk());
        EXPECT_FALSE(key.Verify("other", good).ok());
      }
    });
    threads.emplace_back([&] { key.BuildTable(); });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(PublicKeyTableTest, OtherAlgorithmsNeverWantOne) {
  for (Algorithm algorithm : {Algorithm::kEs384, Algorithm::kEdDsa,
                              Algorithm::kHs256, Algorithm::kRs256}) {
    const SigningKey key = *SigningKey::Generate(algorithm);
    const std::string good = Sign(key, "data");
    for (int i = 0; i < 1100; ++i) {
      ASSERT_THAT(key.public_key().Verify("data", good), IsOk());
    }
    EXPECT_FALSE(key.public_key().WantsTable());
    EXPECT_FALSE(key.public_key().BuildTable());
  }
}

}  // namespace
}  // namespace latchkey
