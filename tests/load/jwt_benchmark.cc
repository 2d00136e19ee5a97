// What one verification costs, per algorithm, against the bare signature check
// and Debian's JWT libraries, all in one run. Run by hand:
//
//   bazel run --config=release //tests/load:jwt_benchmark
//
// Flags of Google Benchmark work (--benchmark_filter=ES256). Rounds are
// interleaved in random order; the table at the end has medians and ratios.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "core/crypto/algorithm.h"
#include "core/crypto/signing_key.h"
#include "core/jwt/key_table.h"
#include "core/jwt/token_minter.h"
#include "core/jwt/token_verifier.h"
#include "tests/load/jwt_peers.h"

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

void RunOurs(benchmark::State& state, const Case& c) {
  const TokenVerifier verifier;
  if (!verifier.Verify(c.token.text, c.expected, c.keys, c.now).ok()) {
    state.SkipWithError("the token does not verify");
  }
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        verifier.Verify(c.token.text, c.expected, c.keys, c.now).ok());
  }
  state.SetItemsProcessed(state.iterations());
}

class RatioReporter final : public benchmark::ConsoleReporter {
 public:
  explicit RatioReporter(std::vector<std::string> names)
      : names_(std::move(names)) {}

  void ReportRuns(const std::vector<Run>& runs) override {
    for (const Run& run : runs) {
      if (run.aggregate_name != "median") continue;
      const auto rate = run.counters.find("items_per_second");
      if (rate == run.counters.end()) continue;
      rates_[run.run_name.function_name +
             (run.run_name.threads.empty() ? "" : "/" + run.run_name.threads)] =
          rate->second;
    }
    ConsoleReporter::ReportRuns(runs);
  }

  void Finalize() override {
    std::printf("\n%-12s %12s %12s %8s %8s %10s %10s\n", "", "bare/s", "ours/s",
                "ours/bare", "2 thr.", "/cpp-jwt", "/libjwt");
    for (const std::string& name : names_) PrintRow(name);
  }

 private:
  double Rate(const std::string& name) const {
    const auto found = rates_.find(name);
    return found == rates_.end() ? 0 : found->second;
  }

  void PrintRow(const std::string& name) const {
    const double bare = Rate(name + "/bare/threads:1");
    const double ours = Rate(name + "/ours/threads:1");
    if (bare == 0 || ours == 0) return;
    std::printf("%-12s %12.0f %12.0f %8.2f %8.2f", name.c_str(), bare, ours,
                ours / bare, Rate(name + "/ours/threads:2") / ours);
    for (const char* library : {"/cpp-jwt", "/libjwt"}) {
      const double rate = Rate(name + library + "/threads:1");
      if (rate == 0) {
        std::printf(" %10s", "-");
      } else {
        std::printf(" %10.1f", ours / rate);
      }
    }
    std::printf("\n");
  }

  const std::vector<std::string> names_;
  std::map<std::string, double> rates_;
};

void Add(const std::string& name,
         const std::function<void(benchmark::State&)>& run, int threads = 1) {
  benchmark::RegisterBenchmark(name.c_str(), run)
      ->Threads(threads)
      ->MinTime(0.2)
      ->Repetitions(kRounds)
      ->ReportAggregatesOnly()
      ->UseRealTime();
}

void AddCase(const std::shared_ptr<const Case>& c) {
  const std::string& name = c->name;
  Add(name + "/bare",
      [c](benchmark::State& state) { RunPeer(state, NewBarePeer(c->token)); });
  for (int threads : {1, 2}) {
    Add(
        name + "/ours", [c](benchmark::State& state) { RunOurs(state, *c); },
        threads);
  }
  // Neither library knows the others.
  if (c->algorithm == Algorithm::kEdDsa || name[0] == 'P') return;
  Add(name + "/cpp-jwt", [c](benchmark::State& state) {
    RunPeer(state, NewCppJwtPeer(c->token));
  });
  Add(name + "/libjwt", [c](benchmark::State& state) {
    RunPeer(state, NewLibJwtPeer(c->token));
  });
}

int Main(int argc, char** argv) {
  std::vector<char*> arguments(argv, argv + argc);
  std::string interleave = "--benchmark_enable_random_interleaving=true";
  arguments.push_back(interleave.data());
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
  RatioReporter reporter(std::move(names));
  benchmark::RunSpecifiedBenchmarks(&reporter);
  return 0;
}

}  // namespace
}  // namespace latchkey

int main(int argc, char** argv) { return latchkey::Main(argc, argv); }
