// RedirectListener takes the answer of an issuer that comes back through the
// browser, at a port of this machine (RFC 8252 §7.3).
#ifndef LATCHKEY_CLIENTS_CLI_REDIRECT_LISTENER_H_
#define LATCHKEY_CLIENTS_CLI_REDIRECT_LISTENER_H_

#include <functional>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "core/base/clock.h"

namespace latchkey {

// The path that the issuer sends the browser to.
inline constexpr char kRedirectPath[] = "/redirect";

// What a request to that path was, which decides the page that is shown. None
// of the pages holds anything of the request.
enum class RedirectVerdict {
  kStranger,  // not the answer that is waited for: 403, and the wait goes on
  kGranted,   // the end of the wait
  kRefused,   // likewise
};

// RedirectListener: thread-compatible.
class RedirectListener {
 public:
  virtual ~RedirectListener() = default;

  virtual int port() const = 0;

  // Wait answers requests until `judge`, which gets the query of each (without
  // its "?"), ends the wait. DEADLINE_EXCEEDED when nothing did by then.
  using Judge = std::function<RedirectVerdict(absl::string_view query)>;
  virtual absl::Status Wait(absl::Time deadline, Clock* clock,
                            const Judge& judge) = 0;
};

// NewRedirectListener listens on 127.0.0.1 and, where there is IPv6, ::1, and
// nowhere else; port 0: on any free one. UsageError when the port is taken on
// either: whoever has it would get the answer.
absl::StatusOr<std::unique_ptr<RedirectListener>> NewRedirectListener(int port);

}  // namespace latchkey

#endif  // LATCHKEY_CLIENTS_CLI_REDIRECT_LISTENER_H_
