// Parts of a token in words for people.
#ifndef LATCHKEY_CLIENTS_CLI_TOKEN_WORDS_H_
#define LATCHKEY_CLIENTS_CLI_TOKEN_WORDS_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "core/json/json.h"

namespace latchkey {

// Quoted is `text`, cut to 64 bytes, as a JSON string; Show likewise a value,
// or "nothing".
std::string Quoted(absl::string_view text);
std::string Show(const json::Value* value);

// OneOf: "none", "X", "X, Y", or "X, Y or 3 more".
std::string OneOf(const std::vector<std::string>& items);
std::string OneOfQuoted(const std::vector<std::string>& items);

std::string Utc(absl::Time time);
// Moment is a date of the token beside the present: "... (5m ago)".
std::string Moment(absl::Time time, absl::Time now);

// DecodeSegment gives the object of a header or a payload; {} where it cannot
// be read.
json::Value DecodeSegment(absl::string_view segment);
// Date is the date `name` of a token whose claims are well-formed.
std::optional<absl::Time> Date(const json::Value& claims,
                               absl::string_view name);

}  // namespace latchkey

#endif  // LATCHKEY_CLIENTS_CLI_TOKEN_WORDS_H_
