// Events of the store as messages of the API.
#ifndef LATCHKEY_SERVER_RPC_EVENT_CODEC_H_
#define LATCHKEY_SERVER_RPC_EVENT_CODEC_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "core/store/event_store.h"
#include "google/protobuf/repeated_field.h"
#include "latchkey/v1/audit_service.pb.h"

namespace latchkey {

// All are pure and thread-safe.

void ToProto(const EventRecord& event, v1::AuditEvent* out);

// ActionsOf gives the words of events of these types, each once; those of
// UNSPECIFIED are of no type. Unknown types have none.
std::vector<std::string> ActionsOf(
    const google::protobuf::RepeatedField<int>& types);

// EventId is 20 digits, so that ids grow as texts, too. ParseEventId: nullopt
// for what EventId does not give.
std::string EventId(uint64_t id);
std::optional<uint64_t> ParseEventId(absl::string_view text);

}  // namespace latchkey

#endif  // LATCHKEY_SERVER_RPC_EVENT_CODEC_H_
