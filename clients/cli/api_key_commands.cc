// apikeys: the caller's own, and the keys of servers.
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "clients/cli/command.h"
#include "clients/cli/failure.h"
#include "core/base/status_macros.h"
#include "latchkey/v1/user_admin_service.pb.h"
#include "latchkey/v1/user_api_key_service.pb.h"

namespace latchkey {
namespace {

constexpr CommandText kApiKeys = {
    "apikeys", "manage your own API keys, or those of servers",
    "latchkey apikeys create laptop\n"
    "latchkey apikeys list\n"
    "latchkey apikeys server create billing --app=myapp-abcde"};
constexpr CommandText kServer = {
    "server", "administer the API keys of servers",
    "latchkey apikeys server create billing --app=myapp-abcde\n"
    "latchkey apikeys server list --app=myapp-abcde"};

const std::vector<Column>& KeyColumns() {
  static const auto* const columns =
      new std::vector<Column>{{"ID", "id"},
                              {"NAME", "name"},
                              {"DISABLED", "disabled"},
                              {"CREATED", "createdAt"},
                              {"LAST USED", "lastUsedAt"}};
  return *columns;
}

// How a kind of key is called for: by its user, or by an administrator.
struct UserKeys {
  static constexpr char kPrefix[] = "latchkey apikeys ";
  static constexpr char kSuffix[] = "";
  static constexpr char kCreate[] =
      "latchkey.v1.UserApiKeyService/CreateApiKey";
  static constexpr char kList[] = "latchkey.v1.UserApiKeyService/ListApiKeys";
  static constexpr char kGet[] = "latchkey.v1.UserApiKeyService/GetApiKey";
  static constexpr char kEnable[] =
      "latchkey.v1.UserApiKeyService/EnableApiKey";
  static constexpr char kDisable[] =
      "latchkey.v1.UserApiKeyService/DisableApiKey";
  static constexpr char kDelete[] =
      "latchkey.v1.UserApiKeyService/DeleteApiKey";
  using CreateRequest = v1::CreateApiKeyRequest;
  using CreateResponse = v1::CreateApiKeyResponse;
  using ListRequest = v1::ListApiKeysRequest;
  using ListResponse = v1::ListApiKeysResponse;
  using GetRequest = v1::GetApiKeyRequest;
  using GetResponse = v1::GetApiKeyResponse;
  using EnableRequest = v1::EnableApiKeyRequest;
  using EnableResponse = v1::EnableApiKeyResponse;
  using DisableRequest = v1::DisableApiKeyRequest;
  using DisableResponse = v1::DisableApiKeyResponse;
  using DeleteRequest = v1::DeleteApiKeyRequest;
  using DeleteResponse = v1::DeleteApiKeyResponse;

  template <typename Request>
  static absl::Status Prepare(Context*, Request*) {
    return absl::OkStatus();
  }
  static absl::Status Call(Context* context, const char* method,
                           const Context::Message& request,
                           Context::Message* response) {
    return context->CallAsUser(method, request, response);
  }
};

struct ServerKeys {
  static constexpr char kPrefix[] = "latchkey apikeys server ";
  static constexpr char kSuffix[] = " --app=myapp-abcde";
  static constexpr char kCreate[] =
      "latchkey.v1.UserAdminService/CreateServerApiKey";
  static constexpr char kList[] =
      "latchkey.v1.UserAdminService/ListServerApiKeys";
  static constexpr char kGet[] = "latchkey.v1.UserAdminService/GetServerApiKey";
  static constexpr char kEnable[] =
      "latchkey.v1.UserAdminService/EnableServerApiKey";
  static constexpr char kDisable[] =
      "latchkey.v1.UserAdminService/DisableServerApiKey";
  static constexpr char kDelete[] =
      "latchkey.v1.UserAdminService/DeleteServerApiKey";
  using CreateRequest = v1::CreateServerApiKeyRequest;
  using CreateResponse = v1::CreateServerApiKeyResponse;
  using ListRequest = v1::ListServerApiKeysRequest;
  using ListResponse = v1::ListServerApiKeysResponse;
  using GetRequest = v1::GetServerApiKeyRequest;
  using GetResponse = v1::GetServerApiKeyResponse;
  using EnableRequest = v1::EnableServerApiKeyRequest;
  using EnableResponse = v1::EnableServerApiKeyResponse;
  using DisableRequest = v1::DisableServerApiKeyRequest;
  using DisableResponse = v1::DisableServerApiKeyResponse;
  using DeleteRequest = v1::DeleteServerApiKeyRequest;
  using DeleteResponse = v1::DeleteServerApiKeyResponse;

  template <typename Request>
  static absl::Status Prepare(Context* context, Request* request) {
    ASSIGN_OR_RETURN(*request->mutable_app(), context->App());
    return absl::OkStatus();
  }
  static absl::Status Call(Context* context, const char* method,
                           const Context::Message& request,
                           Context::Message* response) {
    return context->CallAsAdmin(method, request, response);
  }
};

template <typename Keys>
std::string Example(const char* rest) {
  return absl::StrCat(Keys::kPrefix, rest, Keys::kSuffix);
}

template <typename Keys>
absl::StatusOr<int> Create(const std::string& name, Context* context) {
  typename Keys::CreateRequest request;
  RETURN_IF_ERROR(Keys::Prepare(context, &request));
  request.set_name(name);
  typename Keys::CreateResponse response;
  RETURN_IF_ERROR(Keys::Call(context, Keys::kCreate, request, &response));
  context->output().Say("The key is shown only now:");
  context->output().PrintObject(MessageJson(response));
  return kExitOk;
}

template <typename Keys>
absl::StatusOr<int> List(Context* context) {
  typename Keys::ListRequest request;
  RETURN_IF_ERROR(Keys::Prepare(context, &request));
  typename Keys::ListResponse response;
  RETURN_IF_ERROR(Keys::Call(context, Keys::kList, request, &response));
  context->output().PrintList(MessageJson(response), "apiKeys", KeyColumns());
  return kExitOk;
}

// One call of a key by its id.
template <typename Keys, typename Request, typename Response>
void AddById(CLI::App* group, const CommandText& text, const char* method,
             Context* context) {
  auto id = std::make_shared<std::string>();
  CLI::App* command = AddCommand(
      group, text, context, [id, method, context]() -> absl::StatusOr<int> {
        Request request;
        RETURN_IF_ERROR(Keys::Prepare(context, &request));
        request.set_id(*id);
        Response response;
        RETURN_IF_ERROR(Keys::Call(context, method, request, &response));
        context->output().PrintObject(MessageJson(response));
        return kExitOk;
      });
  command->add_option("ID", *id, "id of the key")->required();
}

template <typename K>
void AddCalls(CLI::App* group, Context* context) {
  constexpr char kId[] = " 65f0c0ffee65f0c0ffee0001";
  const auto example = [&kId](const char* verb) {
    return Example<K>(absl::StrCat(verb, kId).c_str());
  };
  auto name = std::make_shared<std::string>();
  const std::string create_example = Example<K>("create laptop");
  CLI::App* create = AddCommand(
      group, {"create", "make a key; it is shown once", create_example.c_str()},
      context, [name, context] { return Create<K>(*name, context); });
  create->add_option("NAME", *name, "1-64 letters, digits, \"_\" or \"-\"")
      ->required();
  const std::string list_example = Example<K>("list");
  AddCommand(group, {"list", "list the keys", list_example.c_str()}, context,
             [context] { return List<K>(context); });
  AddById<K, typename K::GetRequest, typename K::GetResponse>(
      group, {"get", "show a key", example("get").c_str()}, K::kGet, context);
  AddById<K, typename K::EnableRequest, typename K::EnableResponse>(
      group, {"enable", "let a key log in again", example("enable").c_str()},
      K::kEnable, context);
  AddById<K, typename K::DisableRequest, typename K::DisableResponse>(
      group,
      {"disable", "keep a key from logging in", example("disable").c_str()},
      K::kDisable, context);
  AddById<K, typename K::DeleteRequest, typename K::DeleteResponse>(
      group, {"delete", "delete a key for ever", example("delete").c_str()},
      K::kDelete, context);
}

}  // namespace

void AddApiKeyCommands(CLI::App* root, Context* context) {
  CLI::App* own = AddGroup(root, kApiKeys);
  AddCalls<UserKeys>(own, context);
  AddCalls<ServerKeys>(AddGroup(own, kServer), context);
}

}  // namespace latchkey
