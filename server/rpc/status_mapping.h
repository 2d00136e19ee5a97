// The one place where a status becomes what a caller reads (product.md §4).
#ifndef LATCHKEY_SERVER_RPC_STATUS_MAPPING_H_
#define LATCHKEY_SERVER_RPC_STATUS_MAPPING_H_

#include <string>

#include "absl/status/status.h"
#include "google/rpc/status.pb.h"

namespace latchkey {

// ToWireStatus gives the canonical code, the reason's fixed public text, and
// the details: ErrorInfo{reason, domain "latchkey"} always, BadRequest for
// fields, RetryInfo when a delay is known. The status' own message (the
// detail) never leaves. `status` must not be OK.
google::rpc::Status ToWireStatus(const absl::Status& status);

}  // namespace latchkey

#endif  // LATCHKEY_SERVER_RPC_STATUS_MAPPING_H_
