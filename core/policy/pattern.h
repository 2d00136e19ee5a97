// Pattern is a regular expression of the configuration.
#ifndef LATCHKEY_CORE_POLICY_PATTERN_H_
#define LATCHKEY_CORE_POLICY_PATTERN_H_

#include <cstddef>
#include <memory>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace re2 {
class RE2;
}  // namespace re2

namespace latchkey {

inline constexpr size_t kMaxPatternBytes = 1024;

// Pattern: RE2 syntax, so a search takes time linear in the text; compiled
// once, at most 1 MiB each. Immutable, cheap to copy, thread-safe.
class Pattern final {
 public:
  // INVALID_REQUEST with what RE2 dislikes, or for one that is too long or
  // needs too much memory.
  static absl::StatusOr<Pattern> Compile(absl::string_view text);

  // Search says whether any part of `text` matches.
  bool Search(absl::string_view text) const;

 private:
  explicit Pattern(std::shared_ptr<const re2::RE2> expression);

  std::shared_ptr<const re2::RE2> expression_;
};

}  // namespace latchkey

#endif  // LATCHKEY_CORE_POLICY_PATTERN_H_
