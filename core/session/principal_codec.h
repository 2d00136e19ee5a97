// A compact form of Principal for the verified token cache.
#ifndef LATCHKEY_CORE_SESSION_PRINCIPAL_CODEC_H_
#define LATCHKEY_CORE_SESSION_PRINCIPAL_CODEC_H_

#include <cstddef>
#include <cstdint>
#include <optional>

#include "absl/types/span.h"
#include "core/session/principal.h"

namespace latchkey {

// EncodePrincipal writes all but the two times and returns the size; nullopt
// when `out` is too small.
std::optional<size_t> EncodePrincipal(const Principal& principal,
                                      absl::Span<char> out);

// DecodePrincipal reads what EncodePrincipal wrote. Does not allocate when
// *out's strings and lists are large enough.
void DecodePrincipal(absl::Span<const char> bytes, Principal* out);

}  // namespace latchkey

#endif  // LATCHKEY_CORE_SESSION_PRINCIPAL_CODEC_H_
