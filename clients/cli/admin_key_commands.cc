// `latchkey admin-key`: works offline.
#include <memory>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "clients/cli/command.h"
#include "clients/cli/failure.h"
#include "core/base/base64url.h"
#include "core/crypto/digest.h"

namespace latchkey {
namespace {

constexpr size_t kKeyBytes = 32;
constexpr size_t kMaxId = 64;

constexpr CommandText kAdminKey = {"admin-key", "keys of administrators",
                                   "latchkey admin-key create --id=ops"};
constexpr CommandText kCreate = {
    "create",
    "make an admin key; it is shown once, the configuration gets its hash",
    "latchkey admin-key create --id=ops"};

bool IsName(absl::string_view id) {
  for (const char c : id) {
    const auto byte = static_cast<unsigned char>(c);
    if (!absl::ascii_isalnum(byte) && c != '_' && c != '-') return false;
  }
  return !id.empty() && id.size() <= kMaxId;
}

absl::StatusOr<int> Create(const std::string& id, Context* context) {
  if (!IsName(id)) {
    return UsageError("--id: 1-64 ASCII letters, digits, \"_\" or \"-\"");
  }
  const std::string key =
      absl::StrCat("lka_", id, "_",
                   Base64UrlEncode(context->world().random->Bytes(kKeyBytes)));
  const std::string hash = absl::BytesToHexString(AsStringView(Sha256(key)));
  const std::string yaml = absl::StrCat("{id: ", id, ", sha256: ", hash, "}");
  if (context->output().is_json()) {
    context->output().PrintObject(json::Value::Object{
        {"id", id}, {"key", key}, {"sha256", hash}, {"config", yaml}});
    return kExitOk;
  }
  context->output().Say("The key, shown only now; keep it in a file (0600):");
  context->output().Say(key);
  context->output().Say("For the configuration, under admin.keys:");
  context->output().Say(absl::StrCat("    - ", yaml));
  return kExitOk;
}

}  // namespace

void AddAdminKeyCommands(CLI::App* root, Context* context) {
  CLI::App* group = AddGroup(root, kAdminKey);
  auto id = std::make_shared<std::string>("admin");
  CLI::App* create = AddCommand(group, kCreate, context,
                                [id, context] { return Create(*id, context); });
  create->add_option("--id,ID", *id, "name of the key")->capture_default_str();
}

}  // namespace latchkey
