// HeaderMemo reads JOSE headers, and each text only once while it is common.
#ifndef LATCHKEY_CORE_JWT_HEADER_MEMO_H_
#define LATCHKEY_CORE_JWT_HEADER_MEMO_H_

#include <array>
#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/jwt/compact.h"

namespace latchkey {

// An issuer's tokens have the same header until it changes its key. HeaderMemo
// remembers what ParseHeader made of the last few header texts; what a text
// means never changes, and only the whole text finds it again.
// Thread-compatible.
class HeaderMemo final {
 public:
  static constexpr size_t kEntries = 16;
  // Longer headers are read each time.
  static constexpr size_t kMaxSegmentBytes = 512;

  // Errors as for ParseHeader. The header is valid until the next call.
  absl::StatusOr<const JoseHeader*> Parse(absl::string_view segment);

 private:
  struct Entry {
    std::string segment;
    JoseHeader header;
  };
  std::array<Entry, kEntries + 1> entries_;  // the last one: too long to keep
};

}  // namespace latchkey

#endif  // LATCHKEY_CORE_JWT_HEADER_MEMO_H_
