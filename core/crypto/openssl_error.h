// The crypto library's per-thread error queue: read it, and leave it empty. A
// stale entry would be taken for the failure of the next TLS call.
#ifndef LATCHKEY_CORE_CRYPTO_OPENSSL_ERROR_H_
#define LATCHKEY_CORE_CRYPTO_OPENSSL_ERROR_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace latchkey {

// OpensslError is INTERNAL with `what` and the oldest queued error; empties the
// queue.
absl::Status OpensslError(absl::string_view what);

// ClearOpensslErrors empties the queue of this thread.
void ClearOpensslErrors();

}  // namespace latchkey

#endif  // LATCHKEY_CORE_CRYPTO_OPENSSL_ERROR_H_
