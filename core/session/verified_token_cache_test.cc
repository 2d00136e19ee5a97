#include "core/session/verified_token_cache.h"

#include <atomic>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/work_queue.h"
#include "core/testing/fake_random.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);
constexpr uint64_t kGeneration = 7;

Principal PrincipalOf(const std::string& user) {
  Principal principal;
  principal.user_id = user;
  principal.app = "myapp-abcde";
  principal.session_id = "AAAAAAAAAAAAAAAAAAAAAA";
  principal.provider = "email_password";
  principal.subject = absl::StrCat("subject of ", user);
  principal.roles = {"reader", ""};
  principal.audience = {"myapp-abcde"};
  principal.issued_at = kNow;
  principal.expires_at = kNow + absl::Minutes(30);
  return principal;
}

class VerifiedTokenCacheTest : public ::testing::Test {
 protected:
  void Insert(const std::string& token) {
    cache_.Insert(token, kGeneration, PrincipalOf(token), kNow);
  }
  bool Find(absl::string_view token, uint64_t generation = kGeneration) {
    return cache_.Find(token, generation, &found_, &not_before_);
  }

  FakeRandom random_;
  VerifiedTokenCache cache_{64, &random_};
  Principal found_;
  absl::Time not_before_;
};

TEST_F(VerifiedTokenCacheTest, GivesBackAllThatWasInserted) {
  cache_.Insert("token", kGeneration, PrincipalOf("u1"),
                kNow - absl::Seconds(1));
  ASSERT_TRUE(Find("token"));
  EXPECT_EQ(found_.user_id, "u1");
  EXPECT_EQ(found_.app, "myapp-abcde");
  EXPECT_EQ(found_.session_id, "AAAAAAAAAAAAAAAAAAAAAA");
  EXPECT_EQ(found_.provider, "email_password");
  EXPECT_EQ(found_.subject, "subject of u1");
  EXPECT_THAT(found_.roles, ElementsAre("reader", ""));
  EXPECT_THAT(found_.audience, ElementsAre("myapp-abcde"));
  EXPECT_EQ(found_.issued_at, kNow);
  EXPECT_EQ(found_.expires_at, kNow + absl::Minutes(30));
  EXPECT_EQ(not_before_, kNow - absl::Seconds(1));
}

TEST_F(VerifiedTokenCacheTest, AReusedPrincipalHoldsNothingOfTheLastToken) {
  Insert("long");
  Principal plain;
  plain.user_id = "u2";
  cache_.Insert("plain", kGeneration, plain, kNow);
  ASSERT_TRUE(Find("long"));
  ASSERT_TRUE(Find("plain"));
  EXPECT_EQ(found_.user_id, "u2");
  EXPECT_EQ(found_.subject, "");
  EXPECT_THAT(found_.roles, IsEmpty());
  EXPECT_THAT(found_.audience, IsEmpty());
}

TEST_F(VerifiedTokenCacheTest, EveryChangedByteIsAMiss) {
  const std::string token = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl";
  Insert(token);
  ASSERT_TRUE(Find(token));
  for (size_t i = 0; i < token.size(); ++i) {
    std::string other = token;
    other[i] = static_cast<char>(other[i] ^ 1);
    EXPECT_FALSE(Find(other)) << i;
    EXPECT_FALSE(Find(absl::string_view(token).substr(0, i))) << i;
  }
  EXPECT_FALSE(Find(token + "A"));
  EXPECT_FALSE(Find(token + std::string(1, '\0')));
}

// A full table whose tags all match: the text alone must decide. One set and a
// random source of zeros make every multiplication, and so every hash, alike.
TEST_F(VerifiedTokenCacheTest, EqualHashesDoNotMakeEqualTokens) {
  class Zeros final : public Random {
    void Fill(absl::Span<uint8_t> out) override {
      for (uint8_t& byte : out) byte = 0;
    }
  } zeros;
  VerifiedTokenCache cache(4, &zeros);
  cache.Insert("token-a", kGeneration, PrincipalOf("a"), kNow);
  EXPECT_TRUE(cache.Find("token-a", kGeneration, &found_, &not_before_));
  EXPECT_FALSE(cache.Find("token-b", kGeneration, &found_, &not_before_));
}

TEST_F(VerifiedTokenCacheTest, AnotherGenerationIsAMiss) {
  Insert("token");
  EXPECT_FALSE(Find("token", kGeneration + 1));
  cache_.Insert("token", kGeneration + 1, PrincipalOf("token"), kNow);
  EXPECT_TRUE(Find("token", kGeneration + 1));
  EXPECT_FALSE(Find("token", kGeneration));
}

TEST_F(VerifiedTokenCacheTest, RemembersNothingThatIsTooLarge) {
  const std::string longest(VerifiedTokenCache::kMaxTokenBytes, 'a');
  cache_.Insert(longest, kGeneration, PrincipalOf("u"), kNow);
  EXPECT_TRUE(Find(longest));
  cache_.Insert(longest + "a", kGeneration, PrincipalOf("u"), kNow);
  EXPECT_FALSE(Find(longest + "a"));

  Principal large = PrincipalOf("u");
  large.roles.assign(1,
                     std::string(VerifiedTokenCache::kMaxPrincipalBytes, 'r'));
  cache_.Insert("large", kGeneration, large, kNow);
  EXPECT_FALSE(Find("large"));
  cache_.Insert("", kGeneration, PrincipalOf("u"), kNow);
  EXPECT_FALSE(Find(""));
}

TEST_F(VerifiedTokenCacheTest, TheSoonestToExpireOfASetGoesFirst) {
  VerifiedTokenCache cache(8, &random_);  // one set
  for (int i = 0; i < 8; ++i) {
    Principal principal = PrincipalOf("u");
    principal.expires_at = kNow + absl::Minutes(i == 2 ? 1 : 10);
    cache.Insert(absl::StrCat("token", i), kGeneration, principal, kNow);
  }
  cache.Insert("token8", kGeneration, PrincipalOf("u"), kNow);
  std::vector<bool> there;
  for (int i = 0; i < 9; ++i) {
    there.push_back(cache.Find(absl::StrCat("token", i), kGeneration, &found_,
                               &not_before_));
  }
  EXPECT_THAT(there, ElementsAre(true, true, false, true, true, true, true,
                                 true, true));
}

// Few slots and many tokens, so that slots are rewritten while they are read:
// whatever is found must belong to the token that was asked for.
TEST_F(VerifiedTokenCacheTest, ReadersNeverSeeHalfAWrite) {
  VerifiedTokenCache cache(4, &random_);
  constexpr int kTokens = 16;
  std::vector<std::string> tokens;
  for (int i = 0; i < kTokens; ++i) {
    tokens.push_back(absl::StrCat(std::string(200, 'x'), i));
  }
  std::atomic<int> hits{0};
  std::atomic<int> wrong{0};
  {
    WorkQueue threads({.name = "lk-test", .threads = 4});
    for (int t = 0; t < 4; ++t) {
      ASSERT_TRUE(threads.TrySubmit([&, t] {
        Principal found;
        absl::Time not_before;
        for (int i = 0; i < 20'000; ++i) {
          const std::string& token =
              tokens[static_cast<size_t>((i * (t + 1)) % kTokens)];
          if (cache.Find(token, kGeneration, &found, &not_before)) {
            ++hits;
            if (found.user_id != token || found.subject != token ||
                found.roles.size() != 2) {
              ++wrong;
            }
          } else {
            Principal principal = PrincipalOf(token);
            principal.subject = token;
            cache.Insert(token, kGeneration, principal, kNow);
          }
        }
      }));
    }
  }
  EXPECT_EQ(wrong, 0);
  EXPECT_GT(hits, 0);
}

}  // namespace
}  // namespace latchkey
