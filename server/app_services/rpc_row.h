// Calls a handler of the method table, so that no endpoint does its work again.
#ifndef LATCHKEY_SERVER_APP_SERVICES_RPC_ROW_H_
#define LATCHKEY_SERVER_APP_SERVICES_RPC_ROW_H_

#include "absl/status/status.h"
#include "core/base/reason.h"
#include "server/app_services/exchange.h"
#include "server/rpc/method_table.h"

namespace latchkey {

// RunRow runs the row's handler in this thread, which is one of the lane that
// the row asks for. The messages are of the row's types. UNIMPLEMENTED when
// there is no such row.
template <typename Request, typename Response>
absl::Status RunRow(const Method* row, const Request& request,
                    const Exchange& exchange, Response* response) {
  if (row == nullptr || !row->handle) {
    return Error(Reason::kUnimplemented, "no such RPC");
  }
  return row->handle(request, exchange.context, response);
}

}  // namespace latchkey

#endif  // LATCHKEY_SERVER_APP_SERVICES_RPC_ROW_H_
