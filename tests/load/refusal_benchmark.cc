#include "tests/load/refusal_benchmark.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "core/base/base64url.h"
#include "core/base/clock.h"
#include "core/base/random.h"
#include "core/crypto/signing_key.h"
#include "core/jwks/jwks_cache.h"
#include "core/jwt/key_table.h"
#include "core/jwt/token_verifier.h"
#include "core/testing/fake_fetcher.h"
#include "core/testing/jwt_fixture.h"

namespace latchkey {
namespace {

// As long as the default limit lets a text be.
constexpr size_t kLongest = 8 * 1024;
// Of JSON in the header of such a token.
constexpr size_t kLongestHeader = kLongest / 4 * 3 - 100;

struct Case {
  std::string name;
  std::string text;
};

std::string WithHeader(absl::string_view json) {
  return absl::StrCat(Base64UrlEncode(json), ".e30.AAAA");
}

// `piece` again and again, as long as a header may be.
std::string HeaderOf(absl::string_view begin, absl::string_view piece,
                     absl::string_view end) {
  std::string json(begin);
  while (json.size() + piece.size() + end.size() < kLongestHeader) {
    absl::StrAppend(&json, piece);
  }
  return WithHeader(absl::StrCat(json, end));
}

std::string ManyMembers() {
  std::string json = R"({"alg":"RS256")";
  for (int i = 0; json.size() < kLongestHeader; ++i) {
    absl::StrAppend(&json, ",\"", absl::Hex(i), "\":1");
  }
  return WithHeader(json + "}");
}

std::vector<Case> Cases() {
  return {
      {"empty", ""},
      {"dots", std::string(kLongest, '.')},
      {"no dots", std::string(kLongest, 'A')},
      {"over the limit", std::string(kLongest + 1, 'A')},
      {"header not base64url", std::string(kLongest - 9, '*') + ".e30.AAAA"},
      {"header of many members", ManyMembers()},
      {"header of many elements", HeaderOf(R"({"a":[0)", ",0", "]}")},
      {"header of nested arrays", HeaderOf("{\"a\":", "[", "")},
      {"header of escapes", HeaderOf("{\"a\":\"", "\\u00e9", "\"}")},
      {"header of a long number", HeaderOf("{\"a\":1", "1", "}")},
      {"header without alg", WithHeader(R"({"kid":"a"})")},
      {"alg none", WithHeader(R"({"alg":"none"})")},
      {"unknown kid", WithHeader(R"({"alg":"RS256","kid":"unknown"})")},
  };
}

void AddTexts(const AddBenchmark& add) {
  const auto key = std::make_shared<const SigningKey>(
      NewTestKey(Algorithm::kRs256, "known"));
  const auto keys = std::make_shared<const KeyTable>(
      std::vector<PublicKey>{key->public_key()});
  for (const Case& c : Cases()) {
    add(
        "refused/" + c.name,
        [text = c.text, keys](benchmark::State& state) {
          const TokenVerifier verifier;
          const Expectations expected;
          VerifyBuffers buffers;
          const absl::Time now = absl::Now();
          for (auto _ : state) {
            if (verifier.VerifyInPlace(text, expected, *keys, now, &buffers)
                    .ok()) {
              state.SkipWithError("verifies");
            }
          }
          state.SetItemsProcessed(state.iterations());
        },
        1);
  }
}

// A flood of tokens with kids that nobody has heard of, between two fetches.
void AddUnknownKids(const AddBenchmark& add) {
  struct Issuer {
    FakeFetcher fetcher;
    JwksCache cache{{}, &fetcher, Clock::RealClock(), Random::SystemRandom()};
  };
  const auto issuer = std::make_shared<Issuer>();
  constexpr char kUri[] = "https://login.example.com/keys";
  issuer->fetcher.Answer(kUri, TestIssuer("https://login.example.com").Jwks());
  KeySourceSpec spec;
  spec.jwks_uri = kUri;
  const std::shared_ptr<JwksCache::Source> source = issuer->cache.Use(spec);
  add(
      "refused/unknown kid of an issuer",
      [issuer, source](benchmark::State& state) {
        issuer->cache.KeysFor(source.get(), "first", absl::InfiniteFuture())
            .IgnoreError();
        uint64_t i = 0;
        for (auto _ : state) {
          // "Unknown" is an answer too: the keys, without that one.
          benchmark::DoNotOptimize(issuer->cache.TryKeysFor(
              source.get(), absl::StrCat("random", ++i)));
        }
        state.SetItemsProcessed(state.iterations());
      },
      1);
}

}  // namespace

void AddRefusalBenchmarks(const AddBenchmark& add) {
  AddTexts(add);
  AddUnknownKids(add);
}

}  // namespace latchkey
