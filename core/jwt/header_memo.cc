#include "core/jwt/header_memo.h"

#include <utility>

#include "absl/hash/hash.h"

namespace latchkey {

namespace {

absl::StatusOr<const JoseHeader*> PointerTo(
    const absl::StatusOr<JoseHeader>& header) {
  if (!header.ok()) return header.status();
  return &*header;
}

}  // namespace

HeaderMemo& HeaderMemo::OfThisThread() {
  thread_local HeaderMemo memo;
  return memo;
}

absl::StatusOr<const JoseHeader*> HeaderMemo::Parse(absl::string_view segment) {
  if (segment.empty()) return ParseHeader(segment).status();
  Entry& entry =
      entries_[absl::Hash<absl::string_view>()(segment) % entries_.size()];
  if (entry.segment == segment) return &entry.header;
  if (last_segment_ == segment) return PointerTo(last_);
  absl::StatusOr<JoseHeader> header = ParseHeader(segment);
  // In both places: the old text must not find the new header, should the copy
  // fail.
  if (header.ok() && segment.size() <= kMaxSegmentBytes) {
    entry.segment.clear();
    entry.header = *std::move(header);
    entry.segment.assign(segment.data(), segment.size());
    return &entry.header;
  }
  last_segment_.clear();
  last_ = std::move(header);
  if (segment.size() <= kMaxLongBytes) {
    last_segment_.assign(segment.data(), segment.size());
  }
  return PointerTo(last_);
}

}  // namespace latchkey
