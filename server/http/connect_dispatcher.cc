#include "server/http/connect_dispatcher.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "core/base/base64url.h"
#include "core/base/reason.h"
#include "google/protobuf/util/json_util.h"
#include "server/http/connect_error.h"
#include "server/http/connect_json.h"

namespace latchkey {
namespace {

enum class Codec { kJson, kProto };

// The media type without parameters ("application/json; charset=utf-8").
std::optional<Codec> ReadCodec(absl::string_view content_type) {
  const absl::string_view type = absl::StripAsciiWhitespace(
      content_type.substr(0, content_type.find(';')));
  const std::string lower = absl::AsciiStrToLower(type);
  if (lower == "application/json") return Codec::kJson;
  if (lower == "application/proto") return Codec::kProto;
  return std::nullopt;
}

HttpReply UnsupportedMediaType() {
  HttpReply reply;
  reply.status = 415;
  reply.content_type = "text/plain; charset=utf-8";
  reply.headers = {{"Accept-Post", "application/json, application/proto"}};
  reply.body = "Use Content-Type: application/json or application/proto.\n";
  return reply;
}

absl::Status CheckProtocol(const HttpRequest& request) {
  const absl::string_view version = request.Header("connect-protocol-version");
  if (!version.empty() && version != "1") {
    return InvalidField("connect-protocol-version", "must be 1 or absent");
  }
  const absl::string_view encoding = request.Header("content-encoding");
  if (!encoding.empty() && encoding != "identity") {
    return Error(Reason::kUnimplemented, "compressed request");
  }
  return absl::OkStatus();
}

absl::Status ReadBinary(const std::string& body,
                        google::protobuf::Message* message) {
  if (message->ParseFromString(body)) return absl::OkStatus();
  return InvalidField("body", absl::StrCat("must be a ", message->GetTypeName(),
                                           " in binary form"));
}

HttpReply Success(Codec codec, const google::protobuf::Message& message) {
  HttpReply reply;
  reply.headers = {{"Cache-Control", "no-store"}};
  if (codec == Codec::kProto) {
    reply.content_type = "application/proto";
    message.SerializeToString(&reply.body);
    return reply;
  }
  reply.content_type = "application/json";
  if (!google::protobuf::util::MessageToJsonString(message, &reply.body).ok()) {
    return ConnectError(Error(Reason::kInternal, "response is not JSON"));
  }
  return reply;
}

}  // namespace

// One call, from the request to the reply.
class ConnectDispatcher::Call final : public RpcCall {
 public:
  Call(const Method* method, Codec codec, std::function<void(HttpReply)> reply)
      : method_(method),
        codec_(codec),
        reply_(std::move(reply)),
        request_(method->request->New()),
        response_(method->response->New()) {}

  absl::Status Read(const std::string& body) {
    return codec_ == Codec::kProto
               ? ReadBinary(body, request_.get())
               : ReadConnectJson(body, method_->max_request_bytes,
                                 request_.get());
  }
  RpcContext* mutable_context() { return &context_; }

  const Method& method() const override { return *method_; }
  const RpcContext& context() const override { return context_; }
  const google::protobuf::Message& request() const override {
    return *request_;
  }
  google::protobuf::Message* response() override { return response_.get(); }
  void Finish(const absl::Status& status) override {
    reply_(status.ok() ? Success(codec_, *response_) : ConnectError(status));
    delete this;
  }

 private:
  const Method* const method_;
  const Codec codec_;
  const std::function<void(HttpReply)> reply_;
  RpcContext context_;
  const std::unique_ptr<google::protobuf::Message> request_;
  const std::unique_ptr<google::protobuf::Message> response_;
};

namespace {

// The caller's timeout (at most 10 digits of milliseconds), capped.
absl::StatusOr<absl::Duration> ReadTimeout(const HttpRequest& request,
                                           const LimitsConfig& limits) {
  const absl::string_view text = request.Header("connect-timeout-ms");
  if (text.empty()) return limits.default_deadline;
  int64_t milliseconds = 0;
  if (text.size() > 10 || !absl::SimpleAtoi(text, &milliseconds) ||
      milliseconds < 0) {
    return InvalidField("connect-timeout-ms",
                        "must be at most 10 decimal digits");
  }
  return std::min(absl::Milliseconds(milliseconds), limits.max_deadline);
}

}  // namespace

ConnectDispatcher::ConnectDispatcher(Deps deps, const LimitsConfig& limits)
    : deps_(deps), limits_(limits) {}

const Method* ConnectDispatcher::FindServed(absl::string_view path) const {
  const Method* method = deps_.methods->Find(path);
  if (method == nullptr) return nullptr;
  const bool served =
      (method->group == ServiceGroup::kAuth && deps_.serve_auth) ||
      (method->group == ServiceGroup::kAdmin && deps_.serve_admin);
  return served ? method : nullptr;
}

bool ConnectDispatcher::Serves(absl::string_view path) const {
  return FindServed(path) != nullptr;
}

std::optional<size_t> ConnectDispatcher::BodyLimit(
    absl::string_view path) const {
  const Method* method = FindServed(path);
  if (method == nullptr) return std::nullopt;
  return method->max_request_bytes;
}

size_t ConnectDispatcher::MaxBodyLimit() const {
  size_t limit = 0;
  for (const Method* method : deps_.methods->methods()) {
    limit = std::max(limit, BodyLimit(method->path).value_or(0));
  }
  return limit;
}

void ConnectDispatcher::Handle(HttpRequest request,
                               std::function<void(HttpReply)> reply) {
  const Method* method = FindServed(request.path);
  if (method == nullptr) {
    HttpReply unknown = ConnectError(Error(Reason::kUnimplemented, "no RPC"));
    unknown.status = 404;
    reply(std::move(unknown));
    return;
  }
  const std::optional<Codec> codec = ReadCodec(request.Header("content-type"));
  if (!codec.has_value()) {
    reply(UnsupportedMediaType());
    return;
  }
  if (request.body.size() > method->max_request_bytes) {
    reply(ConnectTooLarge(413));
    return;
  }
  const absl::StatusOr<absl::Duration> timeout = ReadTimeout(request, limits_);
  absl::Status status = CheckProtocol(request);
  if (status.ok()) status = timeout.status();
  if (!status.ok()) {
    reply(ConnectError(status));
    return;
  }
  auto call = std::make_unique<Call>(method, *codec, std::move(reply));
  RpcContext* context = call->mutable_context();
  context->call.started = deps_.clock->TimeNow();
  context->call.deadline = context->call.started + *timeout;
  context->call.peer = request.peer;
  context->call.cancelled = request.cancelled;
  context->call.request_id = Base64UrlEncode(deps_.random->Bytes(12));
  for (const auto& [name, value] : request.headers) {
    if (name == "authorization") context->authorization.push_back(value);
  }
  const absl::Status parsed = call->Read(request.body);
  if (!parsed.ok()) {
    deps_.dispatcher->Refuse(call.release(), parsed);
    return;
  }
  deps_.dispatcher->Run(call.release());
}

}  // namespace latchkey
