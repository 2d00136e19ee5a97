// VerifyForeign asks an app's providers about a foreign JWT.
#ifndef LATCHKEY_SERVER_RPC_FOREIGN_TOKENS_H_
#define LATCHKEY_SERVER_RPC_FOREIGN_TOKENS_H_

#include <optional>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "core/app/app.h"
#include "core/base/call_context.h"
#include "core/base/clock.h"
#include "core/base/ids.h"
#include "core/provider/direct_verifier.h"
#include "core/provider/provider.h"

namespace latchkey {

// ForeignToken is a good token. Plain data.
struct ForeignToken {
  ProviderName provider;
  DirectPrincipal principal;
};

// VerifyForeign asks the custom_jwt providers that the app verifies directly,
// in the order of its settings. The first one whose key verified the signature
// decides, unless the token names another issuer. Several may know its key id,
// or take tokens without one, so that a wrong signature decides nothing; but it
// is looked for once only by the keys that several of them share.
//
// Where none decides the answer is, the first that was met: ISSUER_UNAVAILABLE
// (the token may be of the one that could not judge), TOKEN_SIGNATURE_INVALID,
// TOKEN_TOO_LARGE, TOKEN_ISSUER_MISMATCH, TOKEN_KEY_UNKNOWN,
// TOKEN_ALGORITHM_MISMATCH.
//
// Nobody is waited for while another can decide. Then, without `clock`, the
// answer is nullopt; with it, those that have to wait for keys get a fair share
// of the time until ctx.deadline each. Thread-safe.
std::optional<absl::StatusOr<ForeignToken>> VerifyForeign(
    const App& app, absl::string_view token, const CallContext& ctx,
    Clock* clock);

// AskInTurn is VerifyForeign by these providers; those without a direct
// verifier are passed over.
std::optional<absl::StatusOr<ForeignToken>> AskInTurn(
    absl::Span<Provider* const> providers, absl::string_view token,
    const CallContext& ctx, Clock* clock);

}  // namespace latchkey

#endif  // LATCHKEY_SERVER_RPC_FOREIGN_TOKENS_H_
