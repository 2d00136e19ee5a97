// Requests in protobuf's binary form: what parses is the same after both forms
// have been written and read.
#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"
#include "google/protobuf/util/json_util.h"
#include "server/http/connect_json.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/requests.h"

namespace latchkey {
namespace {

namespace pb = ::google::protobuf;

void CheckBinary(const pb::Message& message) {
  const std::string bytes = InOneOrder(message);
  FUZZ_CHECK(bytes.size() == message.ByteSizeLong());
  const std::unique_ptr<pb::Message> again(message.New());
  FUZZ_CHECK(again->ParseFromString(bytes));
  FUZZ_CHECK(InOneOrder(*again) == bytes);
}

// The same request over HTTP in JSON: our strict reader takes whatever
// protobuf writes.
void CheckJson(const pb::Message& message) {
  std::string text;
  if (!pb::util::MessageToJsonString(message, &text).ok()) return;
  const std::unique_ptr<pb::Message> once(message.New());
  if (!ReadConnectJson(text, 1 << 20, once.get()).ok()) {
    // Protobuf itself cannot read all that it writes.
    const std::unique_ptr<pb::Message> other(message.New());
    const pb::util::JsonParseOptions options;
    FUZZ_CHECK(!pb::util::JsonStringToMessage(text, other.get(), options).ok());
    return;
  }
  std::string again;
  FUZZ_CHECK(pb::util::MessageToJsonString(*once, &again).ok());
  const std::unique_ptr<pb::Message> twice(message.New());
  FUZZ_CHECK(ReadConnectJson(again, 1 << 20, twice.get()).ok());
  FUZZ_CHECK(InOneOrder(*twice) == InOneOrder(*once));
}

}  // namespace

void FuzzOne(absl::string_view input) {
  const std::unique_ptr<pb::Message> message = NewRequest(&input);
  const std::string bytes(input);
  if (!message->ParseFromString(bytes)) return;
  CheckBinary(*message);
  CheckJson(*message);
}

}  // namespace latchkey
