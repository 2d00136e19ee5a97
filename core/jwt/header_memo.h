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
// means never changes, and only the whole text finds it again. One that is long
// or refused is remembered until the next such one: several who look at the
// same token read its header once between them. Thread-compatible.
class HeaderMemo final {
 public:
  static constexpr size_t kEntries = 16;
  // Longer headers are kept one at a time; those over the second limit are not.
  static constexpr size_t kMaxSegmentBytes = 512;
  static constexpr size_t kMaxLongBytes = 16 * 1024;

  // OfThisThread is shared by all that read headers on a thread.
  static HeaderMemo& OfThisThread();

  // Errors as for ParseHeader. The header is valid until the next call.
  absl::StatusOr<const JoseHeader*> Parse(absl::string_view segment);

 private:
  struct Entry {
    std::string segment;  // empty: unused
    JoseHeader header;
  };
  std::array<Entry, kEntries> entries_;
  std::string last_segment_;  // empty: unused
  absl::StatusOr<JoseHeader> last_;
};

}  // namespace latchkey

#endif  // LATCHKEY_CORE_JWT_HEADER_MEMO_H_
