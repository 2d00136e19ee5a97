#include "clients/cli/people_login.h"

#include <memory>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "clients/cli/failure.h"
#include "clients/cli/issuer_client.h"
#include "clients/cli/people_flows.h"
#include "core/base/status_macros.h"

namespace latchkey {
namespace {

constexpr absl::Duration kMaxWait = absl::Hours(1);
constexpr int kMaxPort = 65535;

absl::StatusOr<absl::Duration> Wait(const PeopleFlags& flags) {
  absl::Duration wait;
  if (!absl::ParseDuration(flags.wait, &wait) || wait <= absl::ZeroDuration() ||
      wait > kMaxWait) {
    return UsageError("--wait: a duration like 5m, at most 1h");
  }
  return wait;
}

}  // namespace

void AddPeopleFlags(CLI::App* command, PeopleFlags* flags) {
  const char* const group = "Logins of people (oidc)";
  command
      ->add_flag("--device", flags->device,
                 "log in with a code, on another device")
      ->group(group);
  command
      ->add_flag("--no-browser", flags->no_browser,
                 "start no browser: only print the address")
      ->group(group);
  command
      ->add_option("--redirect-port", flags->redirect_port,
                   "port of this machine where the issuer's answer comes to; "
                   "0: any")
      ->check(CLI::Range(0, kMaxPort))
      ->capture_default_str()
      ->group(group);
  command
      ->add_option("--hint", flags->hint,
                   "the name to log in with; chooses among several issuers")
      ->group(group);
  command
      ->add_flag("--send-id-token", flags->send_id_token,
                 "prove the identity with the ID token instead of the access "
                 "token")
      ->group(group);
  command->add_option("--wait", flags->wait, "for the person, at most 1h")
      ->capture_default_str()
      ->group(group);
}

absl::StatusOr<PersonProof> ProvePerson(const v1::OidcLogin& oidc,
                                        const PeopleFlags& flags,
                                        Context* context) {
  ASSIGN_OR_RETURN(const absl::Duration wait, Wait(flags));
  ASSIGN_OR_RETURN(
      const std::unique_ptr<IssuerClient> client,
      IssuerClient::Open({oidc.issuer(), oidc.client_id()}, context->world()));
  IssuerGrant grant;
  grant.issuer = oidc.issuer();
  grant.client_id = oidc.client_id();
  grant.token_kind = flags.send_id_token ? kIdToken : kAccessToken;
  const std::string scope = client->Scope(std::vector<std::string>(
      oidc.request_scopes().begin(), oidc.request_scopes().end()));
  const Errand errand = {client.get(), scope, flags.hint,
                         context->now() + wait};
  absl::StatusOr<IssuerTokens> tokens =
      flags.device ? ByDevice(errand, context)
                   : ByBrowser(errand, {flags.redirect_port, !flags.no_browser},
                               context);
  RETURN_IF_ERROR(tokens.status());
  return TakeProof(*std::move(tokens), std::move(grant));
}

}  // namespace latchkey
