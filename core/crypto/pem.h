// One block of PEM (RFC 7468). Private to core/crypto.
#ifndef LATCHKEY_CORE_CRYPTO_PEM_H_
#define LATCHKEY_CORE_CRYPTO_PEM_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace latchkey {

struct PemBlock {
  std::string label;  // "PUBLIC KEY"
  std::string der;
};

// ReadPem wants one block, without headers, with nothing but white space around
// it. INVALID_REQUEST else.
absl::StatusOr<PemBlock> ReadPem(absl::string_view text);

}  // namespace latchkey

#endif  // LATCHKEY_CORE_CRYPTO_PEM_H_
