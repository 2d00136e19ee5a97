// E-mail addresses as login names.
#ifndef LATCHKEY_CORE_PROVIDER_EMAIL_H_
#define LATCHKEY_CORE_PROVIDER_EMAIL_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace latchkey {

// CanonicalEmail lower-cases ASCII and refuses what is no plain address:
// exactly one '@' with text on both sides, 3-254 bytes of UTF-8, no blanks or
// control characters, no quoted local part. Other letters stay as they are, so
// no two different characters are ever taken for one. INVALID_REQUEST naming
// `field`.
absl::StatusOr<std::string> CanonicalEmail(absl::string_view email,
                                           absl::string_view field);

}  // namespace latchkey

#endif  // LATCHKEY_CORE_PROVIDER_EMAIL_H_
