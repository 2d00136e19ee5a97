#include "server/grpc/reflection_service.h"

#include <set>

#include "absl/strings/str_cat.h"
#include "grpc/reflection/v1/reflection.pb.h"
#include "grpcpp/impl/codegen/proto_utils.h"
#include "grpcpp/impl/codegen/server_callback_handlers.h"
#include "grpcpp/impl/rpc_service_method.h"
#include "grpcpp/support/server_callback.h"

namespace latchkey {
namespace {

using Request = grpc::reflection::v1::ServerReflectionRequest;
using Response = grpc::reflection::v1::ServerReflectionResponse;

// A stream may ask this much before it has to begin anew: more than any tool
// asks, and no more than a client may cost.
constexpr int kMaxQuestions = 10'000;

// Stream reads a question, writes its answer, and so on. Deletes itself.
class Stream final : public grpc::ServerBidiReactor<Request, Response> {
 public:
  explicit Stream(const ReflectionAnswers* answers) : answers_(answers) {
    StartRead(&request_);
  }

  void OnReadDone(bool ok) override {
    if (!ok) {
      Finish(grpc::Status::OK);
      return;
    }
    if (++questions_ > kMaxQuestions) {
      Finish(grpc::Status(grpc::StatusCode::RESOURCE_EXHAUSTED,
                          "too many questions on one stream"));
      return;
    }
    response_.Clear();
    answers_->Answer(request_, &sent_, &response_);
    StartWrite(&response_);
  }

  void OnWriteDone(bool ok) override {
    if (!ok) {
      Finish(grpc::Status::OK);
      return;
    }
    StartRead(&request_);
  }

  void OnDone() override { delete this; }

 private:
  const ReflectionAnswers* const answers_;
  int questions_ = 0;
  std::set<std::string> sent_;
  Request request_;
  Response response_;
};

}  // namespace

ReflectionService::ReflectionService(const std::string& name,
                                     const ReflectionAnswers* answers) {
  using Handler = grpc::internal::CallbackBidiHandler<Request, Response>;
  path_ = absl::StrCat("/", name, "/ServerReflectionInfo");
  AddMethod(new grpc::internal::RpcServiceMethod(
      path_.c_str(), grpc::internal::RpcMethod::BIDI_STREAMING, nullptr));
  MarkMethodCallback(0, new Handler([answers](grpc::CallbackServerContext*) {
                       return new Stream(answers);
                     }));
}

}  // namespace latchkey
