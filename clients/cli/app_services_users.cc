// Users of MongoDB App Services: Admin API pages and `appservices users list`.
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "clients/cli/row_fields.h"
#include "clients/cli/user_formats.h"
#include "core/base/ids.h"
#include "core/base/status_macros.h"

namespace latchkey {
namespace {

struct Kind {
  absl::string_view type;
  const char* ours;
};
constexpr Kind kKinds[] = {
    {"anon-user", "anonymous"},      {"local-userpass", "email_password"},
    {"api-key", "api_key"},          {"custom-token", "custom_jwt"},
    {"custom-function", "function"}, {"oauth2-google", "google"},
    {"oauth2-apple", "apple"},       {"oauth2-facebook", "facebook"},
};
constexpr char kEmailPassword[] = "email_password";
constexpr absl::string_view kTableHead = "Provider type: ";

// An id, also as extended JSON writes it: {"$oid": "..."}.
std::string IdOf(json::Node object, absl::string_view name) {
  const std::optional<json::Node> member = object.Find(name);
  if (!member.has_value()) return "";
  if (member->is_object()) return TextOf(*member, "$oid");
  return std::string(member->as_string().value_or(""));
}

absl::Status ReadIdentity(json::Node from, json::Node user,
                          v1::UserTransfer* out) {
  const std::string type = TextOf(from, "provider_type");
  const char* ours = nullptr;
  for (const Kind& kind : kKinds) {
    if (kind.type == type) ours = kind.ours;
  }
  if (ours == nullptr) return BadRow("an identity of an unknown provider_type");
  v1::IdentityTransfer* const identity = out->add_identities();
  identity->set_kind(ours);
  identity->set_subject(IdOf(from, "id"));
  const char* const data =
      from.Find("provider_data") ? "provider_data" : "data";
  identity->set_data_json(ObjectOf(from, data));
  if (type != "local-userpass") return absl::OkStatus();
  // The user's own data has it too.
  const std::optional<json::Node> own = from.Find(data);
  const std::optional<json::Node> all = user.Find("data");
  if (own.has_value()) identity->set_email(TextOf(*own, "email"));
  if (identity->email().empty() && all.has_value()) {
    identity->set_email(TextOf(*all, "email"));
  }
  return absl::OkStatus();
}

absl::Status ReadPending(json::Node row, json::Node login_ids,
                         v1::UserTransfer* out) {
  out->set_registration(true);
  if (!login_ids.is_array()) return BadRow("login_ids is no array");
  for (const json::Node login : login_ids.children()) {
    if (TextOf(login, "id_type") != "email") continue;
    v1::IdentityTransfer* const identity = out->add_identities();
    identity->set_kind(kEmailPassword);
    identity->set_subject(IdOf(row, "_id"));
    identity->set_email(TextOf(login, "id"));
    identity->set_unconfirmed(true);
    return absl::OkStatus();
  }
  return BadRow("a pending user without an address");
}

void ReadTimes(json::Node row, v1::UserTransfer* out) {
  const std::optional<int64_t> made = NumberOf(row, "creation_date");
  if (made.has_value()) out->mutable_created_at()->set_seconds(*made);
  const std::optional<int64_t> login =
      NumberOf(row, "last_authentication_date");
  if (login.value_or(0) > 0) out->mutable_last_login_at()->set_seconds(*login);
}

}  // namespace

absl::Status ReadAppServicesUser(json::Node row, v1::UserTransfer* out) {
  const std::optional<json::Node> login_ids = row.Find("login_ids");
  if (login_ids.has_value()) return ReadPending(row, *login_ids, out);
  for (const char* name : {"_id", "id", "user_id"}) {
    if (out->id().empty()) out->set_id(IdOf(row, name));
  }
  if (out->id().empty()) return BadRow("neither a user nor a pending one");
  if (TextOf(row, "type") == "server") out->set_type(v1::USER_TYPE_SERVER);
  out->set_disabled(FlagOf(row, "disabled"));
  out->set_data_json(ObjectOf(row, "data"));
  out->set_custom_data_json(ObjectOf(row, "custom_data"));
  ReadTimes(row, out);
  const std::optional<json::Node> identities = row.Find("identities");
  if (!identities.has_value()) return absl::OkStatus();
  if (!identities->is_array()) return BadRow("identities is no array");
  for (const json::Node identity : identities->children()) {
    RETURN_IF_ERROR(ReadIdentity(identity, row, out));
  }
  return absl::OkStatus();
}

// {"time":…,"level":"info","message":"Provider type: …","data":[…],"headers":…}
bool IsAppServicesTable(json::Node row) {
  return row.Find("message").has_value() && row.Find("level").has_value();
}

absl::Status ReadAppServicesTable(json::Node row,
                                  std::vector<v1::UserTransfer>* out) {
  const std::string message = TextOf(row, "message");
  absl::string_view display = message;
  const std::optional<json::Node> data = row.Find("data");
  // Other lines say what the command does.
  if (!absl::ConsumePrefix(&display, kTableHead) || !data.has_value() ||
      !data->is_array()) {
    return absl::OkStatus();
  }
  for (const json::Node cells : data->children()) {
    v1::UserTransfer user;
    user.set_id(TextOf(cells, "ID"));
    if (!IsObjectId(user.id())) return BadRow("a table without ids of users");
    if (TextOf(cells, "Type") == "server") user.set_type(v1::USER_TYPE_SERVER);
    user.set_disabled(TextOf(cells, "Enabled") == "false");
    absl::Time login;
    if (absl::ParseTime("%Y-%m-%d %H:%M:%E*S %z UTC",
                        TextOf(cells, "Last Authenticated"), &login, nullptr)) {
      SetTime(login, user.mutable_last_login_at());
    }
    const std::string email = TextOf(cells, "Email");
    if (display == "User/Password" && !email.empty()) {
      v1::IdentityTransfer* const identity = user.add_identities();
      identity->set_kind(kEmailPassword);
      identity->set_email(email);
    }
    out->push_back(std::move(user));
  }
  return absl::OkStatus();
}

}  // namespace latchkey
