#include "core/policy/pattern.h"

#include <re2/re2.h>

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/reason.h"

namespace latchkey {
namespace {

constexpr int64_t kMaxMemory = 1024 * 1024;

re2::StringPiece ToPiece(absl::string_view text) {
  return re2::StringPiece(text.data(), text.size());
}

}  // namespace

Pattern::Pattern(std::shared_ptr<const re2::RE2> expression)
    : expression_(std::move(expression)) {}

absl::StatusOr<Pattern> Pattern::Compile(absl::string_view text) {
  if (text.size() > kMaxPatternBytes) {
    return Error(Reason::kInvalidRequest,
                 absl::StrCat("at most ", kMaxPatternBytes, " bytes"));
  }
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kMaxMemory);
  auto compiled = std::make_shared<const re2::RE2>(ToPiece(text), options);
  if (compiled->ok()) return Pattern(std::move(compiled));
  // Not error(): it repeats a part of the pattern.
  switch (compiled->error_code()) {
    case re2::RE2::ErrorPatternTooLarge:
      return Error(Reason::kInvalidRequest, "needs too much memory");
    case re2::RE2::ErrorBadPerlOp:
      return Error(Reason::kInvalidRequest,
                   "RE2 has no lookahead, lookbehind or named group of this "
                   "kind");
    case re2::RE2::ErrorMissingParen:
    case re2::RE2::ErrorUnexpectedParen:
      return Error(Reason::kInvalidRequest, "unbalanced parentheses");
    case re2::RE2::ErrorMissingBracket:
      return Error(Reason::kInvalidRequest, "a missing ]");
    default:
      return Error(Reason::kInvalidRequest, "not RE2 syntax");
  }
}

bool Pattern::Search(absl::string_view text) const {
  return re2::RE2::PartialMatch(ToPiece(text), *expression_);
}

}  // namespace latchkey
