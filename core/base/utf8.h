// UTF-8 checks (RFC 3629).
#ifndef LATCHKEY_CORE_BASE_UTF8_H_
#define LATCHKEY_CORE_BASE_UTF8_H_

#include "absl/strings/string_view.h"

namespace latchkey {

// IsValidUtf8 refuses overlong forms, surrogates, and values over U+10FFFF.
bool IsValidUtf8(absl::string_view text);
// HasControlCharacters: any of U+0000-U+001F, U+007F.
bool HasControlCharacters(absl::string_view text);

}  // namespace latchkey

#endif  // LATCHKEY_CORE_BASE_UTF8_H_
