// The two ways to get a person's tokens from an issuer.
#ifndef LATCHKEY_CLIENTS_CLI_PEOPLE_FLOWS_H_
#define LATCHKEY_CLIENTS_CLI_PEOPLE_FLOWS_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "clients/cli/context.h"
#include "clients/cli/issuer_client.h"

namespace latchkey {

// Errand is one login: who is asked, for what, and until when.
struct Errand {
  IssuerClient* client = nullptr;
  std::string scope;
  std::string login_hint;  // empty: not known
  absl::Time deadline;
};

struct BrowserFlags {
  int port = 0;  // of the redirect URI; 0: any
  bool open = true;
};

// ByBrowser: authorization code with PKCE, at the loopback redirect (RFC 8252).
// The URL is told in any case: the browser may be the wrong one.
absl::StatusOr<IssuerTokens> ByBrowser(const Errand& errand,
                                       const BrowserFlags& flags,
                                       Context* context);

// ByDevice: RFC 8628. Tells the code, the URL and, on a terminal, a QR code,
// and asks the issuer until the person is done. The issuer's `interval` (5 s
// when it gives none) is kept between the requests; "slow_down" adds 5 s to it
// and a request that was lost doubles it, for good.
absl::StatusOr<IssuerTokens> ByDevice(const Errand& errand, Context* context);

}  // namespace latchkey

#endif  // LATCHKEY_CLIENTS_CLI_PEOPLE_FLOWS_H_
