#include "core/provider/code_exchange.h"

#include "absl/strings/str_cat.h"
#include "core/base/reason.h"
#include "core/base/status_macros.h"
#include "core/jwks/form_body.h"

namespace latchkey {
namespace {

absl::Status Refusal(const ForeignAnswer& answer) {
  const absl::string_view code = SafeCode(answer.Text("error"));
  const std::string detail =
      absl::StrCat("HTTP status ", answer.status, ", error ", code);
  // RFC 6749 §5.2: these two are about us, not about the code.
  if (answer.status == 401 || code == "invalid_client" ||
      code == "unauthorized_client") {
    return Error(
        Reason::kOutboundRejected,
        absl::StrCat("the token endpoint refused our client: ", detail));
  }
  return Error(Reason::kCredentialRejected,
               absl::StrCat("the token endpoint refused the code: ", detail));
}

}  // namespace

absl::StatusOr<ExchangedTokens> ExchangeCode(const std::string& token_uri,
                                             const CodeGrant& grant,
                                             ForeignService* service,
                                             const CallContext& ctx) {
  FormBody form;
  form.Add("grant_type", "authorization_code");
  form.Add("code", grant.code->RevealSecret());
  form.Add("client_id", *grant.client_id);
  form.Add("client_secret", grant.client_secret->RevealSecret());
  if (grant.redirect_uri != nullptr) {
    form.Add("redirect_uri", *grant.redirect_uri);
  }
  if (grant.code_verifier != nullptr) {
    form.Add("code_verifier", grant.code_verifier->RevealSecret());
  }
  ASSIGN_OR_RETURN(const ForeignAnswer answer,
                   service->Post(token_uri, &form, ctx));
  if (!answer.ok()) return Refusal(answer);
  ExchangedTokens tokens;
  tokens.id_token = Secret(answer.Text("id_token"));
  tokens.access_token = Secret(answer.Text("access_token"));
  if (tokens.id_token.empty()) {
    return Error(Reason::kCredentialRejected,
                 "no ID token came for the code: was it asked for with the "
                 "scope openid?");
  }
  return tokens;
}

}  // namespace latchkey
