#include "server/http/connect_error.h"

#include <memory>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "core/base/reason.h"
#include "core/json/json.h"
#include "google/protobuf/any.pb.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "google/protobuf/util/json_util.h"
#include "google/rpc/status.pb.h"
#include "server/rpc/status_mapping.h"

namespace latchkey {
namespace {

struct ConnectCode {
  const char* name;
  int http_status;
};

ConnectCode CodeOf(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kCancelled:
      return {"canceled", 499};
    case absl::StatusCode::kInvalidArgument:
      return {"invalid_argument", 400};
    case absl::StatusCode::kDeadlineExceeded:
      return {"deadline_exceeded", 504};
    case absl::StatusCode::kNotFound:
      return {"not_found", 404};
    case absl::StatusCode::kAlreadyExists:
      return {"already_exists", 409};
    case absl::StatusCode::kPermissionDenied:
      return {"permission_denied", 403};
    case absl::StatusCode::kResourceExhausted:
      return {"resource_exhausted", 429};
    case absl::StatusCode::kFailedPrecondition:
      return {"failed_precondition", 400};
    case absl::StatusCode::kAborted:
      return {"aborted", 409};
    case absl::StatusCode::kOutOfRange:
      return {"out_of_range", 400};
    case absl::StatusCode::kUnimplemented:
      return {"unimplemented", 501};
    case absl::StatusCode::kInternal:
      return {"internal", 500};
    case absl::StatusCode::kUnavailable:
      return {"unavailable", 503};
    case absl::StatusCode::kDataLoss:
      return {"data_loss", 500};
    case absl::StatusCode::kUnauthenticated:
      return {"unauthenticated", 401};
    default:
      return {"unknown", 500};
  }
}

// The detail as readable JSON beside its binary form, when its type is known.
json::Value DebugOf(const google::protobuf::Any& any) {
  const std::string type(
      absl::StripPrefix(any.type_url(), "type.googleapis.com/"));
  const google::protobuf::Descriptor* descriptor =
      google::protobuf::DescriptorPool::generated_pool()->FindMessageTypeByName(
          type);
  if (descriptor == nullptr) return json::Value();
  const std::unique_ptr<google::protobuf::Message> message(
      google::protobuf::MessageFactory::generated_factory()
          ->GetPrototype(descriptor)
          ->New());
  std::string text;
  if (!any.UnpackTo(message.get()) ||
      !google::protobuf::util::MessageToJsonString(*message, &text).ok()) {
    return json::Value();
  }
  const absl::StatusOr<json::Value> value = json::Parse(text);
  return value.ok() ? *value : json::Value();
}

json::Value DetailOf(const google::protobuf::Any& any) {
  json::Value detail{json::Value::Object()};
  detail.Set("type", std::string(absl::StripPrefix(any.type_url(),
                                                   "type.googleapis.com/")));
  // Connect wants the standard alphabet without padding.
  std::string value = absl::Base64Escape(any.value());
  while (!value.empty() && value.back() == '=') value.pop_back();
  detail.Set("value", value);
  json::Value debug = DebugOf(any);
  if (!debug.is_null()) detail.Set("debug", std::move(debug));
  return detail;
}

}  // namespace

HttpReply ConnectError(const absl::Status& status) {
  const google::rpc::Status wire = ToWireStatus(status);
  const ConnectCode code = CodeOf(static_cast<absl::StatusCode>(wire.code()));
  json::Value body{json::Value::Object()};
  body.Set("code", code.name);
  body.Set("message", wire.message());
  json::Value::Array details;
  for (const google::protobuf::Any& any : wire.details()) {
    details.push_back(DetailOf(any));
  }
  body.Set("details", json::Value(std::move(details)));
  HttpReply reply;
  reply.status = code.http_status;
  reply.content_type = "application/json";
  reply.headers = {{"Cache-Control", "no-store"}};
  reply.body = json::Write(body);
  return reply;
}

HttpReply ConnectTooLarge(int http_status) {
  HttpReply reply = ConnectError(Error(Reason::kRequestTooLarge, "HTTP"));
  reply.status = http_status;
  return reply;
}

}  // namespace latchkey
