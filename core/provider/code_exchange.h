// The authorization code grant, at a token endpoint elsewhere.
#ifndef LATCHKEY_CORE_PROVIDER_CODE_EXCHANGE_H_
#define LATCHKEY_CORE_PROVIDER_CODE_EXCHANGE_H_

#include <string>

#include "absl/status/statusor.h"
#include "core/base/call_context.h"
#include "core/base/secret.h"
#include "core/provider/foreign_service.h"

namespace latchkey {

struct ExchangedTokens {
  Secret id_token;
  Secret access_token;  // may be empty
};

// CodeGrant is a request of RFC 6749 §4.1.3, with the client's id and secret in
// its body (§2.3.1), as Google and Apple want them.
struct CodeGrant {
  const Secret* code;
  const std::string* client_id;
  const Secret* client_secret;
  const std::string* redirect_uri;        // null: left out
  const Secret* code_verifier = nullptr;  // RFC 7636 §4.5; null: left out
};

// ExchangeCode asks once. CREDENTIAL_REJECTED when the code is refused, or what
// comes for it has no ID token (it was asked for without the scope `openid`);
// OUTBOUND_REJECTED when our client is; else as ForeignService.
absl::StatusOr<ExchangedTokens> ExchangeCode(const std::string& token_uri,
                                             const CodeGrant& grant,
                                             ForeignService* service,
                                             const CallContext& ctx);

}  // namespace latchkey

#endif  // LATCHKEY_CORE_PROVIDER_CODE_EXCHANGE_H_
