#include "clients/cli/failure.h"

#include <cstdint>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace latchkey {
namespace {

// Payloads say where a status comes from.
constexpr char kUsageUrl[] = "latchkey.cli/usage";
constexpr char kRpcUrl[] = "latchkey.cli/rpc";
constexpr char kDomain[] = "latchkey";

void ReadDetail(const google::protobuf::Any& detail, Failure* failure) {
  google::rpc::ErrorInfo info;
  google::rpc::RetryInfo retry;
  google::rpc::BadRequest bad;
  if (detail.UnpackTo(&info)) {
    if (info.domain() == kDomain) failure->reason = info.reason();
  } else if (detail.UnpackTo(&retry)) {
    failure->retry_after = absl::Seconds(retry.retry_delay().seconds()) +
                           absl::Nanoseconds(retry.retry_delay().nanos());
  } else if (detail.UnpackTo(&bad)) {
    for (const auto& violation : bad.field_violations()) {
      failure->fields.emplace_back(violation.field(), violation.description());
    }
  }
}

// The service always gives a reason: without one, it was the channel's word.
bool IsUnreachable(absl::StatusCode code, const Failure& failure) {
  return failure.reason.empty() &&
         (code == absl::StatusCode::kUnavailable ||
          code == absl::StatusCode::kDeadlineExceeded);
}

}  // namespace

absl::Status UsageError(absl::string_view message) {
  absl::Status status = absl::InvalidArgumentError(message);
  status.SetPayload(kUsageUrl, absl::Cord());
  return status;
}

absl::Status RpcError(int code, absl::string_view message,
                      absl::string_view details) {
  absl::Status status(static_cast<absl::StatusCode>(code), message);
  if (status.ok()) status = absl::UnknownError(message);
  status.SetPayload(kRpcUrl, absl::Cord(details));
  return status;
}

Failure ReadFailure(const absl::Status& status) {
  Failure failure;
  failure.code = absl::StatusCodeToString(status.code());
  failure.message = std::string(status.message());
  if (status.GetPayload(kUsageUrl).has_value()) failure.exit_code = kExitUsage;
  const auto details = status.GetPayload(kRpcUrl);
  if (!details.has_value()) return failure;
  google::rpc::Status rich;
  if (rich.ParseFromString(std::string(*details))) {
    for (const auto& detail : rich.details()) ReadDetail(detail, &failure);
  }
  if (IsUnreachable(status.code(), failure)) {
    failure.exit_code = kExitUnreachable;
  }
  return failure;
}

bool IsReason(const absl::Status& status, absl::string_view reason) {
  return !status.ok() && ReadFailure(status).reason == reason;
}

}  // namespace latchkey
