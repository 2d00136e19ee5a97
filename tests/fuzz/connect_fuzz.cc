// Requests in JSON over HTTP: what is accepted means the same again, and a
// refusal names a field and nothing of the body.
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/string_view.h"
#include "core/base/reason.h"
#include "google/protobuf/message.h"
#include "google/protobuf/util/json_util.h"
#include "server/http/connect_json.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/requests.h"

namespace latchkey {
namespace {

namespace pb = ::google::protobuf;

constexpr size_t kMaxBytes = 64 * 1024;

void CheckRefusal(const absl::Status& status) {
  FUZZ_CHECK(GetReason(status) == Reason::kInvalidRequest);
  const std::vector<FieldViolation> violations = GetFieldViolations(status);
  FUZZ_CHECK(violations.size() == 1);
  FUZZ_CHECK(!violations[0].field.empty());
  FUZZ_CHECK(!violations[0].description.empty());
  for (const char c : violations[0].field) {
    FUZZ_CHECK(absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
               absl::string_view("_.[]").find(c) != absl::string_view::npos);
  }
}

void CheckAgain(const pb::Message& message) {
  std::string text;
  // Not everything that protobuf reads can it write (times out of range).
  if (!pb::util::MessageToJsonString(message, &text).ok()) return;
  const std::unique_ptr<pb::Message> again(message.New());
  // Written, a text may be longer: names in full, escapes.
  FUZZ_CHECK(ReadConnectJson(text, 16 * kMaxBytes, again.get()).ok());
  FUZZ_CHECK(InOneOrder(*again) == InOneOrder(message));
}

}  // namespace

void FuzzOne(absl::string_view input) {
  const std::unique_ptr<pb::Message> message = NewRequest(&input);
  const std::string body(input);
  const absl::Status status = ReadConnectJson(body, kMaxBytes, message.get());
  if (!status.ok()) {
    CheckRefusal(status);
    return;
  }
  FUZZ_CHECK(body.size() <= kMaxBytes);
  CheckAgain(*message);
}

}  // namespace latchkey
