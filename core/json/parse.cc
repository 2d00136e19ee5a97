#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/base/status_macros.h"
#include "core/json/document.h"
#include "core/json/json.h"

namespace latchkey::json {

absl::StatusOr<Value> Parse(absl::string_view text, const Limits& limits) {
  thread_local Document document;
  RETURN_IF_ERROR(document.Parse(text, limits));
  return document.root().ToValue();
}

absl::StatusOr<Value> ParseObject(absl::string_view text,
                                  const Limits& limits) {
  thread_local Document document;
  RETURN_IF_ERROR(document.ParseObject(text, limits));
  return document.root().ToValue();
}

}  // namespace latchkey::json
