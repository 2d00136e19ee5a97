#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "core/config/addresses.h"
#include "core/config/section.h"
#include "core/config/validate.h"

namespace latchkey {
namespace {

constexpr size_t kMaxInProcessName = 64;
constexpr int kThreadsPerRemoteWorker = 2;
constexpr uint32_t kMaxConcurrency = 1024;

}  // namespace

void CheckFunctionTarget(const std::string& target, const Place& place) {
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

// More calls than threads for them would be a promise that is not kept.
int ReadFunctionConcurrency(const Section& section, int remote_workers) {
  const int threads = kThreadsPerRemoteWorker * remote_workers;
  if (!section.IsSet("max_concurrency")) {
    return std::min(FunctionSettings().max_concurrency, threads);
  }
  const int calls = static_cast<int>(
      section.Number("max_concurrency", {1, 1, kMaxConcurrency}));
  if (calls > threads) {
    section.Field("max_concurrency")
        .Report(absl::StrCat("must be at most 2 * limits.remote_workers, ",
                             threads, ": so many threads ask functions"));
  }
  return calls;
}

FunctionSettings ReadFunction(const config::v1::Function& file,
                              const ProviderContext& context,
                              const Place& place) {
  const Section section(file, place);
  FunctionSettings out;
  out.target = file.target();
  out.in_process = file.in_process();
  if (out.target.empty() == out.in_process.empty()) {
    place.Report("exactly one of target and in_process must be set");
  }
  if (!out.target.empty()) {
    CheckFunctionTarget(out.target, place.Field("target"));
  }
  if (out.in_process.size() > kMaxInProcessName) {
    place.Field("in_process").Report("must be at most 64 bytes");
  }
  out.timeout = section.Duration(
      "timeout", {out.timeout, absl::Milliseconds(1), absl::Seconds(300)});
  out.max_concurrency =
      ReadFunctionConcurrency(section, context.limits->remote_workers);
  out.max_payload_bytes =
      section.Number("max_payload_bytes", {16384, 1, 65536});
  out.max_response_bytes =
      section.Number("max_response_bytes", {65536, 1, 4'194'304});
  return out;
}

}  // namespace latchkey
