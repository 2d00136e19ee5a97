// Conversions between core's types and the messages of the API.
#ifndef LATCHKEY_SERVER_RPC_CONVERT_H_
#define LATCHKEY_SERVER_RPC_CONVERT_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "core/jwks/key_source.h"
#include "core/session/session_service.h"
#include "core/store/store.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/timestamp.pb.h"
#include "latchkey/v1/api_key.pb.h"
#include "latchkey/v1/key_source.pb.h"
#include "latchkey/v1/principal.pb.h"
#include "latchkey/v1/session.pb.h"
#include "latchkey/v1/user.pb.h"

namespace latchkey {

// All functions are pure and thread-safe.

// Infinite times leave the message as it is.
void ToProto(absl::Time time, google::protobuf::Timestamp* out);
// `object_json` must be a JSON object of ours; anything else leaves *out empty.
// Numbers beyond 2^53 lose digits: google.protobuf.Struct has doubles only.
void ToProto(absl::string_view object_json, google::protobuf::Struct* out);
void ToProto(const UserRecord& user, v1::User* out);
void ToProto(const SessionRecord& session, v1::SessionInfo* out);
void ToProto(const ApiKeyRecord& key, v1::ApiKey* out);
void ToProto(const IssuedSession& issued, v1::Session* out);
void ToProto(const Principal& principal, v1::Principal* out);
void ToProto(const KeySourceStatus& status, absl::Time now, v1::KeySource* out);

// StructToJson gives compact JSON. INVALID_REQUEST (`field`) when it is nested
// deeper than 32 or larger than `max_bytes`.
absl::StatusOr<std::string> StructToJson(const google::protobuf::Struct& value,
                                         absl::string_view field,
                                         size_t max_bytes);

}  // namespace latchkey

#endif  // LATCHKEY_SERVER_RPC_CONVERT_H_
