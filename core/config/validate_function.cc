#include <optional>
#include <string>

#include "core/config/addresses.h"
#include "core/config/section.h"
#include "core/config/validate.h"

namespace latchkey {
namespace {

constexpr size_t kMaxInProcessName = 64;

void CheckTarget(const std::string& target, const Place& place) {
  const std::optional<SocketAddress> address = ParseSocketAddress(target);
  if (!address.has_value()) {
    place.Report(std::string(kSocketAddressRule));
  } else if (!address->is_loopback) {
    place.Report(
        "must be on loopback or a Unix socket: credentials go there in "
        "plaintext");
  } else if (!address->is_unix() && address->port == 0) {
    place.Report("must name a port");
  }
}

}  // namespace

FunctionSettings ReadFunction(const config::v1::Function& file,
                              const Place& place) {
  const Section section(file, place);
  FunctionSettings out;
  out.target = file.target();
  out.in_process = file.in_process();
  if (out.target.empty() == out.in_process.empty()) {
    place.Report("exactly one of target and in_process must be set");
  }
  if (!out.target.empty()) CheckTarget(out.target, place.Field("target"));
  if (out.in_process.size() > kMaxInProcessName) {
    place.Field("in_process").Report("must be at most 64 bytes");
  }
  out.timeout = section.Duration(
      "timeout", {out.timeout, absl::Milliseconds(1), absl::Seconds(300)});
  out.max_concurrency =
      static_cast<int>(section.Number("max_concurrency", {16, 1, 1024}));
  out.max_payload_bytes =
      section.Number("max_payload_bytes", {16384, 1, 65536});
  out.max_response_bytes =
      section.Number("max_response_bytes", {65536, 1, 4'194'304});
  return out;
}

}  // namespace latchkey
