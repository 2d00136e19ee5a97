#include "server/rpc/status_mapping.h"

#include <optional>
#include <vector>

#include "core/base/reason.h"
#include "google/protobuf/util/time_util.h"
#include "google/rpc/error_details.pb.h"

namespace latchkey {
namespace {

constexpr char kDomain[] = "latchkey";

void AddFieldDetails(const absl::Status& status, google::rpc::Status* wire) {
  const std::vector<FieldViolation> violations = GetFieldViolations(status);
  if (violations.empty()) return;
  google::rpc::BadRequest bad_request;
  for (const FieldViolation& violation : violations) {
    auto* field = bad_request.add_field_violations();
    field->set_field(violation.field);
    field->set_description(violation.description);
  }
  wire->add_details()->PackFrom(bad_request);
}

void AddRetryDetails(const absl::Status& status, google::rpc::Status* wire) {
  const std::optional<absl::Duration> delay = GetRetryAfter(status);
  if (!delay.has_value()) return;
  google::rpc::RetryInfo retry;
  *retry.mutable_retry_delay() =
      google::protobuf::util::TimeUtil::MillisecondsToDuration(
          absl::ToInt64Milliseconds(*delay));
  wire->add_details()->PackFrom(retry);
}

}  // namespace

google::rpc::Status ToWireStatus(const absl::Status& status) {
  const ReasonInfo& info = GetReasonInfo(GetReason(status));
  google::rpc::Status wire;
  wire.set_code(static_cast<int>(info.code));
  wire.set_message(std::string(info.public_text));
  google::rpc::ErrorInfo error;
  error.set_reason(std::string(info.name));
  error.set_domain(kDomain);
  wire.add_details()->PackFrom(error);
  AddFieldDetails(status, &wire);
  AddRetryDetails(status, &wire);
  return wire;
}

}  // namespace latchkey
