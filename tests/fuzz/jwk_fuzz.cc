// One key (RFC 7517 §4): alone and as the only one of a set.
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "core/json/json.h"
#include "core/jwt/jwk.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/jwks_check.h"

namespace latchkey {
namespace {

// An object that is a key and no set.
bool IsOneKey(absl::string_view text) {
  json::Limits limits;
  limits.max_depth = 14;  // two levels less than a set may have
  const absl::StatusOr<json::Value> value = json::ParseObject(text, limits);
  return value.ok() && value->Find("keys") == nullptr &&
         value->Find("kty") != nullptr;
}

void CheckAloneAndInSet(absl::string_view text, const JwksOptions& options) {
  const absl::StatusOr<ParsedJwks> alone = ParseJwks(text, options);
  const absl::StatusOr<ParsedJwks> in_set =
      ParseJwks(absl::StrCat("{\"keys\":[", text, "]}"), options);
  FUZZ_CHECK(alone.ok());
  FUZZ_CHECK(in_set.ok());
  FUZZ_CHECK(alone->keys == in_set->keys);
  FUZZ_CHECK(alone->keys.size() + alone->dropped.size() == 1);
  FUZZ_CHECK(alone->dropped.size() == in_set->dropped.size());
}

}  // namespace

void FuzzOne(absl::string_view input) {
  const JwksOptions options;
  CheckJwks(input, options);
  CheckJwks(input, WithSymmetric());
  if (input.size() > 60'000 || !IsOneKey(input)) return;
  CheckAloneAndInSet(input, options);
  CheckAloneAndInSet(input, WithSymmetric());
}

}  // namespace latchkey
