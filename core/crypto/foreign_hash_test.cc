// Published vectors of each family, the limits, and odd texts.
#include "core/crypto/foreign_hash.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "core/base/random.h"
#include "core/base/reason.h"
#include "core/crypto/password_hash.h"
#include "core/crypto/password_text.h"
#include "core/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

using ::testing::HasSubstr;

constexpr uint64_t kPlenty = 1024 * 1024;  // KiB

struct Vector {
  const char* source;
  std::string password;
  std::string text;
  std::string stored = "";  // when it differs from `text`
};

std::string Base64(absl::string_view hex) {
  std::string text = absl::Base64Escape(absl::HexStringToBytes(hex));
  return absl::StrReplaceAll(text, {{"=", ""}});
}

constexpr char kRfc7914Pbkdf2[] =
    "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc"
    "49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783";
constexpr char kRfc7914Scrypt[] =
    "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2"
    "d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887";
// github.com/firebase/scrypt, README
constexpr char kFirebase[] =
    "$fbscrypt$v=1,n=14,r=8,p=1,ss=Bw==,sk="
    "jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiT"
    "vC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==$42xEC+ixf3L2lw==$"
    "lSrfV1"
    "5cpx95/sZS2W9c9Kp6i/LVgQNDNC/"
    "qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRu"
    "id5lQ==";

std::vector<Vector> Vectors() {
  const std::string django =
      "pbkdf2_sha256$10000$seasalt$"
      "CWWFdHOWwPnki7HvkcqN9iA2T3KLW1cf2uZ5kvArtVY=";
  const std::string scrypt_rfc =
      absl::StrCat("r=8,p=1$", "U29kaXVtQ2hsb3JpZGU$", Base64(kRfc7914Scrypt));
  return {
      {"Openwall crypt_blowfish, wrapper.c", "U*U",
       "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"},
      {"the same with something in the spare bits", "U*U",
       "$2a$05$CCCCCCCCCCCCCCCCCCCCC/E5YPO9kmyuRGyh0XouQYb4YMJKvyOeX",
       "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"},
      {"Openwall crypt_blowfish, wrapper.c", "\xa3",
       "$2x$05$/OK.fbVrR/bpIqNJ5ianF.CE5elHaaO4EbggVDjb8P19RukzXSM3e"},
      {"Openwall crypt_blowfish, wrapper.c", "\xa3",
       "$2y$05$/OK.fbVrR/bpIqNJ5ianF.Sa7shbm4.OzKpvFnX1pQLmQW96oUlCq"},
      {"Drepper, SHA-crypt.txt", "Hello world!",
       "$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5"},
      {"Drepper, SHA-crypt.txt", "Hello world!",
       "$5$rounds=10000$saltstringsaltst$3xv.VbSHBb41AL9AvLeujZkZRBAwqFMz2.opq"
       "ey6IcA"},
      {"Drepper, SHA-crypt.txt", "Hello world!",
       "$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJues"
       "I68u4OTLiBFdcbYEdFCoEOfaS35inz1"},
      {"MD5-crypt of the reference implementation", "Hello world!",
       "$1$saltstri$YMyguxXMBpd2TEZ.vS/3q1"},
      {"Openwall yescrypt, test-crypt-yescrypt.c", "pleaseletmein",
       "$7$06..../....SodiumChloride$ENlyo6fGw4PCcDBOFepfSZjFUnVatHzCcW55."
       "ZGz3B0"},
      {"openwall/yescrypt-go, yescrypt_test.go", "test1",
       "$y$j75$z7ztFz2FayrKI79/jEwlL.$u5x/j193MQ09wbFaRGYr0AH/A/"
       "jh3kunjuhYRVRNkmC"},
      {"RFC 6070, c = 4096", "password",
       absl::StrCat("$pbkdf2-sha1$i=4096,l=20$c2FsdA$",
                    Base64("4b007901b765489abead49d926f721d065a429c1"))},
      {"RFC 7914 section 11", "passwd",
       absl::StrCat("$pbkdf2-sha256$1$c2FsdA$", Base64(kRfc7914Pbkdf2)),
       absl::StrCat("$pbkdf2-sha256$i=1,l=64$c2FsdA$", Base64(kRfc7914Pbkdf2))},
      {"Django 1.5, test_hashers.py", "l\xc3\xa8tmein", django,
       "$pbkdf2-sha256$i=10000,l=32$c2Vhc2FsdA$CWWFdHOWwPnki7HvkcqN9iA2T3KLW1c"
       "f2uZ5kvArtVY"},
      {"RFC 7914 section 12", "pleaseletmein",
       absl::StrCat("$scrypt$ln=14,", scrypt_rfc)},
      {"the same as Kratos has it", "pleaseletmein",
       absl::StrCat("$scrypt$ln=16384,", scrypt_rfc),
       absl::StrCat("$scrypt$ln=14,", scrypt_rfc)},
      {"phc-winner-argon2, test.c (m = 256 KiB)", "password",
       "$argon2i$v=19$m=256,t=2,p=1$c29tZXNhbHQ$iekCn0Y3spW+sCcFanM2xBT63UP2sgh"
       "kUoHLIUpWRS8"},
      {"phc-winner-argon2, test.c", "password",
       "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/"
       "uIPnA4rEsF5h7TKyQw"
       "u9U1bMCHGi/4"},
      {"github.com/firebase/scrypt, README.md", "user1password", kFirebase,
       absl::StrReplaceAll(kFirebase, {{"==", ""}})},
  };
}

TEST(ForeignHashTest, PublishedVectors) {
  const PasswordHasher hasher({64, 1, 1}, Random::SystemRandom());
  for (const Vector& vector : Vectors()) {
    SCOPED_TRACE(absl::StrCat(vector.source, ": ", vector.text));
    const auto stored = CanonicalPasswordHash(vector.text, kPlenty);
    ASSERT_THAT(stored, IsOk());
    const auto right = hasher.Verify(Secret(vector.password), *stored);
    EXPECT_TRUE(right.matches);
    EXPECT_TRUE(right.needs_rehash);
    const auto wrong = hasher.Verify(Secret(vector.password + "x"), *stored);
    EXPECT_FALSE(wrong.matches);
    EXPECT_FALSE(wrong.needs_rehash);
    // The stored form is stored as it is.
    EXPECT_THAT(CanonicalPasswordHash(*stored, kPlenty), IsOkAndHolds(*stored));
  }
}

TEST(ForeignHashTest, OneFormIsStored) {
  for (const Vector& vector : Vectors()) {
    const std::string wanted =
        vector.stored.empty() ? absl::StrReplaceAll(vector.text, {{"=$", "$"}})
                              : vector.stored;
    const auto stored = CanonicalPasswordHash(vector.text, kPlenty);
    ASSERT_THAT(stored, IsOk());
    EXPECT_EQ(*stored, wanted) << vector.source;
  }
}

TEST(ForeignHashTest, BcryptReads72BytesAsItDidBefore) {
  // Openwall crypt_blowfish, wrapper.c: 72 times 0xaa and anything after.
  const std::string text =
      "$2a$05$/OK.fbVrR/bpIqNJ5ianF.swQOIzjOiJ9GHEPuhEkvqrUyvWhEMx6";
  const auto hash = ParseForeignHash(text);
  ASSERT_THAT(hash, IsOk());
  const std::string seventy_two(72, '\xaa');
  EXPECT_TRUE((*hash)->Matches(Secret(seventy_two)));
  EXPECT_TRUE((*hash)->Matches(
      Secret(seventy_two + "chars after 72 are ignored as usual")));
  EXPECT_TRUE((*hash)->Matches(Secret(std::string(1024, '\xaa'))));
  EXPECT_FALSE((*hash)->Matches(Secret(std::string(71, '\xaa'))));
}

// What would cost too much, or lets too much through, is refused before it is
// stored, and matches nothing should it be stored all the same.
TEST(ForeignHashTest, RefusesCostsAndOddTexts) {
  const PasswordHasher hasher({64, 1, 1}, Random::SystemRandom());
  const std::string salt_and_hash =
      absl::StrCat("c2FsdA$", Base64(kRfc7914Pbkdf2));
  const std::string firebase = kFirebase;
  const auto in_firebase = [&](absl::string_view from, absl::string_view to) {
    EXPECT_TRUE(absl::StrContains(firebase, from)) << from;
    return absl::StrReplaceAll(firebase, {{from, to}});
  };
  struct Row {
    std::string text;
    const char* says;
  };
  for (const Row& row : std::vector<Row>{
           {"", "not a kind"},
           {"!", "not a kind"},
           {"plain", "not a kind"},
           {"{SSHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=", "not a kind"},
           {"abJnggxhB/yWI", "not a kind"},  // DES
           {std::string(2000, '$'), "at most 1024"},
           {"$2b$10$ x", "printable"},
           {std::string("$2b$10$\0x", 9), "printable"},
           {"$2b$16$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
            "cost 4 to 15"},
           {"$2b$31$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
            "cost 4 to 15"},
           {"$2b$03$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
            "cost 4 to 15"},
           {"$2b$+5$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
            "cost 4 to 15"},
           {"$2z$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
            "$2b$"},
           {"$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyO",
            "60 characters"},
           {"$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvy=eW",
            "base 64"},
           {"$5$rounds=1000001$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/"
            "GNooZaBBGWEc5",
            "to 1000000 rounds"},
           {"$5$rounds=999$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/"
            "GNooZaBBGWEc5",
            "1000 to"},
           {"$1$rounds=1000$saltstri$YMyguxXMBpd2TEZ.vS/3q1", "salt and hash"},
           {"$5$saltstring", "salt and hash"},
           {"$5$saltstring$", "whole hash"},
           {"$6$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5",
            "whole hash"},
           {"$7$G6..../....SodiumChloride$"
            "ENlyo6fGw4PCcDBOFepfSZjFUnVatHzCcW55.ZGz3B0",
            "2^17"},
           {"$7$0zzzzz/....SodiumChloride$"
            "ENlyo6fGw4PCcDBOFepfSZjFUnVatHzCcW55.ZGz3B0",
            "r 8"},
           {"$7$06....zzzzzSodiumChloride$"
            "ENlyo6fGw4PCcDBOFepfSZjFUnVatHzCcW55.ZGz3B0",
            "p 10"},
           {"$y$jFT$z7ztFz2FayrKI79/jEwlL.$u5x/j193MQ09wbFaRGYr0AH/A/"
            "jh3kunjuhYRVRNkmC",
            "2^20"},
           {"$y$jD5.7$LdJMENpBABJJ3hIHjB1Bi.$"
            "HboGM6qPrsK.StKYGt6KErmUYtioHreJd98oIugoNB6",
            "default flavour"},
           {"$pbkdf2-sha256$i=10000001,l=64$" + salt_and_hash, "10000000"},
           {"$pbkdf2-sha256$i=0,l=64$" + salt_and_hash, "10000000"},
           {"$pbkdf2-sha256$i=5000001,l=64$" + salt_and_hash, "all blocks"},
           {"$pbkdf2-sha1$i=2500001,l=64$" + salt_and_hash, "all blocks"},
           {"$pbkdf2-sha256$i=10,l=32$" + salt_and_hash, "16 to 128"},
           {"$pbkdf2-md5$i=10,l=64$" + salt_and_hash, "sha512"},
           {"$pbkdf2-sha256$i=10,l=8$c2FsdA$AAAAAAAAAAA", "16 to 128"},
           {"$pbkdf2-sha256$i=10$c2FsdA$!!!!", "Django's"},
           {"$scrypt$ln=18,r=8,p=1$" + salt_and_hash, "2^17"},
           {"$scrypt$ln=16383,r=8,p=1$" + salt_and_hash, "2^17"},
           {"$scrypt$ln=14,r=9,p=1$" + salt_and_hash, "r 8"},
           {"$scrypt$ln=14,r=8,p=11$" + salt_and_hash, "p 10"},
           {"$argon2i$v=19$m=1048577,t=2,p=1$c29tZXNhbHQ$"
            "iekCn0Y3spW+sCcFanM2xBT63UP2sghkUoHLIUpWRS8",
            "1048576"},
           {"$argon2i$v=16$m=256,t=2,p=1$c29tZXNhbHQ$"
            "iekCn0Y3spW+sCcFanM2xBT63UP2sghkUoHLIUpWRS8",
            "v=19"},
           {in_firebase("n=14", "n=18"), "mem_cost"},
           {in_firebase("r=8", "r=9"), "rounds"},
           {in_firebase("p=1", "p=2"), "Firebase"},
           {in_firebase("lSrf", "lSr"), "Firebase"},
       }) {
    SCOPED_TRACE(row.text.substr(0, 100));
    const auto refused = CanonicalPasswordHash(row.text, kPlenty);
    ASSERT_THAT(refused, HasReason(Reason::kInvalidRequest));
    const auto violations = GetFieldViolations(refused.status());
    ASSERT_EQ(violations.size(), 1u);
    EXPECT_EQ(violations[0].field, "password_hash");
    EXPECT_THAT(violations[0].description, HasSubstr(row.says));
    EXPECT_FALSE(hasher.Verify(Secret("U*U"), row.text).matches);
    EXPECT_FALSE(hasher.Verify(Secret(""), row.text).matches);
  }
}

TEST(ForeignHashTest, TheBudgetBoundsTheMemory) {
  const auto refused = CanonicalPasswordHash(kFirebase, 16 * 1024);
  ASSERT_THAT(refused, HasReason(Reason::kInvalidRequest));
  EXPECT_THAT(GetFieldViolations(refused.status())[0].description,
              HasSubstr("passwords.memory_budget_mib"));
  EXPECT_THAT(CanonicalPasswordHash(kFirebase, 17 * 1024), IsOk());
  EXPECT_THAT(CanonicalPasswordHash("$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$"
                                    "nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi"
                                    "/4",
                                    255),
              HasReason(Reason::kInvalidRequest));
  EXPECT_EQ(PasswordHashMemoryKib("$y$j9T$a$b"), 0u);
  EXPECT_EQ(PasswordHashMemoryKib(kNoPassword), 0u);
  EXPECT_GE(PasswordHashMemoryKib(kFirebase), 16u * 1024);
}

TEST(ForeignHashTest, NoPasswordMatchesNone) {
  const PasswordHasher hasher({64, 1, 1}, Random::SystemRandom());
  for (const char* password : {"", "!", "*", "x"}) {
    EXPECT_FALSE(hasher.Verify(Secret(password), kNoPassword).matches);
  }
}

}  // namespace
}  // namespace latchkey
