// What one verification costs, per algorithm, against the bare signature check
// and Debian's JWT libraries, all in one run. Run by hand:
//
//   bazel run --config=release //tests/load:jwt_benchmark
//
// Flags of Google Benchmark work (--benchmark_filter=ES256/). Rounds are
// interleaved in random order, and time is that of the thread's own CPU, so
// that a neighbour does not count; the table at the end has medians and ratios.
#include <benchmark/benchmark.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "core/crypto/algorithm.h"
#include "core/crypto/signing_key.h"
#include "core/jwt/key_table.h"
#include "core/jwt/token_minter.h"
#include "core/jwt/token_verifier.h"
#include "tests/load/cache_benchmark.h"
#include "tests/load/jwt_peers.h"
#include "tests/load/ratio_reporter.h"
#include "tests/load/refusal_benchmark.h"

namespace latchkey {
namespace {

constexpr char kIssuer[] = "https://login.example.com/oauth2/default";
constexpr char kAudience[] = "api://orders.example.com";
constexpr int kRounds = 5;

constexpr Algorithm kAlgorithms[] = {
    Algorithm::kRs256, Algorithm::kRs384, Algorithm::kRs512, Algorithm::kPs256,
    Algorithm::kPs384, Algorithm::kPs512, Algorithm::kEs256, Algorithm::kEs384,
    Algorithm::kEs512, Algorithm::kEdDsa, Algorithm::kHs256, Algorithm::kHs384,
    Algorithm::kHs512,
};

// What an identity provider puts into an access token: 600 to 900 bytes once
// signed.
json::Value Claims(absl::Time now) {
  json::Value claims(json::Value::Object{});
  claims.Set("iss", kIssuer);
  claims.Set("sub", "00u1abcdEFGH2ijkl5d7");
  claims.Set("aud", kAudience);
  claims.Set("iat", absl::ToUnixSeconds(now));
  claims.Set("exp", absl::ToUnixSeconds(now + absl::Hours(10)));
  claims.Set("jti", "AT.nQ2mX0h3Zt0aXo9wq8b7c6d5e4f3g2h1");
  claims.Set("cid", "0oa1b2c3d4e5f6g7h8i9");
  claims.Set("uid", "00u1abcdEFGH2ijkl5d7");
  claims.Set("scp", json::Value::Array{"openid", "profile", "email"});
  claims.Set("auth_time", absl::ToUnixSeconds(now));
  claims.Set("groups", json::Value::Array{"Everyone", "engineering"});
  return claims;
}

Expectations Expected() {
  Expectations expected;
  expected.issuers = {kIssuer};
  expected.audiences = {kAudience};
  expected.types = {"", "jwt", "at+jwt"};
  return expected;
}

// Case is one algorithm: a key, a token, and what both need. With a `table` the
// key is one that is used often (PublicKey::BuildTable).
struct Case {
  explicit Case(Algorithm a, bool table = false)
      : algorithm(a),
        key(*SigningKey::Generate(a)),
        keys({key.public_key()}),
        expected(Expected()),
        now(absl::Now()) {
    name = std::string(AlgorithmName(a)) + (table ? "+table" : "");
    if (table) key.public_key().BuildTable();
    token.algorithm = a;
    token.key = &key;
    token.text = *MintToken(Claims(now), "JWT", key);
    token.issuer = kIssuer;
    token.audience = kAudience;
  }
  std::string name;
  Algorithm algorithm;
  SigningKey key;
  KeyTable keys;
  Expectations expected;
  absl::Time now;
  PeerToken token;
};

void RunPeer(benchmark::State& state, const Peer& peer) {
  if (!peer()) state.SkipWithError("the token does not verify");
  for (auto _ : state) benchmark::DoNotOptimize(peer());
  state.SetItemsProcessed(state.iterations());
}

bool Verifies(absl::string_view text, const Case& c, VerifyBuffers* buffers) {
  return TokenVerifier()
      .VerifyInPlace(text, c.expected, c.keys, c.now, buffers)
      .ok();
}

void RunOurs(benchmark::State& state, const Case& c) {
  VerifyBuffers buffers;
  if (!Verifies(c.token.text, c, &buffers)) {
    state.SkipWithError("the token does not verify");
  }
  for (auto _ : state) {
    benchmark::DoNotOptimize(Verifies(c.token.text, c, &buffers));
  }
  state.SetItemsProcessed(state.iterations());
}

// The same token with another payload under the same signature.
void RunForged(benchmark::State& state, const Case& c) {
  std::string text = c.token.text;
  char& letter = text[text.find('.') + 10];
  letter = letter == 'A' ? 'B' : 'A';
  VerifyBuffers buffers;
  for (auto _ : state) {
    if (Verifies(text, c, &buffers)) state.SkipWithError("verifies");
  }
  state.SetItemsProcessed(state.iterations());
}

void Add(const std::string& name, std::function<void(benchmark::State&)> run,
         int threads) {
  benchmark::RegisterBenchmark(name.c_str(), std::move(run))
      ->Threads(threads)
      ->MinTime(0.1)
      ->Repetitions(kRounds)
      ->ReportAggregatesOnly();
}

void AddCase(const std::shared_ptr<const Case>& c) {
  const std::string& name = c->name;
  const auto peer = [c](Peer (*make)(const PeerToken&)) {
    return
        [c, make](benchmark::State& state) { RunPeer(state, make(c->token)); };
  };
  Add(name + "/bare", peer(NewBarePeer), 1);
  for (int threads : {1, 2}) {
    Add(
        name + "/ours", [c](benchmark::State& state) { RunOurs(state, *c); },
        threads);
  }
  Add(
      name + "/forged", [c](benchmark::State& state) { RunForged(state, *c); },
      1);
  // Neither library knows the others.
  if (c->algorithm == Algorithm::kEdDsa || name[0] == 'P') return;
  Add(name + "/cpp-jwt", peer(NewCppJwtPeer), 1);
  Add(name + "/libjwt", peer(NewLibJwtPeer), 1);
}

int Main(int argc, char** argv) {
  std::vector<char*> arguments(argv, argv + argc);
  std::string interleave = "--benchmark_enable_random_interleaving=true";
  arguments.insert(arguments.begin() + 1, interleave.data());
  int count = static_cast<int>(arguments.size());
  benchmark::Initialize(&count, arguments.data());
  if (benchmark::ReportUnrecognizedArguments(count, arguments.data())) return 2;
  std::vector<std::shared_ptr<const Case>> cases;
  for (Algorithm algorithm : kAlgorithms) {
    cases.push_back(std::make_shared<const Case>(algorithm));
  }
  cases.push_back(std::make_shared<const Case>(Algorithm::kEs256, true));
  std::vector<std::string> names;
  for (const auto& c : cases) {
    AddCase(c);
    names.push_back(c->name);
  }
  AddRefusalBenchmarks(Add);
  AddCacheBenchmarks(Add);
  RatioReporter reporter(std::move(names));
  benchmark::RunSpecifiedBenchmarks(&reporter);
  return 0;
}

}  // namespace
}  // namespace latchkey

int main(int argc, char** argv) { return latchkey::Main(argc, argv); }
