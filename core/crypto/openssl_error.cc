#include "core/crypto/openssl_error.h"

#include <openssl/err.h>

#include <array>

#include "absl/strings/str_cat.h"
#include "core/base/reason.h"

namespace latchkey {

absl::Status OpensslError(absl::string_view what) {
  std::array<char, 256> text{};
  ERR_error_string_n(ERR_get_error(), text.data(), text.size());
  ERR_clear_error();
  return Error(Reason::kInternal, absl::StrCat(what, ": ", text.data()));
}

void ClearOpensslErrors() { ERR_clear_error(); }

}  // namespace latchkey
