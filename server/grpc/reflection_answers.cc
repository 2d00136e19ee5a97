#include "server/grpc/reflection_answers.h"

#include <utility>

#include "google/protobuf/descriptor.pb.h"

namespace latchkey {
namespace {

namespace v1 = grpc::reflection::v1;

// Canonical codes, as in google.rpc.Code.
constexpr int kInvalidArgument = 3;
constexpr int kNotFound = 5;

void SetError(int code, const char* message,
              v1::ServerReflectionResponse* response) {
  response->mutable_error_response()->set_error_code(code);
  response->mutable_error_response()->set_error_message(message);
}

// Adds `file` after everything it imports.
void AddFile(const google::protobuf::FileDescriptor* file,
             std::set<std::string>* sent, v1::FileDescriptorResponse* out) {
  if (!sent->insert(file->name()).second) return;
  for (int i = 0; i < file->dependency_count(); ++i) {
    AddFile(file->dependency(i), sent, out);
  }
  google::protobuf::FileDescriptorProto proto;
  file->CopyTo(&proto);
  out->add_file_descriptor_proto(proto.SerializeAsString());
}

void AnswerFile(const google::protobuf::FileDescriptor* file,
                std::set<std::string>* sent,
                v1::ServerReflectionResponse* response) {
  if (file == nullptr) {
    SetError(kNotFound, "not found", response);
    return;
  }
  AddFile(file, sent, response->mutable_file_descriptor_response());
}

}  // namespace

ReflectionAnswers::ReflectionAnswers(std::vector<std::string> services)
    : services_(std::move(services)),
      pool_(google::protobuf::DescriptorPool::generated_pool()) {}

void ReflectionAnswers::Answer(const Request& request,
                               std::set<std::string>* sent,
                               Response* response) const {
  response->set_valid_host(request.host());
  *response->mutable_original_request() = request;
  switch (request.message_request_case()) {
    case Request::kFileByFilename:
      AnswerFile(pool_->FindFileByName(request.file_by_filename()), sent,
                 response);
      return;
    case Request::kFileContainingSymbol:
      AnswerFile(
          pool_->FindFileContainingSymbol(request.file_containing_symbol()),
          sent, response);
      return;
    case Request::kFileContainingExtension: {
      const v1::ExtensionRequest& asked = request.file_containing_extension();
      const auto* type = pool_->FindMessageTypeByName(asked.containing_type());
      const auto* extension =
          type == nullptr
              ? nullptr
              : pool_->FindExtensionByNumber(type, asked.extension_number());
      AnswerFile(extension == nullptr ? nullptr : extension->file(), sent,
                 response);
      return;
    }
    case Request::kAllExtensionNumbersOfType:
      ListExtensions(request.all_extension_numbers_of_type(), response);
      return;
    case Request::kListServices:
      ListServices(response);
      return;
    case Request::MESSAGE_REQUEST_NOT_SET:
      break;
  }
  SetError(kInvalidArgument, "nothing was asked", response);
}

void ReflectionAnswers::ListServices(Response* response) const {
  auto* list = response->mutable_list_services_response();
  for (const std::string& name : services_) list->add_service()->set_name(name);
}

void ReflectionAnswers::ListExtensions(const std::string& type,
                                       Response* response) const {
  const auto* message = pool_->FindMessageTypeByName(type);
  if (message == nullptr) {
    SetError(kNotFound, "not found", response);
    return;
  }
  std::vector<const google::protobuf::FieldDescriptor*> extensions;
  pool_->FindAllExtensions(message, &extensions);
  auto* numbers = response->mutable_all_extension_numbers_response();
  numbers->set_base_type_name(type);
  for (const auto* extension : extensions) {
    numbers->add_extension_number(extension->number());
  }
}

}  // namespace latchkey
