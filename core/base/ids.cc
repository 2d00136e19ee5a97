#include "core/base/ids.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/types/span.h"
#include "core/base/base64url.h"
#include "core/base/clock.h"
#include "core/base/random.h"

namespace latchkey {
namespace {

constexpr size_t kObjectIdBytes = 12;
constexpr size_t kSessionIdBytes = 16;

bool IsLowerHex(char c) {
  return absl::ascii_isdigit(static_cast<unsigned char>(c)) ||
         (c >= 'a' && c <= 'f');
}

}  // namespace

std::string NewObjectId(Clock* clock, Random* random) {
  const int64_t seconds =
      std::clamp<int64_t>(absl::ToUnixSeconds(clock->TimeNow()), 0,
                          std::numeric_limits<uint32_t>::max());
  uint8_t bytes[kObjectIdBytes];
  for (int i = 0; i < 4; ++i) {
    bytes[i] = static_cast<uint8_t>(seconds >> (24 - 8 * i));
  }
  random->Fill(absl::MakeSpan(bytes).subspan(4));
  return absl::BytesToHexString(
      absl::string_view(reinterpret_cast<const char*>(bytes), sizeof(bytes)));
}

bool IsObjectId(absl::string_view text) {
  return text.size() == 2 * kObjectIdBytes &&
         std::all_of(text.begin(), text.end(), IsLowerHex);
}

SessionId NewSessionId(Random* random) {
  return SessionId(Base64UrlEncode(random->Bytes(kSessionIdBytes)));
}

bool IsSessionId(absl::string_view text) {
  uint8_t bytes[kSessionIdBytes];
  return Base64UrlDecode(text, absl::MakeSpan(bytes)) == kSessionIdBytes;
}

}  // namespace latchkey
