#include "core/store/sqlite/session_row.h"

#include <cstdint>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "core/base/base64url.h"

namespace latchkey {
namespace {

constexpr size_t kIdBytes = 16;

}  // namespace

void BindSessionId(Query* query, const SessionId& id) {
  uint8_t bytes[kIdBytes];
  if (Base64UrlDecode(id.value(), absl::MakeSpan(bytes)) == kIdBytes) {
    query->Blob({reinterpret_cast<const char*>(bytes), kIdBytes});
  } else {
    query->Text(id.value());
  }
}

SessionId ReadSessionId(Query* query) {
  const bool packed = query->NextIsBlob();
  const std::string value = query->ReadText();
  return SessionId(packed ? Base64UrlEncode(value) : value);
}

std::string EncodeRoles(const std::vector<std::string>& roles) {
  std::string text;
  for (const std::string& role : roles) {
    absl::StrAppend(&text, role.size(), ":", role);
  }
  return text;
}

std::vector<std::string> DecodeRoles(absl::string_view text) {
  std::vector<std::string> roles;
  while (!text.empty()) {
    const size_t colon = text.find(':');
    uint64_t size = 0;
    if (colon == absl::string_view::npos ||
        !absl::SimpleAtoi(text.substr(0, colon), &size)) {
      break;
    }
    text.remove_prefix(colon + 1);
    if (size > text.size()) break;
    roles.emplace_back(text.substr(0, size));
    text.remove_prefix(size);
  }
  return roles;
}

}  // namespace latchkey
