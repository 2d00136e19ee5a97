// Section E, second half: documents as they are fetched, one after the other.
#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "core/base/reason.h"
#include "core/base/simulated_clock.h"
#include "core/base/work_queue.h"
#include "core/jwks/jwks_cache.h"
#include "core/testing/fake_fetcher.h"
#include "core/testing/fake_random.h"
#include "core/testing/jwt_fixture.h"
#include "core/testing/status_matchers.h"
#include "gtest/gtest.h"
#include "tests/attacks/attack_world.h"

namespace latchkey {
namespace {

constexpr char kUrl[] = "https://issuer.example/keys";

class JwtAttacks : public ::testing::Test {
 protected:
  JwtAttacks() : cache_(JwksCacheOptions(), &fetcher_, &clock_, &random_) {
    fetcher_.Answer(kUrl, Jwks(world_.key));
    KeySourceSpec spec;
    spec.jwks_uri = kUrl;
    source_ = cache_.Use(spec);
  }

  static std::string Jwks(const SigningKey& key) {
    return WriteJwks(KeyTable({key.public_key()}));
  }
  // Verify asks the cache for the token's keys, as a provider does.
  absl::StatusOr<VerifiedToken> Verify(const std::string& token) {
    absl::StatusOr<std::shared_ptr<const KeyTable>> keys =
        cache_.KeysFor(source_.get(), kAttackKid, absl::InfiniteFuture());
    if (!keys.ok()) return keys.status();
    world_.keys = **keys;
    return world_.Verify(token);
  }
  // Refresh fetches `document`; says whether it was taken.
  bool Refresh(const std::string& document) {
    fetcher_.Answer(kUrl, document);
    return cache_.Refresh(kUrl, absl::InfiniteFuture()).empty();
  }
  // The document is refused and changes nothing.
  void KeepsTheLastGoodSet(const std::string& document) {
    EXPECT_FALSE(Refresh(document)) << document;
    EXPECT_THAT(Verify(world_.Good()), IsOk()) << document;
  }

  AttackWorld world_;
  SimulatedClock clock_{absl::FromUnixSeconds(kAttackSeconds)};
  FakeRandom random_;
  FakeFetcher fetcher_;
  JwksCache cache_;
  std::shared_ptr<JwksCache::Source> source_;
};

TEST_F(JwtAttacks, E096_BadDocumentKeepsTheLastGoodSet) {
  ASSERT_THAT(Verify(world_.Good()), IsOk());
  const std::string whole = Jwks(world_.key);
  for (const std::string& document :
       {std::string(), std::string("<html></html>"), std::string("[]"),
        std::string("{}"), std::string(R"({"keys":null})"),
        std::string(R"({"keys":"x"})"), whole.substr(0, whole.size() / 2)}) {
    KeepsTheLastGoodSet(document);
  }
  // Not for ever: after the bound nothing is served.
  clock_.AdvanceTime(JwksCacheOptions().max_stale + absl::Seconds(1));
  EXPECT_THAT(Verify(world_.Good()), HasReason(Reason::kIssuerUnavailable));
}

TEST_F(JwtAttacks, E097_EmptySet) {
  ASSERT_THAT(Verify(world_.Good()), IsOk());
  KeepsTheLastGoodSet(R"({"keys":[]})");
}

TEST_F(JwtAttacks, E097_EmptySetAtFirst) {
  ASSERT_FALSE(Refresh(R"({"keys":[]})"));
  JwksCache fresh(JwksCacheOptions(), &fetcher_, &clock_, &random_);
  KeySourceSpec spec;
  spec.jwks_uri = kUrl;
  const auto source = fresh.Use(spec);
  EXPECT_THAT(fresh.KeysFor(source.get(), kAttackKid, absl::InfiniteFuture()),
              HasReason(Reason::kIssuerUnavailable));
}

TEST_F(JwtAttacks, E100_OnlyUnusableKeys) {
  ASSERT_THAT(Verify(world_.Good()), IsOk());
  json::Value encrypting = JwkOf(world_.key.public_key());
  encrypting.Set("use", "enc");
  for (const std::string& element :
       {std::string("null"), std::string(R"({"kty":"DSA"})"),
        std::string(R"({"kty":"oct","k":"AAAA"})"), json::Write(encrypting)}) {
    KeepsTheLastGoodSet(absl::StrCat(R"({"keys":[)", element, "]}"));
  }
}

TEST_F(JwtAttacks, E111_RemovedKey) {
  const std::string token = world_.Good();
  ASSERT_THAT(Verify(token), IsOk());
  ASSERT_TRUE(Refresh(Jwks(NewTestKey(Algorithm::kEs256, "k2"))));
  EXPECT_THAT(Verify(token), HasReason(Reason::kTokenKeyUnknown));
  ASSERT_TRUE(Refresh(Jwks(world_.key)));
  EXPECT_THAT(Verify(token), IsOk());
}

TEST_F(JwtAttacks, E112_KeyReplacedUnderTheSameKid) {
  const std::string token = world_.Good();
  ASSERT_THAT(Verify(token), IsOk());
  const SigningKey poison = NewTestKey(Algorithm::kEs256, kAttackKid);
  ASSERT_TRUE(Refresh(Jwks(poison)));
  EXPECT_THAT(Verify(token), HasReason(Reason::kTokenSignatureInvalid));
  EXPECT_THAT(Verify(SignCompact(world_.Header(), world_.Payload(), poison)),
              IsOk());
}

TEST_F(JwtAttacks, E113_OneRefreshAtATime) {
  ASSERT_THAT(Verify(world_.Good()), IsOk());
  const int before = fetcher_.fetches(kUrl);
  const SigningKey next = NewTestKey(Algorithm::kEs256, "k2");
  fetcher_.Answer(kUrl, Jwks(next));
  fetcher_.Hold(kUrl);
  std::atomic<int> done{0};
  {
    WorkQueue threads({.name = "lk-test", .threads = 8});
    for (int i = 0; i < 8; ++i) {
      ASSERT_TRUE(threads.TrySubmit([this, &done] {
        if (cache_.Refresh(kUrl, absl::InfiniteFuture()).empty()) ++done;
      }));
    }
    fetcher_.WaitForHeld(kUrl, 1);
    // None is under way beside it, so that no older answer can come later.
    EXPECT_EQ(fetcher_.fetches(kUrl), before + 1);
    fetcher_.Release(kUrl);
  }
  EXPECT_EQ(done, 8);
  EXPECT_THAT(Verify(world_.Good()), HasReason(Reason::kTokenKeyUnknown));
  EXPECT_THAT(cache_.KeysFor(source_.get(), "k2", absl::InfiniteFuture()),
              IsOk());
}

}  // namespace
}  // namespace latchkey
