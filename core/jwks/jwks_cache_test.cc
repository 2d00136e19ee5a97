#include "core/jwks/jwks_cache.h"

#include <unistd.h>

#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "core/base/reason.h"
#include "core/base/simulated_clock.h"
#include "core/jwks/jwks_cache_options.h"
#include "core/jwks/key_source.h"
#include "core/jwks/test_keys.h"
#include "core/jwt/key_table.h"
#include "core/testing/fake_fetcher.h"
#include "core/testing/fake_random.h"
#include "core/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kKeys[] = "https://i.example/keys";
constexpr char kOther[] = "https://slow.example/keys";
constexpr char kIssuer[] = "https://i.example";
constexpr char kDiscovery[] =
    "https://i.example/.well-known/openid-configuration";
const absl::Time kStart = absl::FromUnixSeconds(1'700'000'000);
constexpr absl::Duration kCooldown = absl::Seconds(30);
// The first refresh after a load without Cache-Control comes within this.
constexpr absl::Duration kRefresh = absl::Seconds(600);

KeySourceSpec At(const std::string& uri) {
  KeySourceSpec spec;
  spec.jwks_uri = uri;
  return spec;
}

HttpResponse Answer(int status, const std::string& body,
                    std::map<std::string, std::string> headers = {}) {
  HttpResponse response;
  response.status = status;
  response.body = body;
  response.headers = std::move(headers);
  return response;
}

class JwksCacheTest : public testing::Test {
 protected:
  JwksCacheTest() { Restart(); }

  // Restart makes a new cache: a restarted process.
  void Restart() {
    cache_.reset();
    cache_ =
        std::make_unique<JwksCache>(options_, &fetcher_, &clock_, &random_);
  }
  // UseFolder keeps copies on disk from now on.
  void UseFolder() {
    static int number = 0;
    options_.cache_dir =
        absl::StrCat(testing::TempDir(), "/cache", getpid(), "-", ++number);
    Restart();
  }

  absl::StatusOr<std::shared_ptr<const KeyTable>> Get(
      const std::shared_ptr<JwksCache::Source>& source,
      const std::optional<std::string>& kid = std::nullopt) {
    return cache_->KeysFor(source.get(), kid, absl::InfiniteFuture());
  }
  bool Has(const std::shared_ptr<JwksCache::Source>& source,
           const std::string& kid) {
    const auto keys = Get(source, kid);
    return keys.ok() && (*keys)->Contains(kid);
  }
  KeySourceStatus StatusOf(const std::string& id) {
    for (const KeySourceStatus& status : cache_->Status()) {
      if (status.id == id) return status;
    }
    ADD_FAILURE() << "no source " << id;
    return {};
  }
  // Loaded sets keys and waits until the cache has them.
  std::shared_ptr<JwksCache::Source> Loaded(const std::string& document) {
    fetcher_.Answer(kKeys, document);
    auto source = cache_->Use(At(kKeys));
    EXPECT_THAT(Get(source), IsOk());
    return source;
  }
  // AdvanceToFetch moves the time and lets one scheduled fetch of kKeys begin
  // and end.
  void AdvanceToFetch(absl::Duration by) {
    fetcher_.Hold(kKeys);
    clock_.AdvanceTime(by);
    fetcher_.WaitForHeld(kKeys, 1);
    fetcher_.Release(kKeys);
    // Joins the attempt under way.
    cache_->Refresh(kKeys, absl::InfiniteFuture());
  }

  SimulatedClock clock_{kStart};
  FakeRandom random_;
  FakeFetcher fetcher_;
  JwksCacheOptions options_;
  std::unique_ptr<JwksCache> cache_;
};

TEST_F(JwksCacheTest, LoadsInTheBackground) {
  fetcher_.Answer(kKeys, TestJwks({{"a", 0}}));
  KeySourceSpec spec = At(kKeys);
  spec.required = true;
  const auto source = cache_->Use(spec);
  EXPECT_TRUE(cache_->WaitForFirstLoad(absl::InfiniteFuture()));
  const auto keys = cache_->TryKeysFor(source.get(), "a");
  ASSERT_TRUE(keys.has_value());
  EXPECT_THAT(*keys, IsOk());
  const KeySourceStatus status = StatusOf(kKeys);
  EXPECT_THAT(status.keys, SizeIs(1));
  EXPECT_EQ(status.keys[0].kid, "a");
  EXPECT_EQ(status.last_success, kStart);
  EXPECT_EQ(status.fetches, 1u);
  EXPECT_GE(status.next_refresh, kStart + kRefresh * 0.8);
  EXPECT_LE(status.next_refresh, kStart + kRefresh);
}

TEST_F(JwksCacheTest, EqualSpecsShareASource) {
  const auto one = Loaded(TestJwks({{"a", 0}}));
  EXPECT_EQ(cache_->Use(At(kKeys)), one);
  KeySourceSpec other = At(kKeys);
  other.poll = absl::Minutes(2);
  EXPECT_NE(cache_->Use(other), one);
}

TEST_F(JwksCacheTest, TheSpecSaysWhatPlainRsaKeysAreFor) {
  const auto rs256 = Loaded(kTestRsaJwks);
  EXPECT_THAT((*Get(rs256))->Candidates("rsa", Algorithm::kRs256), SizeIs(1));
  KeySourceSpec spec = At(kKeys);
  spec.rsa_default = Algorithm::kPs384;
  const auto ps384 = cache_->Use(spec);
  ASSERT_THAT(Get(ps384), IsOk());
  EXPECT_THAT((*Get(ps384))->Candidates("rsa", Algorithm::kPs384), SizeIs(1));
  EXPECT_THAT((*Get(ps384))->Candidates("rsa", Algorithm::kRs256), IsEmpty());
}

TEST_F(JwksCacheTest, RefreshByIdAsksForEachSourceOnce) {
  const auto one = Loaded(TestJwks({{"a", 0}}));
  KeySourceSpec spec = At(kKeys);
  spec.poll = absl::Minutes(2);
  const auto two = cache_->Use(spec);
  ASSERT_THAT(Get(two), IsOk());
  EXPECT_THAT(cache_->Refresh(kKeys, absl::InfiniteFuture()), IsEmpty());
  EXPECT_EQ(fetcher_.fetches(kKeys), 4);
  EXPECT_THAT(cache_->Status(), SizeIs(2));
}

TEST_F(JwksCacheTest, ASourceNobodyHoldsIsDropped) {
  Loaded(TestJwks({{"a", 0}}));
  EXPECT_THAT(cache_->Status(), IsEmpty());
  EXPECT_THAT(cache_->Refresh("", absl::InfiniteFuture()), IsEmpty());
  EXPECT_EQ(fetcher_.fetches(kKeys), 1);
}

TEST_F(JwksCacheTest, StartsWhileTheIssuerIsDown) {
  KeySourceSpec spec = At(kKeys);
  spec.required = true;
  const auto source = cache_->Use(spec);
  const auto down = Get(source);
  EXPECT_THAT(down, HasReason(Reason::kIssuerUnavailable));
  EXPECT_TRUE(GetRetryAfter(down.status()).has_value());
  EXPECT_FALSE(cache_->WaitForFirstLoad(kStart));
  fetcher_.Answer(kKeys, TestJwks({{"a", 0}}));
  // No cooldown before the first load, only the shortest pause.
  clock_.AdvanceTime(options_.retry_min);
  const auto soon = cache_->TryKeysFor(source.get(), "a");
  EXPECT_TRUE(!soon.has_value() || soon->ok());
  EXPECT_TRUE(Has(source, "a"));
  EXPECT_TRUE(cache_->WaitForFirstLoad(clock_.TimeNow()));
}

TEST_F(JwksCacheTest, CallersDoNotHammerAnIssuerThatIsDown) {
  const auto source = cache_->Use(At(kKeys));
  for (int i = 0; i < 100; ++i) {
    EXPECT_THAT(Get(source), HasReason(Reason::kIssuerUnavailable));
  }
  EXPECT_EQ(fetcher_.fetches(kKeys), 1);
}

TEST_F(JwksCacheTest, DiscoversTheKeysOfAnIssuer) {
  fetcher_.Answer(kDiscovery,
                  absl::StrCat(R"({"issuer":")", kIssuer, R"(","jwks_uri":")",
                               kKeys, R"("})"));
  fetcher_.Answer(kKeys, TestJwks({{"a", 0}}));
  KeySourceSpec spec;
  spec.issuer = kIssuer;
  const auto source = cache_->Use(spec);
  EXPECT_TRUE(Has(source, "a"));
  EXPECT_EQ(StatusOf(kIssuer).jwks_uri, kKeys);
  // A later refresh needs no discovery.
  EXPECT_THAT(cache_->Refresh(kIssuer, absl::InfiniteFuture()), IsEmpty());
  EXPECT_EQ(fetcher_.fetches(kDiscovery), 1);
  EXPECT_EQ(fetcher_.fetches(kKeys), 2);
}

TEST_F(JwksCacheTest, KeepsTheKnownPlaceWhenDiscoveryFails) {
  options_.discovery_refresh = absl::ZeroDuration();
  Restart();
  fetcher_.Answer(kDiscovery,
                  absl::StrCat(R"({"issuer":")", kIssuer, R"(","jwks_uri":")",
                               kKeys, R"("})"));
  fetcher_.Answer(kKeys, TestJwks({{"a", 0}}));
  KeySourceSpec spec;
  spec.issuer = kIssuer;
  const auto source = cache_->Use(spec);
  ASSERT_TRUE(Has(source, "a"));
  fetcher_.Answer(kDiscovery, Answer(500, ""));
  fetcher_.Answer(kKeys, TestJwks({{"b", 1}}));
  EXPECT_THAT(cache_->Refresh("", absl::InfiniteFuture()), IsEmpty());
  EXPECT_TRUE(Has(source, "b"));
  EXPECT_EQ(fetcher_.fetches(kDiscovery), 2);
}

TEST_F(JwksCacheTest, UnknownKidFetchesAtOnceAfterTheCooldown) {
  const auto source = Loaded(TestJwks({{"a", 0}}));
  EXPECT_FALSE(Has(source, "other"));  // the attempt that starts the cooldown
  fetcher_.Answer(kKeys, TestJwks({{"a", 0}, {"b", 1}}));
  EXPECT_FALSE(Has(source, "b"));
  EXPECT_EQ(StatusOf(kKeys).cooldown_suppressed, 1u);
  clock_.AdvanceTime(kCooldown);
  EXPECT_EQ(cache_->TryKeysFor(source.get(), "b"), std::nullopt);
  EXPECT_TRUE(Has(source, "b"));
  EXPECT_TRUE(Has(source, "a"));
  EXPECT_EQ(fetcher_.fetches(kKeys), 3);
}

TEST_F(JwksCacheTest, AScheduledFetchStartsNoCooldown) {
  const auto source = Loaded(TestJwks({{"a", 0}}));
  // The issuer changes its keys right after the first load …
  fetcher_.Answer(kKeys, TestJwks({{"b", 1}}));
  clock_.AdvanceTime(absl::Seconds(1));
  EXPECT_TRUE(Has(source, "b"));
  EXPECT_EQ(fetcher_.fetches(kKeys), 2);
  // … and right after a later one.
  AdvanceToFetch(kRefresh);
  const int fetches = fetcher_.fetches(kKeys);
  fetcher_.Answer(kKeys, TestJwks({{"c", 2}}));
  clock_.AdvanceTime(absl::Seconds(1));
  EXPECT_TRUE(Has(source, "c"));
  for (int i = 0; i < 10'000; ++i) {
    EXPECT_FALSE(Has(source, absl::StrCat("random", i)));
  }
  EXPECT_EQ(fetcher_.fetches(kKeys), fetches + 1);
}

// Nor does it end one: what tokens ask for stays 30 s apart.
TEST_F(JwksCacheTest, AScheduledFetchEndsNoCooldown) {
  const auto source = Loaded(TestJwks({{"a", 0}}));
  EXPECT_FALSE(Has(source, "random"));
  EXPECT_THAT(cache_->Refresh(kKeys, absl::InfiniteFuture()), IsEmpty());
  EXPECT_EQ(fetcher_.fetches(kKeys), 3);
  clock_.AdvanceTime(kCooldown - absl::Milliseconds(1));
  EXPECT_FALSE(Has(source, "more"));
  EXPECT_EQ(fetcher_.fetches(kKeys), 3);
  clock_.AdvanceTime(absl::Milliseconds(1));
  EXPECT_FALSE(Has(source, "more"));
  EXPECT_EQ(fetcher_.fetches(kKeys), 4);
}

TEST_F(JwksCacheTest, AfterAScheduledFailureTokensAskSoon) {
  const auto source = Loaded(TestJwks({{"a", 0}}));
  fetcher_.Answer(kKeys, Answer(500, ""));
  for (int i = 0; i < 5; ++i) cache_->Refresh(kKeys, absl::InfiniteFuture());
  const absl::Time soon = clock_.TimeNow() + options_.retry_min;
  ASSERT_GT(StatusOf(kKeys).next_refresh, soon);
  fetcher_.Answer(kKeys, TestJwks({{"b", 1}}));
  EXPECT_FALSE(Has(source, "b"));
  clock_.SetTime(soon);
  EXPECT_TRUE(Has(source, "b"));
}

TEST_F(JwksCacheTest, RotationWithoutOverlap) {
  const auto source = Loaded(TestJwks({{"a", 0}}));
  fetcher_.Answer(kKeys, TestJwks({{"b", 1}}));
  clock_.AdvanceTime(kCooldown);
  EXPECT_TRUE(Has(source, "b"));
  EXPECT_FALSE(Has(source, "a"));  // a removed key is gone at once
}

TEST_F(JwksCacheTest, ManyCallersShareOneFetch) {
  const auto source = Loaded(TestJwks({{"a", 0}}));
  fetcher_.Answer(kKeys, TestJwks({{"a", 0}, {"b", 1}}));
  clock_.AdvanceTime(kCooldown);
  clock_.WaitForWaiters(1);  // the scheduler
  fetcher_.Hold(kKeys);
  std::atomic<int> good{0};
  std::vector<std::thread> callers;
  for (int i = 0; i < 100; ++i) {
    callers.emplace_back([&] { good += Has(source, "b") ? 1 : 0; });
  }
  fetcher_.WaitForHeld(kKeys, 1);
  clock_.WaitForWaiters(101);
  fetcher_.Release(kKeys);
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(good, 100);
  EXPECT_EQ(fetcher_.fetches(kKeys), 2);
}

TEST_F(JwksCacheTest, RandomKidsFetchOncePerCooldown) {
  const auto source = Loaded(TestJwks({{"a", 0}}));
  clock_.AdvanceTime(kCooldown);
  for (int i = 0; i < 10'000; ++i) {
    EXPECT_FALSE(Has(source, absl::StrCat("random", i)));
  }
  EXPECT_EQ(fetcher_.fetches(kKeys), 2);
  EXPECT_TRUE(Has(source, "a"));  // nothing good was evicted
  const KeySourceStatus status = StatusOf(kKeys);
  EXPECT_EQ(status.unknown_kids, 10'000u);
  EXPECT_EQ(status.cooldown_suppressed, 9'999u);
}

TEST_F(JwksCacheTest, AKidThatWasMissedIsNotAskedForAgainSoon) {
  const auto source = Loaded(TestJwks({{"a", 0}}));
  clock_.AdvanceTime(kCooldown);
  EXPECT_FALSE(Has(source, "b"));
  clock_.AdvanceTime(kCooldown);
  EXPECT_FALSE(Has(source, "b"));
  const int fetches = fetcher_.fetches(kKeys);
  clock_.AdvanceTime(kCooldown);  // the second refusal lasts twice as long
  EXPECT_FALSE(Has(source, "b"));
  EXPECT_EQ(fetcher_.fetches(kKeys), fetches);
}

TEST_F(JwksCacheTest, AChangeForgetsMissedKids) {
  const auto source = Loaded(TestJwks({{"a", 0}}));
  for (int i = 0; i < 2; ++i) {  // the second miss counts for two cooldowns
    clock_.AdvanceTime(kCooldown);
    EXPECT_FALSE(Has(source, "c"));
  }
  fetcher_.Answer(kKeys, TestJwks({{"b", 1}}));
  EXPECT_THAT(cache_->Refresh(kKeys, absl::InfiniteFuture()), IsEmpty());
  fetcher_.Answer(kKeys, TestJwks({{"c", 2}}));
  clock_.AdvanceTime(kCooldown);
  EXPECT_TRUE(Has(source, "c"));
}

TEST_F(JwksCacheTest, OverlongKidsCauseNoFetch) {
  const auto source = Loaded(TestJwks({{"a", 0}}));
  clock_.AdvanceTime(kCooldown);
  EXPECT_FALSE(Has(source, std::string(257, 'k')));
  EXPECT_EQ(fetcher_.fetches(kKeys), 1);
}

TEST_F(JwksCacheTest, CooldownCountsFailedAttempts) {
  const auto source = Loaded(TestJwks({{"a", 0}}));
  fetcher_.Answer(kKeys, Answer(500, ""));
  clock_.AdvanceTime(kCooldown);
  EXPECT_FALSE(Has(source, "b"));
  EXPECT_EQ(fetcher_.fetches(kKeys), 2);
  EXPECT_FALSE(Has(source, "c"));
  EXPECT_EQ(fetcher_.fetches(kKeys), 2);
  EXPECT_TRUE(Has(source, "a"));
}

TEST_F(JwksCacheTest, AnUnknownKidIsNotJudgedByOldKeys) {
  const auto source = Loaded(TestJwks({{"a", 0}}));
  fetcher_.Answer(kKeys, Answer(500, ""));
  clock_.AdvanceTime(kCooldown);
  // Of the attempt it joins, and then of the one before.
  for (const char* kid : {"b", "b", "c"}) {
    const auto keys = Get(source, kid);
    EXPECT_THAT(keys, HasReason(Reason::kIssuerUnavailable)) << kid;
    EXPECT_TRUE(GetRetryAfter(keys.status()).has_value()) << kid;
  }
  const auto tried = cache_->TryKeysFor(source.get(), "b");
  ASSERT_TRUE(tried.has_value());
  EXPECT_THAT(*tried, HasReason(Reason::kIssuerUnavailable));
  EXPECT_EQ(fetcher_.fetches(kKeys), 2);
  EXPECT_THAT(Get(source, "a"), IsOk());
  EXPECT_THAT(Get(source), IsOk());
  EXPECT_THAT(Get(source, std::string(257, 'k')), IsOk());
  // The issuer is back and does not know it: now it is wrong.
  fetcher_.Answer(kKeys, TestJwks({{"a", 0}}));
  EXPECT_THAT(cache_->Refresh(kKeys, absl::InfiniteFuture()), IsEmpty());
  EXPECT_THAT(Get(source, "b"), IsOk());
}

TEST_F(JwksCacheTest, AWaitEndsAtTheCallersDeadline) {
  const auto source = Loaded(TestJwks({{"a", 0}}));
  clock_.AdvanceTime(kCooldown);
  clock_.WaitForWaiters(1);
  fetcher_.Hold(kKeys);
  std::thread caller([&] {
    const auto keys =
        cache_->KeysFor(source.get(), "b", clock_.TimeNow() + absl::Seconds(1));
    EXPECT_THAT(keys, HasReason(Reason::kIssuerUnavailable));
  });
  fetcher_.WaitForHeld(kKeys, 1);
  clock_.WaitForWaiters(2);
  clock_.AdvanceTime(absl::Seconds(1));
  caller.join();
  fetcher_.Release(kKeys);
}

TEST_F(JwksCacheTest, AWaitEndsAtMaxWait) {
  const auto source = Loaded(TestJwks({{"a", 0}}));
  clock_.AdvanceTime(kCooldown);
  clock_.WaitForWaiters(1);
  fetcher_.Hold(kKeys);
  std::thread caller([&] { EXPECT_FALSE(Has(source, "b")); });
  fetcher_.WaitForHeld(kKeys, 1);
  clock_.WaitForWaiters(2);
  clock_.AdvanceTime(options_.max_wait);
  caller.join();
  fetcher_.Release(kKeys);
}

TEST_F(JwksCacheTest, RefreshesOnSchedule) {
  const auto source = Loaded(TestJwks({{"a", 0}}));
  fetcher_.Answer(kKeys, TestJwks({{"b", 1}}));
  AdvanceToFetch(kRefresh);
  const auto keys = cache_->TryKeysFor(source.get(), "b");
  ASSERT_TRUE(keys.has_value());
  EXPECT_THAT(*keys, IsOk());
  EXPECT_FALSE((**keys)->Contains("a"));
}

TEST_F(JwksCacheTest, AClockSetBackProlongsNoCooldown) {
  const auto source = Loaded(TestJwks({{"a", 0}}));
  EXPECT_FALSE(Has(source, "c"));
  clock_.SetTime(kStart - absl::Hours(48));
  // Whoever fetches first then: the cooldown of before is over.
  fetcher_.Answer(kKeys, TestJwks({{"b", 1}}));
  EXPECT_THAT(cache_->Refresh(kKeys, absl::InfiniteFuture()), IsEmpty());
  fetcher_.Answer(kKeys, TestJwks({{"c", 2}}));
  EXPECT_TRUE(Has(source, "c"));
}

TEST_F(JwksCacheTest, ReplacedKeyUnderTheSameKidTakesEffect) {
  const auto source = Loaded(TestJwks({{"a", 0}}));
  const auto before = *Get(source, "a");
  fetcher_.Answer(kKeys, TestJwks({{"a", 1}}));
  EXPECT_THAT(cache_->Refresh(kKeys, absl::InfiniteFuture()), IsEmpty());
  const auto after = *Get(source, "a");
  ASSERT_THAT(after->keys(), SizeIs(1));
  EXPECT_FALSE(after->keys()[0] == before->keys()[0]);
}

// jwt-attacks E102, E103, E112.
TEST_F(JwksCacheTest, AlarmsAreCounted) {
  const auto source = Loaded(TestJwks({{"a", 0}, {"b", 1}}));
  const auto expect = [this](uint64_t leaked, uint64_t shared,
                             uint64_t replaced) {
    const KeySourceStatus status = StatusOf(kKeys);
    EXPECT_EQ(status.leaked_keys, leaked);
    EXPECT_EQ(status.shared_kids, shared);
    EXPECT_EQ(status.replaced_kids, replaced);
  };
  const auto refresh = [this](const std::string& document) {
    fetcher_.Answer(kKeys, document);
    return cache_->Refresh(kKeys, absl::InfiniteFuture());
  };
  expect(0, 0, 0);
  EXPECT_THAT(refresh(TestJwks({{"a", 0}, {"b", 1}, {"b", 0}, {"b", 2}})),
              IsEmpty());
  expect(0, 1, 1);
  EXPECT_THAT(refresh(TestJwks({{"a", 1}, {"b", 0}})), IsEmpty());
  expect(0, 1, 3);
  // Another one beside a good key, and in a document without any.
  std::string leaky = TestJwks({{"a", 1}, {"b", 0}});
  leaky.replace(leaky.find("[") + 1, 0,
                R"({"kty":"EC","crv":"P-256","x":"A","y":"A","d":"A"},)");
  EXPECT_THAT(refresh(leaky), IsEmpty());
  expect(1, 1, 3);
  EXPECT_THAT(refresh(R"({"keys":[{"kty":"oct","k":"c2VjcmV0"}]})"), SizeIs(1));
  expect(2, 1, 3);
}

TEST_F(JwksCacheTest, TheSpecSaysWhomToTrust) {
  KeySourceSpec spec;
  spec.issuer = kIssuer;
  spec.ca_pem = "authorities";
  fetcher_.Answer(kDiscovery,
                  absl::StrCat(R"({"issuer":")", kIssuer, R"(","jwks_uri":")",
                               kKeys, R"("})"));
  fetcher_.Answer(kKeys, TestJwks({{"a", 0}}));
  const auto source = cache_->Use(spec);
  EXPECT_THAT(Get(source), IsOk());
  EXPECT_EQ(fetcher_.last_options(kDiscovery).ca_pem, "authorities");
  EXPECT_EQ(fetcher_.last_options(kKeys).ca_pem, "authorities");
  spec.ca_pem.clear();
  const auto other = cache_->Use(spec);
  EXPECT_NE(other, source);
  EXPECT_THAT(Get(other), IsOk());
  EXPECT_EQ(fetcher_.last_options(kKeys).ca_pem, "");
}

TEST_F(JwksCacheTest, DuplicateKidsAreBothKept) {
  const auto source = Loaded(TestJwks({{"a", 0}, {"a", 1}}));
  EXPECT_THAT((*Get(source))->Candidates("a", Algorithm::kEs256), SizeIs(2));
}

TEST_F(JwksCacheTest, AnUnchangedSetKeepsItsTable) {
  const auto source = Loaded(TestJwks({{"a", 0}, {"b", 1}}));
  const auto before = *Get(source);
  fetcher_.Answer(kKeys, TestJwks({{"b", 1}, {"a", 0}}));
  EXPECT_THAT(cache_->Refresh(kKeys, absl::InfiniteFuture()), IsEmpty());
  EXPECT_EQ(*Get(source), before);
}

// With whatever was made of it (PublicKey::BuildTable).
TEST_F(JwksCacheTest, AKeyThatStaysIsTheSameObject) {
  const auto source = Loaded(TestJwks({{"a", 0}, {"b", 1}}));
  ASSERT_THAT(cache_->Tables(), SizeIs(1));
  const PublicKey before = cache_->Tables()[0]->keys()[0];
  if (!before.BuildTable()) GTEST_SKIP() << "not with this crypto library";
  fetcher_.Answer(kKeys, TestJwks({{"c", 2}, {"a", 0}}));
  EXPECT_THAT(cache_->Refresh(kKeys, absl::InfiniteFuture()), IsEmpty());
  const auto after = cache_->Tables()[0]->Candidates("a", Algorithm::kEs256);
  ASSERT_THAT(after, SizeIs(1));
  EXPECT_TRUE(after[0]->HasTable());
}

TEST_F(JwksCacheTest, BadAnswersKeepTheLastGoodSet) {
  const auto source = Loaded(TestJwks({{"a", 0}}));
  for (const HttpResponse& bad :
       {Answer(500, ""), Answer(204, ""), Answer(404, TestJwks({{"b", 1}})),
        Answer(302, ""), Answer(304, ""), Answer(200, "<html>"),
        Answer(200, ""), Answer(200, "[]"), Answer(200, R"({"keys":[]})"),
        Answer(200, R"({"keys":[{"kty":"AKP","kid":"b"}]})"),
        Answer(200, R"({"keys":[{"kty":"oct","kid":"b","k":"AAAA"}]})"),
        Answer(200, TestJwks({{"b", 1}}).substr(0, 90))}) {
    fetcher_.Answer(kKeys, bad);
    EXPECT_THAT(cache_->Refresh(kKeys, absl::InfiniteFuture()), SizeIs(1))
        << bad.status << bad.body;
    EXPECT_TRUE(Has(source, "a")) << bad.status << bad.body;
    EXPECT_FALSE(StatusOf(kKeys).last_error.empty());
  }
  EXPECT_EQ(StatusOf(kKeys).failures, 12u);
}

TEST_F(JwksCacheTest, RetriesWithGrowingPauses) {
  const auto source = Loaded(TestJwks({{"a", 0}}));
  fetcher_.Answer(kKeys, Answer(500, ""));
  for (const int most : {2, 4, 8, 16, 32, 60, 60}) {
    cache_->Refresh(kKeys, absl::InfiniteFuture());
    const absl::Duration wait = StatusOf(kKeys).next_refresh - clock_.TimeNow();
    EXPECT_GE(wait, absl::Seconds(1));
    EXPECT_LE(wait, absl::Seconds(most));
  }
  fetcher_.Answer(kKeys, TestJwks({{"a", 0}}));
  cache_->Refresh(kKeys, absl::InfiniteFuture());
  EXPECT_GE(StatusOf(kKeys).next_refresh - clock_.TimeNow(), kRefresh * 0.8);
  EXPECT_EQ(StatusOf(kKeys).last_error, "");
}

TEST_F(JwksCacheTest, HonoursRetryAfter) {
  const auto source = Loaded(TestJwks({{"a", 0}}));
  fetcher_.Answer(kKeys, Answer(503, "", {{"retry-after", "100"}}));
  cache_->Refresh(kKeys, absl::InfiniteFuture());
  EXPECT_EQ(StatusOf(kKeys).next_refresh, kStart + absl::Seconds(100));
  // Nor do unknown kids come sooner.
  clock_.AdvanceTime(2 * kCooldown);
  EXPECT_FALSE(Has(source, "b"));
  EXPECT_EQ(fetcher_.fetches(kKeys), 2);
}

TEST_F(JwksCacheTest, CacheControlSetsTheScheduleWithinBounds) {
  const auto source = Loaded(TestJwks({{"a", 0}}));
  for (const auto& [control, seconds] :
       std::vector<std::pair<std::string, int>>{
           {"max-age=3600", 3600},
           {"no-store", 60},
           {"max-age=1", 60},
           {"max-age=99999999999", 12 * 3600}}) {
    fetcher_.Answer(
        kKeys, Answer(200, TestJwks({{"a", 0}}), {{"cache-control", control}}));
    cache_->Refresh(kKeys, absl::InfiniteFuture());
    const absl::Duration wait = StatusOf(kKeys).next_refresh - clock_.TimeNow();
    EXPECT_GE(wait, absl::Seconds(seconds) * 0.8) << control;
    EXPECT_LE(wait, absl::Seconds(seconds)) << control;
  }
}

TEST_F(JwksCacheTest, NotModifiedRenewsTheSet) {
  fetcher_.Answer(kKeys,
                  Answer(200, TestJwks({{"a", 0}}), {{"etag", "\"one\""}}));
  const auto source = cache_->Use(At(kKeys));
  ASSERT_THAT(Get(source), IsOk());
  EXPECT_EQ(fetcher_.last_options(kKeys).headers.count("If-None-Match"), 0u);
  fetcher_.Answer(kKeys, Answer(304, ""));
  clock_.AdvanceTime(absl::Seconds(100));
  EXPECT_THAT(cache_->Refresh(kKeys, absl::InfiniteFuture()), IsEmpty());
  EXPECT_EQ(fetcher_.last_options(kKeys).headers.at("If-None-Match"),
            "\"one\"");
  EXPECT_EQ(StatusOf(kKeys).last_success, kStart + absl::Seconds(100));
  EXPECT_TRUE(Has(source, "a"));
}

TEST_F(JwksCacheTest, ServesStaleKeysUpToTheBound) {
  // The schedule is out of the way.
  options_.retry_min = options_.retry_max = absl::Hours(100);
  options_.max_refresh = options_.default_refresh = absl::Hours(100);
  Restart();
  const auto source = Loaded(TestJwks({{"a", 0}}));
  fetcher_.Answer(kKeys, Answer(500, ""));
  cache_->Refresh(kKeys, absl::InfiniteFuture());
  const absl::Duration moment = absl::Milliseconds(1);
  clock_.SetTime(kStart + options_.max_stale - moment);
  EXPECT_TRUE(Has(source, "a"));
  EXPECT_TRUE(StatusOf(kKeys).stale);
  EXPECT_FALSE(StatusOf(kKeys).expired);
  clock_.AdvanceTime(moment);
  EXPECT_THAT(Get(source, "a"), HasReason(Reason::kIssuerUnavailable));
  EXPECT_TRUE(StatusOf(kKeys).expired);
  // And back again when the issuer is.
  fetcher_.Answer(kKeys, TestJwks({{"a", 0}}));
  EXPECT_THAT(cache_->Refresh(kKeys, absl::InfiniteFuture()), IsEmpty());
  EXPECT_TRUE(Has(source, "a"));
}

TEST_F(JwksCacheTest, ASlowIssuerDelaysNoOther) {
  fetcher_.Hold(kOther);
  const auto slow = cache_->Use(At(kOther));
  fetcher_.WaitForHeld(kOther, 1);
  const auto source = Loaded(TestJwks({{"a", 0}}));
  EXPECT_TRUE(Has(source, "a"));
  fetcher_.Release(kOther);
}

TEST_F(JwksCacheTest, RefreshReportsEachFailureAndGoesOn) {
  const auto good = Loaded(TestJwks({{"a", 0}}));
  const auto bad = cache_->Use(At(kOther));
  const auto failures = cache_->Refresh("", absl::InfiniteFuture());
  ASSERT_THAT(failures, SizeIs(1));
  EXPECT_EQ(failures[0].id, kOther);
  EXPECT_EQ(failures[0].error, "no answer was set");
  EXPECT_EQ(fetcher_.fetches(kKeys), 2);
  const auto unknown = cache_->Refresh("nobody", absl::InfiniteFuture());
  ASSERT_THAT(unknown, SizeIs(1));
  EXPECT_EQ(unknown[0].error, "no such source");
}

TEST_F(JwksCacheTest, ReadersGoOnWhileSetsChange) {
  const auto source = Loaded(TestJwks({{"a", 0}}));
  fetcher_.Answer(kOther, TestJwks({{"a", 2}}));
  const auto other = cache_->Use(At(kOther));
  ASSERT_THAT(Get(other), IsOk());
  std::atomic<bool> stop{false};
  std::vector<std::thread> readers;
  for (int i = 0; i < 3; ++i) {
    readers.emplace_back([&] {
      while (!stop) {
        for (const auto& each : {source, other}) {
          const auto keys = cache_->TryKeysFor(each.get(), "a");
          ASSERT_TRUE(keys.has_value() && keys->ok());
          ASSERT_TRUE((**keys)->Contains("a"));
        }
      }
    });
  }
  for (size_t i = 0; i < 50; ++i) {
    fetcher_.Answer(kKeys, TestJwks({{"a", i % 2}, {"b", 3}}));
    EXPECT_THAT(cache_->Refresh("", absl::InfiniteFuture()), IsEmpty());
  }
  stop = true;
  for (std::thread& reader : readers) reader.join();
}

TEST_F(JwksCacheTest, DestructionCancelsTransfers) {
  fetcher_.Hold(kKeys);
  const auto source = cache_->Use(At(kKeys));
  fetcher_.WaitForHeld(kKeys, 1);
  cache_.reset();
}

TEST_F(JwksCacheTest, ARestartNeedsNoNetwork) {
  UseFolder();
  fetcher_.Answer(kKeys,
                  Answer(200, TestJwks({{"a", 0}}), {{"etag", "\"one\""}}));
  { ASSERT_THAT(Get(cache_->Use(At(kKeys))), IsOk()); }
  Restart();
  fetcher_.Hold(kKeys);  // the network says nothing
  clock_.AdvanceTime(absl::Hours(1));
  const auto source = cache_->Use(At(kKeys));
  const auto keys = cache_->TryKeysFor(source.get(), "a");
  ASSERT_TRUE(keys.has_value());
  EXPECT_THAT(*keys, IsOk());
  EXPECT_TRUE(StatusOf(kKeys).from_disk);
  EXPECT_EQ(StatusOf(kKeys).last_success, kStart);
  // The issuer is asked all the same, with the ETag of old.
  fetcher_.WaitForHeld(kKeys, 1);
  EXPECT_EQ(fetcher_.last_options(kKeys).headers.at("If-None-Match"),
            "\"one\"");
  fetcher_.Answer(kKeys, Answer(304, ""));
  fetcher_.Release(kKeys);
  EXPECT_THAT(cache_->Refresh(kKeys, absl::InfiniteFuture()), IsEmpty());
  EXPECT_FALSE(StatusOf(kKeys).from_disk);
  EXPECT_EQ(StatusOf(kKeys).last_success, kStart + absl::Hours(1));
}

TEST_F(JwksCacheTest, KeysOnDiskAreNotBelievedUnderOtherAuthorities) {
  UseFolder();
  fetcher_.Answer(kKeys, TestJwks({{"a", 0}}));
  KeySourceSpec spec = At(kKeys);
  spec.ca_pem = "of one app";
  { ASSERT_THAT(Get(cache_->Use(spec)), IsOk()); }
  Restart();
  fetcher_.Hold(kKeys);
  const auto same = cache_->Use(spec);
  EXPECT_TRUE(cache_->TryKeysFor(same.get(), "a").has_value());
  for (const char* authorities : {"", "of another app"}) {
    spec.ca_pem = authorities;
    const auto other = cache_->Use(spec);
    EXPECT_FALSE(cache_->TryKeysFor(other.get(), "a").has_value());
  }
  fetcher_.Release(kKeys);
}

TEST_F(JwksCacheTest, StaleBoundCountsFromTheFetchAcrossRestarts) {
  UseFolder();
  { Loaded(TestJwks({{"a", 0}})); }
  fetcher_.Answer(kKeys, Answer(500, ""));
  clock_.SetTime(kStart + options_.max_stale);
  Restart();
  const auto source = cache_->Use(At(kKeys));
  EXPECT_THAT(Get(source, "a"), HasReason(Reason::kIssuerUnavailable));
}

}  // namespace
}  // namespace latchkey
