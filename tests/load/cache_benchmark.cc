#include "tests/load/cache_benchmark.h"

#include <algorithm>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "core/base/ids.h"
#include "core/base/random.h"
#include "core/crypto/signing_key.h"
#include "core/jwt/key_ring.h"
#include "core/session/access_tokens.h"
#include "core/session/principal.h"
#include "core/session/revocations.h"

namespace latchkey {
namespace {

std::unique_ptr<KeyRing> NewKeyRing() {
  auto active = std::make_shared<const SigningKey>(
      *SigningKey::Generate(Algorithm::kEs256));
  auto refresh = std::make_shared<const SigningKey>(
      *SigningKey::Generate(Algorithm::kHs256));
  std::vector<PublicKey> published = {active->public_key()};
  return std::make_unique<KeyRing>(std::move(active), std::move(published),
                                   std::move(refresh));
}

// Our own tokens, all of them remembered: each is asked for once before the
// first round.
class Tokens {
 public:
  explicit Tokens(size_t count)
      : now_(absl::Now()),
        keys_(NewKeyRing()),
        revocations_(absl::Hours(1)),
        tokens_(
            {.issuer = "https://auth.example.com", .cache_entries = 4 * count},
            keys_.get(), &revocations_, Random::SystemRandom()) {
    for (size_t i = 0; i < count; ++i) {
      SessionRecord session;
      session.id = NewSessionId(Random::SystemRandom());
      session.app = AppId("myapp-abcde");
      session.user = UserId(absl::StrCat("65a0b1c2d3e4f5a6b7", 100'000 + i));
      session.provider = ProviderName("email_password");
      session.subject = "65a0b1c2d3e4f5a6b7c8d9e0";
      session.expires_at = now_ + absl::Hours(24);
      texts_.push_back(tokens_.Mint(session, now_)->token);
    }
    // Not in the order in which memory was filled.
    std::shuffle(texts_.begin(), texts_.end(), std::minstd_rand(1));
  }

  bool Verify(size_t i, Principal* out) const {
    return tokens_.Verify(texts_[i % texts_.size()], {}, now_, out).ok();
  }

 private:
  const absl::Time now_;
  const std::unique_ptr<KeyRing> keys_;
  const Revocations revocations_;
  const AccessTokens tokens_;
  std::vector<std::string> texts_;
};

void Run(benchmark::State& state, const Tokens& tokens) {
  Principal principal;
  size_t i = static_cast<size_t>(state.thread_index()) * 7919;
  if (!tokens.Verify(i, &principal)) state.SkipWithError("does not verify");
  for (auto _ : state) {
    benchmark::DoNotOptimize(tokens.Verify(i++, &principal));
  }
  state.SetItemsProcessed(state.iterations());
}

}  // namespace

void AddCacheBenchmarks(const AddBenchmark& add) {
  for (const size_t count : {1, 10'000, 100'000}) {
    const auto tokens = std::make_shared<const Tokens>(count);
    for (const int threads : {1, 2}) {
      add(
          absl::StrCat("remembered/", count),
          [tokens](benchmark::State& state) { Run(state, *tokens); }, threads);
    }
  }
}

}  // namespace latchkey
