#include "core/jwt/header_memo.h"

#include <utility>

#include "absl/hash/hash.h"
#include "core/base/status_macros.h"

namespace latchkey {

absl::StatusOr<const JoseHeader*> HeaderMemo::Parse(absl::string_view segment) {
  // An unused entry has the empty segment, which is no header.
  const bool keep = !segment.empty() && segment.size() <= kMaxSegmentBytes;
  Entry& entry =
      entries_[keep ? absl::Hash<absl::string_view>()(segment) % kEntries
                    : kEntries];
  if (keep && entry.segment == segment) return &entry.header;
  ASSIGN_OR_RETURN(JoseHeader header, ParseHeader(segment));
  // The old text must not find the new header, should the copy fail.
  entry.segment.clear();
  entry.header = std::move(header);
  entry.segment = keep ? std::string(segment) : std::string();
  return &entry.header;
}

}  // namespace latchkey
