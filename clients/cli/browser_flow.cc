#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "clients/cli/authorization.h"
#include "clients/cli/people_flows.h"
#include "clients/cli/redirect_listener.h"
#include "core/base/status_macros.h"
#include "core/jwks/form_body.h"

namespace latchkey {
namespace {

void SendToBrowser(const std::string& url, bool open, Context* context) {
  Output& output = context->output();
  const bool opened = open && context->world().open_browser(url);
  output.Tell(opened ? "Your browser is opening. If it does not, go to:"
                     : "To log in, open this address in a browser on this "
                       "machine:");
  output.Tell(absl::StrCat("\n  ", url, "\n"));
}

absl::StatusOr<IssuerTokens> Redeem(const AuthorizationRequest& request,
                                    const Secret& code, IssuerClient* client) {
  FormBody grant;
  grant.Add("grant_type", "authorization_code");
  grant.Add("code", code.RevealSecret());
  grant.Add("code_verifier", request.verifier.RevealSecret());
  grant.Add("redirect_uri", request.redirect_uri);
  ASSIGN_OR_RETURN(TokenAnswer answer, client->Ask(&grant));
  if (answer.error.empty()) return std::move(answer.tokens);
  return IssuerRefusal(answer.error, answer.description);
}

}  // namespace

absl::StatusOr<IssuerTokens> ByBrowser(const Errand& errand,
                                       const BrowserFlags& flags,
                                       Context* context) {
  const CliWorld& world = context->world();
  IssuerClient* const client = errand.client;
  if (client->endpoints().authorization.empty()) {
    return absl::FailedPreconditionError(
        absl::StrCat(client->registration().issuer,
                     " has no usable authorization endpoint: try --device"));
  }
  ASSIGN_OR_RETURN(const std::unique_ptr<RedirectListener> listener,
                   world.listen(flags.port));
  AuthorizationRequest request = AuthorizationRequest::Make(world.random);
  request.redirect_uri =
      absl::StrCat("http://localhost:", listener->port(), kRedirectPath);
  request.scope = errand.scope;
  request.login_hint = errand.login_hint;
  SendToBrowser(request.Url(*client), flags.open, context);
  AuthorizationAnswer answer(&request, client);
  RETURN_IF_ERROR(listener->Wait(
      errand.deadline, world.clock,
      [&answer](absl::string_view query) { return answer.Judge(query); }));
  ASSIGN_OR_RETURN(const Secret code, answer.TakeCode());
  ASSIGN_OR_RETURN(IssuerTokens tokens, Redeem(request, code, client));
  if (!tokens.id_token.empty()) {
    RETURN_IF_ERROR(CheckIdToken(
        tokens.id_token.RevealSecret(),
        {client->registration().issuer, client->registration().client_id,
         request.nonce, world.clock->TimeNow()}));
  }
  return tokens;
}

}  // namespace latchkey
