// Bodies of type application/x-www-form-urlencoded.
#ifndef LATCHKEY_CORE_JWKS_FORM_BODY_H_
#define LATCHKEY_CORE_JWKS_FORM_BODY_H_

#include <memory>
#include <string>

#include "absl/strings/string_view.h"

namespace latchkey {

// FormEncode writes `text` as RFC 6749 Appendix B asks, but a blank as "%20"
// and not as "+": the first is read right by everybody, the second not by those
// who only undo percent signs.
std::string FormEncode(absl::string_view text);

// FormBody collects fields in their order. What it holds is wiped when it, and
// what Take gave, are gone: there are secrets in it. Thread-compatible.
class FormBody final {
 public:
  FormBody() = default;
  ~FormBody();
  FormBody(const FormBody&) = delete;
  FormBody& operator=(const FormBody&) = delete;

  void Add(absl::string_view name, absl::string_view value);

  // Take gives the body, for FetchOptions::post_body, and leaves this empty.
  std::shared_ptr<const std::string> Take();

 private:
  // Appends in place, so that no copy of `value` stays behind.
  void AppendEncoded(absl::string_view text);

  std::string text_;
};

}  // namespace latchkey

#endif  // LATCHKEY_CORE_JWKS_FORM_BODY_H_
