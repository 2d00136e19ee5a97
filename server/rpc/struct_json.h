// google.protobuf.Struct to and from our own JSON values.
#ifndef LATCHKEY_SERVER_RPC_STRUCT_JSON_H_
#define LATCHKEY_SERVER_RPC_STRUCT_JSON_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/json/json.h"
#include "google/protobuf/struct.pb.h"

namespace latchkey {

// JsonToStruct fills *out from an object; anything else leaves it empty.
void JsonToStruct(const json::Value& object, google::protobuf::Struct* out);

// StructToValue: members come out in order of name, whole numbers as integers.
// INVALID_REQUEST (`field`) for nesting over 32 and numbers that JSON cannot
// write (infinite, not a number).
absl::StatusOr<json::Value> StructToValue(const google::protobuf::Struct& value,
                                          absl::string_view field);

}  // namespace latchkey

#endif  // LATCHKEY_SERVER_RPC_STRUCT_JSON_H_
