#include "server/rpc/foreign_tokens.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <utility>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "core/base/identity.h"
#include "core/base/reason.h"

namespace latchkey {
namespace {

// What a provider says that cannot decide; a later one outranks an earlier.
constexpr Reason kUndecided[] = {
    Reason::kTokenAlgorithmMismatch, Reason::kTokenKeyUnknown,
    Reason::kTokenIssuerMismatch,    Reason::kTokenTooLarge,
    Reason::kTokenSignatureInvalid,  Reason::kIssuerUnavailable,
};

std::ptrdiff_t RankOf(const absl::Status& status) {
  return std::find(std::begin(kUndecided), std::end(kUndecided),
                   GetReason(status)) -
         std::begin(kUndecided);
}

// Round is one examination of one token by one provider after the other.
class Round {
 public:
  Round(absl::string_view token, const CallContext& ctx)
      : token_(token), ctx_(ctx) {}

  // Ask returns whether it was decided.
  bool Ask(Provider* provider) {
    DirectVerifier* const verifier = provider->direct_verifier();
    if (verifier == nullptr || IsWrongFor(*verifier)) return false;
    auto said = verifier->VerifyDirectly(token_, ctx_, /*may_wait=*/false);
    if (said.has_value()) return Note(*provider, *std::move(said));
    waiting_.push_back(provider);
    return false;
  }

  // WaitForKeys asks those again that could not judge at once.
  void WaitForKeys(Clock* clock) {
    CallContext ctx = ctx_;
    ctx.deadline = absl::InfinitePast();
    // Their fetches run side by side.
    if (waiting_.size() > 1) {
      for (Provider* provider : waiting_) {
        if (!IsWrongFor(*provider->direct_verifier())) AskAgain(provider, ctx);
      }
    }
    int left = static_cast<int>(waiting_.size());
    for (Provider* provider : waiting_) {
      const absl::Time now = clock->TimeNow();
      ctx.deadline = now + (ctx_.deadline - now) / left--;
      if (IsWrongFor(*provider->direct_verifier())) continue;
      auto said = AskAgain(provider, ctx);
      if (said.has_value() && Note(*provider, *std::move(said))) return;
    }
  }

  bool must_wait() const { return !waiting_.empty(); }
  absl::StatusOr<ForeignToken> TakeAnswer() { return std::move(answer_); }

 private:
  std::optional<absl::StatusOr<DirectPrincipal>> AskAgain(
      Provider* provider, const CallContext& ctx) const {
    return provider->direct_verifier()->VerifyDirectly(token_, ctx,
                                                       /*may_wait=*/true);
  }

  bool Note(Provider& provider, absl::StatusOr<DirectPrincipal> said) {
    if (said.ok()) {
      answer_ = ForeignToken{provider.name(), *std::move(said)};
      return true;
    }
    if (GetReason(said.status()) == Reason::kTokenSignatureInvalid) {
      wrong_for_.push_back(provider.direct_verifier()->key_set());
    }
    const auto rank = RankOf(said.status());
    if (rank > rank_) {
      rank_ = rank;
      answer_ = said.status();
    }
    return rank == std::ssize(kUndecided);
  }

  // The keys of that verifier have not made the signature, as another one with
  // the same keys found out: checking it again would be work for nothing.
  bool IsWrongFor(const DirectVerifier& verifier) const {
    return std::find(wrong_for_.begin(), wrong_for_.end(),
                     verifier.key_set()) != wrong_for_.end();
  }

  const absl::string_view token_;
  const CallContext& ctx_;
  std::vector<const void*> wrong_for_;
  std::vector<Provider*> waiting_;
  std::ptrdiff_t rank_ = -1;  // of answer_; -1: nobody was asked
  absl::StatusOr<ForeignToken> answer_ =
      Error(Reason::kTokenKeyUnknown, "no provider");
};

}  // namespace

std::optional<absl::StatusOr<ForeignToken>> AskInTurn(
    absl::Span<Provider* const> providers, absl::string_view token,
    const CallContext& ctx, Clock* clock) {
  Round round(token, ctx);
  for (Provider* const provider : providers) {
    if (round.Ask(provider)) return round.TakeAnswer();
  }
  if (round.must_wait()) {
    if (clock == nullptr) return std::nullopt;
    round.WaitForKeys(clock);
  }
  return round.TakeAnswer();
}

std::optional<absl::StatusOr<ForeignToken>> VerifyForeign(
    const App& app, absl::string_view token, const CallContext& ctx,
    Clock* clock) {
  absl::InlinedVector<Provider*, 16> providers;
  for (const ProviderName& name : app.direct_custom_jwt) {
    const absl::StatusOr<Provider*> provider =
        app.registry.Find(ProviderKind::kCustomJwt, name);
    if (provider.ok()) providers.push_back(*provider);
  }
  return AskInTurn(providers, token, ctx, clock);
}

}  // namespace latchkey
