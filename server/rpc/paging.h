// Page sizes and page tokens of List calls (AIP-158).
#ifndef LATCHKEY_SERVER_RPC_PAGING_H_
#define LATCHKEY_SERVER_RPC_PAGING_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace latchkey {

struct Page {
  size_t size = 50;
  std::string after;  // id of the last item before this page; empty: the start
};

// ReadPage: INVALID_REQUEST (`page_size`, `page_token`) for sizes outside
// 0-1000 (0: 50) and tokens that PageToken did not make.
absl::StatusOr<Page> ReadPage(int32_t page_size, const std::string& token);

// PageToken hides an id, so that clients do not build on it.
std::string PageToken(absl::string_view last_id);

}  // namespace latchkey

#endif  // LATCHKEY_SERVER_RPC_PAGING_H_
