// Fields of a JSON object of a file that is imported.
#ifndef LATCHKEY_CLIENTS_CLI_ROW_FIELDS_H_
#define LATCHKEY_CLIENTS_CLI_ROW_FIELDS_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "core/json/document.h"
#include "google/protobuf/timestamp.pb.h"

namespace latchkey {

// BadRow is INVALID_ARGUMENT: what is wrong with the row, without its values.
absl::Status BadRow(absl::string_view what);

// TextOf gives the member's text; empty when it is absent, null or no string.
std::string TextOf(json::Node object, absl::string_view name);
// FlagOf: false when it is absent or no boolean.
bool FlagOf(json::Node object, absl::string_view name);
// NumberOf: a whole number, or one in a string; nullopt when it is neither.
std::optional<int64_t> NumberOf(json::Node object, absl::string_view name);
// ObjectOf gives a member that is an object as compact JSON, else "".
std::string ObjectOf(json::Node object, absl::string_view name);

void SetTime(absl::Time time, google::protobuf::Timestamp* out);
absl::Time GetTime(const google::protobuf::Timestamp& time);

}  // namespace latchkey

#endif  // LATCHKEY_CLIENTS_CLI_ROW_FIELDS_H_
