// RedirectFlows are logins in a browser, on their way to a provider and back
// (docs/adr/0030-redirect-flow.md).
#ifndef LATCHKEY_SERVER_APP_SERVICES_REDIRECT_FLOW_H_
#define LATCHKEY_SERVER_APP_SERVICES_REDIRECT_FLOW_H_

#include <cstddef>
#include <deque>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "core/base/clock.h"
#include "core/base/ids.h"
#include "core/base/random.h"
#include "core/base/secret.h"
#include "core/jwt/key_ring.h"

namespace latchkey {

// How long a person may take at the provider.
inline constexpr absl::Duration kRedirectFlowLife = absl::Minutes(10);

// RedirectFlow is what is to happen when the person comes back.
struct RedirectFlow {
  std::string id;  // no two have the same
  AppId app;
  ProviderName provider;
  std::string redirect;      // page to end on
  std::string client_state;  // handed back to that page
  std::string device_json = "{}";
  // Of the user that gets the identity; empty: the person logs in.
  SessionId linking;
  absl::Time expires_at;
};

// FlowProofs tie a code to the flow that it was asked for by; whoever sees the
// way to the provider and back learns nothing of them.
struct FlowProofs {
  Secret code_verifier;  // RFC 7636 §4.1
  std::string nonce;     // OpenID Connect Core 1.0 §3.1.2.1
};

// RedirectFlows keeps no flow: the parameter `state` carries all of it under a
// MAC, and counts in the browser that it was made for only, which shows its
// cookie. What is kept is which ones have come back, for as long as they would
// count. Thread-safe; never blocks.
class RedirectFlows final {
 public:
  // All three are borrowed.
  RedirectFlows(const KeyRing* keys, Clock* clock, Random* random);

  // NewCookie is 256 random bits; IsCookie: `text` has the shape of one.
  std::string NewCookie() const;
  static bool IsCookie(absl::string_view text);

  // Seal gives the state of a flow that begins now in the browser with that
  // cookie; sets id and expires_at.
  absl::StatusOr<std::string> Seal(absl::string_view cookie,
                                   RedirectFlow* flow) const;
  // Open: CREDENTIAL_REJECTED for a state that is none of ours, or another
  // browser's; SESSION_EXPIRED.
  absl::StatusOr<RedirectFlow> Open(absl::string_view state,
                                    absl::string_view cookie) const;
  absl::StatusOr<FlowProofs> ProofsOf(const RedirectFlow& flow,
                                      absl::string_view cookie) const;

  // Use is false when an opened flow was used before. Of more than 65536 in ten
  // minutes the first are forgotten; their codes are used up by then.
  bool Use(const RedirectFlow& flow);

 private:
  // The MAC of some texts, in base64url.
  absl::StatusOr<std::string> Mac(absl::string_view purpose,
                                  absl::string_view cookie,
                                  absl::string_view text) const;

  const KeyRing* const keys_;
  Clock* const clock_;
  Random* const random_;
  absl::Mutex mu_;
  std::deque<std::pair<absl::Time, std::string>> in_order_ ABSL_GUARDED_BY(mu_);
  absl::flat_hash_set<std::string> used_ ABSL_GUARDED_BY(mu_);
};

// ChallengeOf is the S256 challenge of a verifier (RFC 7636 §4.2).
std::string ChallengeOf(const Secret& code_verifier);

}  // namespace latchkey

#endif  // LATCHKEY_SERVER_APP_SERVICES_REDIRECT_FLOW_H_
