#include "tests/fuzz/requests.h"

#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "google/protobuf/stubs/logging.h"
#include "latchkey/v1/auth_service.pb.h"
#include "latchkey/v1/provider_admin_service.pb.h"
#include "latchkey/v1/user_admin_service.pb.h"
#include "latchkey/v1/user_api_key_service.pb.h"

namespace latchkey {

namespace pb = ::google::protobuf;

std::unique_ptr<pb::Message> NewRequest(absl::string_view* input) {
  // Or a line on stderr for each text that is not UTF-8.
  [[maybe_unused]] static pb::LogHandler* const before =
      pb::SetLogHandler(nullptr);
  const char first = input->empty() ? '0' : input->front();
  input->remove_prefix(input->empty() ? 0 : 1);
  switch (static_cast<unsigned char>(first) % 8) {
    case 0:  // '0'
      return std::make_unique<v1::LoginRequest>();
    case 1:
      return std::make_unique<v1::VerifyRequest>();
    case 2:
      return std::make_unique<v1::BatchVerifyRequest>();
    case 3:
      return std::make_unique<v1::LinkIdentityRequest>();
    case 4:
      return std::make_unique<v1::CreateUserRequest>();
    case 5:
      return std::make_unique<v1::ListUsersRequest>();
    case 6:
      return std::make_unique<v1::VerifyResponse>();  // times, maps, claims
    default:
      return std::make_unique<v1::CreateServerApiKeyRequest>();
  }
}

std::string InOneOrder(const pb::Message& message) {
  std::string bytes;
  pb::io::StringOutputStream stream(&bytes);
  pb::io::CodedOutputStream out(&stream);
  out.SetSerializationDeterministic(true);
  message.SerializeToCodedStream(&out);
  out.Trim();
  return bytes;
}

}  // namespace latchkey
