#include "server/rpc/paging.h"

#include <optional>

#include "absl/strings/str_cat.h"
#include "core/base/base64url.h"
#include "core/base/status_macros.h"
#include "server/rpc/field_checks.h"

namespace latchkey {
namespace {

constexpr int32_t kMaxPageSize = 1000;
constexpr size_t kMaxToken = 256;
constexpr char kVersion = '1';

}  // namespace

absl::StatusOr<Page> ReadPage(int32_t page_size, const std::string& token) {
  FieldChecks checks;
  checks.That(page_size >= 0 && page_size <= kMaxPageSize, "page_size",
              "must be 0 (for 50) to 1000");
  Page page;
  if (page_size > 0) page.size = static_cast<size_t>(page_size);
  if (!token.empty()) {
    const std::optional<std::string> text =
        token.size() <= kMaxToken ? Base64UrlDecode(token) : std::nullopt;
    const bool ours =
        text.has_value() && text->size() > 1 && text->front() == kVersion;
    checks.That(ours, "page_token", "must be a next_page_token of this call");
    if (ours) page.after = text->substr(1);
  }
  RETURN_IF_ERROR(checks.status());
  return page;
}

std::string PageToken(absl::string_view last_id) {
  return Base64UrlEncode(absl::StrCat(std::string(1, kVersion), last_id));
}

}  // namespace latchkey
