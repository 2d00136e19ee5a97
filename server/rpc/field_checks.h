// FieldChecks collects what is wrong with the fields of one request.
#ifndef LATCHKEY_SERVER_RPC_FIELD_CHECKS_H_
#define LATCHKEY_SERVER_RPC_FIELD_CHECKS_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "core/base/reason.h"

namespace latchkey {

// FieldChecks: each check adds at most one violation; status() is
// INVALID_REQUEST with all of them, or OK. Descriptions name limits, never
// values. Thread-compatible.
class FieldChecks {
 public:
  // Length in bytes, and no control characters.
  FieldChecks& Text(absl::string_view field, absl::string_view value,
                    size_t min, size_t max);
  // Length in bytes only.
  FieldChecks& Bytes(absl::string_view field, absl::string_view value,
                     size_t min, size_t max);
  FieldChecks& ObjectId(absl::string_view field, absl::string_view value);
  FieldChecks& That(bool holds, absl::string_view field,
                    absl::string_view description);

  absl::Status status() const;

 private:
  std::vector<FieldViolation> violations_;
};

}  // namespace latchkey

#endif  // LATCHKEY_SERVER_RPC_FIELD_CHECKS_H_
