#include "core/crypto/password_hash.h"

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "core/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

using ::testing::StartsWith;

constexpr Argon2idParameters kCheap{64, 1, 1};

Secret Text(absl::string_view text) { return Secret(text); }

class PasswordHashTest : public ::testing::Test {
 protected:
  std::string Hash(absl::string_view password) {
    const auto phc = hasher_.Hash(Text(password));
    EXPECT_THAT(phc, IsOk());
    return *phc;
  }
  bool Matches(absl::string_view password, absl::string_view phc) {
    return hasher_.Verify(Text(password), phc).matches;
  }

  PasswordHasher hasher_{kCheap, Random::SystemRandom()};
};

TEST_F(PasswordHashTest, OnlyThePasswordMatches) {
  const std::string phc = Hash("correct horse");
  EXPECT_THAT(phc, StartsWith("$argon2id$v=19$m=64,t=1,p=1$"));
  EXPECT_TRUE(Matches("correct horse", phc));
  for (absl::string_view wrong :
       {"", "correct hors", "correct horse ", "Correct horse"}) {
    EXPECT_FALSE(Matches(wrong, phc)) << wrong;
  }
  EXPECT_FALSE(Matches(absl::string_view("correct horse\0x", 15), phc));
}

TEST_F(PasswordHashTest, SaltsDiffer) { EXPECT_NE(Hash("a"), Hash("a")); }

TEST_F(PasswordHashTest, EmptyAndBinaryPasswordsHash) {
  EXPECT_TRUE(Matches("", Hash("")));
  const absl::string_view binary("a\0\xFFz", 4);
  EXPECT_TRUE(Matches(binary, Hash(binary)));
  EXPECT_FALSE(Matches("a", Hash(binary)));
}

// Made with argon2id_hash_encoded of Debian's libargon2 0~20171227.
constexpr absl::string_view kOneLane =
    "$argon2id$v=19$m=64,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$"
    "Gpj7qOY5RCXJvcMzqcdQqvgR3wcPX7SleI4c9NtXk6E";
constexpr absl::string_view kTwoLanes =
    "$argon2id$v=19$m=64,t=2,p=2$c29tZXNhbHRzb21lc2FsdA$"
    "wmMxfQAvhLU0L6ZvoWnkvOajVqE/GRkzRjIu81IuBwI";
constexpr absl::string_view kShortSalt =
    "$argon2id$v=19$m=64,t=2,p=1$c2FsdHNhbHQ$"
    "50UD97y0OOTVN7ca0lAiIkxAFbJoO8IYMkpI3Oo6akY";

TEST_F(PasswordHashTest, ReadsStringsOfTheReferenceImplementation) {
  for (absl::string_view phc : {kOneLane, kTwoLanes, kShortSalt}) {
    const auto outcome = hasher_.Verify(Text("password"), phc);
    EXPECT_TRUE(outcome.matches) << phc;
    EXPECT_TRUE(outcome.needs_rehash) << phc;
    EXPECT_FALSE(Matches("passwort", phc)) << phc;
  }
}

TEST_F(PasswordHashTest, RehashOnlyWhenParametersDiffer) {
  const std::string phc = Hash("p");
  EXPECT_FALSE(hasher_.Verify(Text("p"), phc).needs_rehash);
  EXPECT_FALSE(hasher_.Verify(Text("q"), phc).needs_rehash);
  const PasswordHasher stronger({128, 1, 1}, Random::SystemRandom());
  EXPECT_TRUE(stronger.Verify(Text("p"), phc).needs_rehash);
  EXPECT_FALSE(stronger.Verify(Text("q"), phc).needs_rehash);
}

// jwt-attacks H145: tampered strings neither match nor cost.
TEST_F(PasswordHashTest, TamperedStringsDoNotMatch) {
  const std::string good = Hash("p");
  ASSERT_TRUE(Matches("p", good));
  const auto with = [&good](absl::string_view from, absl::string_view to) {
    EXPECT_TRUE(absl::StrContains(good, from)) << from;
    return absl::StrReplaceAll(good, {{from, to}});
  };
  for (const std::string& bad :
       {std::string(),
        std::string("$"),
        with("m=64", "m=4294967295"),
        with("m=64", "m=1048577"),
        with("m=64", "m=7"),
        with("m=64", "m=064"),
        with("m=64", "m=-1"),
        with("m=64", "m=+64"),
        with("m=64", "m= 64"),
        with("m=64", "m="),
        with("m=64", "m=64KiB"),
        with("t=1", "t=0"),
        with("t=1", "t=17"),
        with("t=1", "t=1000000000"),
        with("p=1", "p=0"),
        with("p=1", "p=9"),
        with("p=1", "p=1000000"),
        with("v=19", "v=16"),
        with("v=19", "v=20"),
        with("$v=19", ""),
        with("argon2id", "argon2i"),
        with("argon2id", "argon2d"),
        with("argon2id", "ARGON2ID"),
        with("m=64,t=1", "t=1,m=64"),
        with(",p=1", ""),
        absl::StrCat(good, "="),
        absl::StrCat(good, "$"),
        absl::StrCat(good, "A"),
        absl::StrCat(" ", good),
        absl::StrCat(good, "\n"),
        good.substr(0, good.size() - 1),
        good.substr(0, 40),
        absl::StrCat(good, std::string(100'000, 'A')),
        std::string("$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17"
                    "lhWy"),
        std::string("plain")}) {
    EXPECT_FALSE(Matches("p", bad)) << bad.substr(0, 100);
    EXPECT_FALSE(Matches("plain", bad)) << bad.substr(0, 100);
  }
}

TEST_F(PasswordHashTest, DefaultsAreThoseOfOwasp) {
  const PasswordHasher hasher({}, Random::SystemRandom());
  const auto phc = hasher.Hash(Text("p"));
  ASSERT_THAT(phc, IsOk());
  EXPECT_THAT(*phc, StartsWith("$argon2id$v=19$m=19456,t=2,p=1$"));
  EXPECT_TRUE(hasher.Verify(Text("p"), *phc).matches);
  hasher.VerifyDummy(Text("p"));
}

}  // namespace
}  // namespace latchkey
