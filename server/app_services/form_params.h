// FormParams are the parameters of a query or of a form
// (application/x-www-form-urlencoded).
#ifndef LATCHKEY_SERVER_APP_SERVICES_FORM_PARAMS_H_
#define LATCHKEY_SERVER_APP_SERVICES_FORM_PARAMS_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

namespace latchkey {

// FormParams: a value; reading it is thread-safe.
class FormParams final {
 public:
  // Parse undoes percent signs and plus signs. nullopt when a name comes twice,
  // since no two readers agree on which one counts (RFC 6749 §3.1 forbids it),
  // when a percent sign is not followed by two hex digits, and over 64
  // parameters.
  static std::optional<FormParams> Parse(absl::string_view text);

  // Get gives a value, empty when there is none.
  absl::string_view Get(absl::string_view name) const;
  bool Has(absl::string_view name) const;

 private:
  const std::string* Find(absl::string_view name) const;

  std::vector<std::pair<std::string, std::string>> params_;
};

}  // namespace latchkey

#endif  // LATCHKEY_SERVER_APP_SERVICES_FORM_PARAMS_H_
