#include "server/grpc/grpc_adapter.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "core/base/reason.h"
#include "grpcpp/impl/codegen/server_callback_handlers.h"
#include "grpcpp/impl/rpc_service_method.h"
#include "grpcpp/security/auth_context.h"
#include "server/grpc/byte_buffer.h"
#include "server/grpc/grpc_stream.h"
#include "server/grpc/peer_name.h"

namespace latchkey {
namespace {

constexpr size_t kMaxMetadataEntries = 100;
// RFC 9113 §6.5.2 counts an entry's overhead so.
constexpr size_t kEntryOverhead = 32;
constexpr char kAuthorization[] = "authorization";
// GRPC_X509_SAN_PROPERTY_NAME: DNS names, URIs, addresses, all of them.
constexpr char kSanProperty[] = "x509_subject_alternative_name";

std::string ServiceName(absl::string_view path) {
  return std::string(path.substr(1, path.rfind('/') - 1));
}

uint64_t RandomStart(Random* random) {
  uint64_t start = 0;
  random->Fill(
      absl::MakeSpan(reinterpret_cast<uint8_t*>(&start), sizeof(start)));
  return start;
}

// SplitMix64 (Steele, Lea, Flood 2014): one to one, so ids do not repeat.
uint64_t Scatter(uint64_t x) {
  x += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

absl::string_view View(const grpc::string_ref& text) {
  return absl::string_view(text.data(), text.size());
}

}  // namespace

// TableService is a grpc::Service without generated code.
class GrpcAdapter::TableService final : public grpc::Service {
 public:
  void Add(GrpcAdapter* adapter, const Method* method) {
    if (method->stream) return AddStream(adapter, method);
    using Handler = grpc::internal::CallbackUnaryHandler<grpc::ByteBuffer,
                                                         grpc::ByteBuffer>;
    // gRPC owns both.
    AddMethod(new grpc::internal::RpcServiceMethod(
        method->path.c_str(), grpc::internal::RpcMethod::NORMAL_RPC, nullptr));
    MarkMethodRawCallback(
        count_++,
        new Handler([adapter, method](grpc::CallbackServerContext* context,
                                      const grpc::ByteBuffer* request,
                                      grpc::ByteBuffer* response) {
          return adapter->Serve(method, context, *request, response);
        }));
  }

 private:
  void AddStream(GrpcAdapter* adapter, const Method* method) {
    using Handler =
        grpc::internal::CallbackServerStreamingHandler<grpc::ByteBuffer,
                                                       grpc::ByteBuffer>;
    AddMethod(new grpc::internal::RpcServiceMethod(
        method->path.c_str(), grpc::internal::RpcMethod::SERVER_STREAMING,
        nullptr));
    MarkMethodRawCallback(
        count_++,
        new Handler([adapter, method](grpc::CallbackServerContext* context,
                                      const grpc::ByteBuffer* request) {
          return adapter->ServeStream(method, context, *request);
        }));
  }

  int count_ = 0;
};

GrpcAdapter::GrpcAdapter(Options options)
    : options_(std::move(options)),
      next_request_(RandomStart(options_.random)) {
  for (const Method* method : options_.methods->methods()) {
    if (std::find(options_.groups.begin(), options_.groups.end(),
                  method->group) == options_.groups.end()) {
      continue;
    }
    const std::string name = ServiceName(method->path);
    const auto found = std::find(names_.begin(), names_.end(), name);
    const size_t index = static_cast<size_t>(found - names_.begin());
    if (found == names_.end()) {
      names_.push_back(name);
      services_.push_back(std::make_unique<TableService>());
    }
    services_[index]->Add(this, method);
  }
}

GrpcAdapter::~GrpcAdapter() = default;

std::vector<grpc::Service*> GrpcAdapter::services() const {
  std::vector<grpc::Service*> result;
  for (const auto& service : services_) result.push_back(service.get());
  return result;
}

grpc::ServerUnaryReactor* GrpcAdapter::Serve(
    const Method* method, grpc::CallbackServerContext* context,
    const grpc::ByteBuffer& request, grpc::ByteBuffer* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  GrpcCall* call = pool_.Take();
  call->Begin({method, context, reactor, response});
  FillContext(context, call->mutable_context());
  absl::Status refused = ReadMetadata(*context, call->mutable_context());
  if (refused.ok() && request.Length() > method->max_request_bytes) {
    refused = Error(Reason::kRequestTooLarge, "message");
  }
  if (refused.ok() && !ParseBuffer(request, call->mutable_request())) {
    refused = InvalidField(
        "body",
        absl::StrCat("must be a ", call->mutable_request()->GetTypeName()));
  }
  if (refused.ok()) {
    options_.dispatcher->Run(call);
  } else {
    options_.dispatcher->Refuse(call, refused);
  }
  return reactor;
}

// The caller's deadline is gRPC's to keep: a stream without one has none.
grpc::ServerWriteReactor<grpc::ByteBuffer>* GrpcAdapter::ServeStream(
    const Method* method, grpc::CallbackServerContext* context,
    const grpc::ByteBuffer& request) {
  const std::shared_ptr<GrpcStream> stream = GrpcStream::Make(
      [this, method](const RpcContext& call, const absl::Status& status) {
        options_.dispatcher->Count(*method, call, status);
      });
  RpcContext* const call = stream->mutable_context();
  FillContext(context, call);
  // Outlives what it would ask.
  call->call.cancelled = nullptr;
  absl::Status refused = ReadMetadata(*context, call);
  if (refused.ok() && request.Length() > method->max_request_bytes) {
    refused = Error(Reason::kRequestTooLarge, "message");
  }
  const std::unique_ptr<google::protobuf::Message> message(
      method->request->New());
  if (refused.ok() && !ParseBuffer(request, message.get())) {
    refused = InvalidField("body",
                           absl::StrCat("must be a ", message->GetTypeName()));
  }
  if (refused.ok()) {
    method->stream(*message, *call, stream);
  } else {
    stream->Finish(refused);
  }
  return stream.get();  // shares itself until gRPC is done with it
}

absl::Status GrpcAdapter::ReadMetadata(
    const grpc::CallbackServerContext& context, RpcContext* out) const {
  const auto& metadata = context.client_metadata();
  if (metadata.size() > kMaxMetadataEntries) {
    return Error(Reason::kRequestTooLarge, "too many metadata entries");
  }
  size_t bytes = 0;
  for (const auto& [key, value] : metadata) {
    bytes += key.size() + value.size() + kEntryOverhead;
    if (View(key) == kAuthorization) {
      out->authorization.emplace_back(value.data(), value.size());
    }
  }
  if (bytes > options_.max_metadata_bytes) {
    return Error(Reason::kRequestTooLarge, "metadata");
  }
  return absl::OkStatus();
}

void GrpcAdapter::FillContext(const grpc::CallbackServerContext* context,
                              RpcContext* out) {
  CallContext& call = out->call;
  call.peer = PeerName(context->peer());
  call.request_id = absl::StrCat(
      absl::Hex(Scatter(next_request_.fetch_add(1, std::memory_order_relaxed)),
                absl::kZeroPad16));
  call.started = options_.clock->TimeNow();
  call.deadline = Deadline(*context, call.started);
  call.cancelled = [context] { return context->IsCancelled(); };
  out->admin_peer = AdminPeer(*context);
  out->peer_is_admin = !out->admin_peer.empty();
}

absl::Time GrpcAdapter::Deadline(const grpc::CallbackServerContext& context,
                                 absl::Time now) const {
  const auto asked = context.deadline();
  if (asked == std::chrono::system_clock::time_point::max()) {
    return now + options_.default_deadline;
  }
  return std::min(absl::FromChrono(asked), now + options_.max_deadline);
}

std::string GrpcAdapter::AdminPeer(
    const grpc::CallbackServerContext& context) const {
  if (options_.admin_uids != nullptr) {
    return options_.admin_uids->NameOf(context.peer());
  }
  if (options_.admin_sans.empty()) return "";
  const std::shared_ptr<const grpc::AuthContext> peer = context.auth_context();
  if (peer == nullptr || !peer->IsPeerAuthenticated()) return "";
  for (const grpc::string_ref& name : peer->FindPropertyValues(kSanProperty)) {
    for (const std::string& allowed : options_.admin_sans) {
      if (View(name) == allowed) return absl::StrCat("san:", allowed);
    }
  }
  return "";
}

}  // namespace latchkey
