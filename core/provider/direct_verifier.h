// DirectVerifier accepts a foreign issuer's token in place of our own.
#ifndef LATCHKEY_CORE_PROVIDER_DIRECT_VERIFIER_H_
#define LATCHKEY_CORE_PROVIDER_DIRECT_VERIFIER_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "core/base/call_context.h"

namespace latchkey {

// DirectPrincipal is what a verified foreign token says of its bearer. Plain
// data.
struct DirectPrincipal {
  std::string subject;  // as the identity's subject would be: 1-255 bytes
  std::string issuer;   // empty when the token names none
  std::vector<std::string> audience;
  std::optional<absl::Time> issued_at;
  std::optional<absl::Time> expires_at;
  // JSON object: the mapped metadata fields only.
  std::string user_data_json = "{}";
};

// DirectVerifier: thread-safe.
class DirectVerifier {
 public:
  virtual ~DirectVerifier() = default;

  // key_set tells verifiers with the same keys by the same pointer: a signature
  // that one of them finds wrong is wrong for all. Compared only; never null.
  virtual const void* key_set() const = 0;

  // VerifyDirectly checks `token` by the provider's rule. The reasons are the
  // precise ones: TOKEN_* (CLAIM_INVALID also for metadata that is required
  // and missing, or too long), or ISSUER_UNAVAILABLE when there are no keys to
  // judge it by.
  //
  // With `may_wait` it may block, until ctx.deadline at most, for the issuer's
  // keys. Without, it never blocks and answers nullopt where it would have had
  // to: ask again with `may_wait` on a work queue.
  virtual std::optional<absl::StatusOr<DirectPrincipal>> VerifyDirectly(
      absl::string_view token, const CallContext& ctx, bool may_wait) = 0;
};

}  // namespace latchkey

#endif  // LATCHKEY_CORE_PROVIDER_DIRECT_VERIFIER_H_
