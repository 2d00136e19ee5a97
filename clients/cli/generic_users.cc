// latchkey's own shape of users in files: one JSON object a user.
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "clients/cli/row_fields.h"
#include "clients/cli/user_formats.h"
#include "core/base/status_macros.h"
#include "core/json/json.h"

namespace latchkey {
namespace {

using Type = json::Node::Type;

absl::Status ReadText(json::Node member, std::string* out) {
  const auto text = member.as_string();
  if (!text.has_value()) {
    return BadRow(absl::StrCat(member.name(), ": no text"));
  }
  *out = std::string(*text);
  return absl::OkStatus();
}

absl::StatusOr<bool> ReadFlag(json::Node member) {
  const auto flag = member.as_bool();
  if (!flag.has_value()) {
    return BadRow(absl::StrCat(member.name(), ": neither true nor false"));
  }
  return *flag;
}

absl::Status ReadObject(json::Node member, std::string* out) {
  if (!member.is_object()) {
    return BadRow(absl::StrCat(member.name(), ": no object"));
  }
  *out = json::Write(member.ToValue());
  return absl::OkStatus();
}

absl::Status ReadTime(json::Node member, google::protobuf::Timestamp* out) {
  absl::Time time;
  const std::string text(member.as_string().value_or(""));
  if (!absl::ParseTime(absl::RFC3339_full, text, &time, nullptr)) {
    return BadRow(absl::StrCat(member.name(), ": no time (RFC 3339)"));
  }
  SetTime(time, out);
  return absl::OkStatus();
}

// ReadList calls `read(element)` for each object of an array.
template <typename Read>
absl::Status ReadList(json::Node member, Read read) {
  if (!member.is_array()) {
    return BadRow(absl::StrCat(member.name(), ": no array"));
  }
  for (const json::Node element : member.children()) {
    if (!element.is_object()) {
      return BadRow(absl::StrCat(member.name(), ": not of objects"));
    }
    RETURN_IF_ERROR(read(element));
  }
  return absl::OkStatus();
}

absl::Status Unknown(json::Node) { return BadRow("an unknown member"); }

absl::Status ReadIdentityMember(json::Node member, v1::IdentityTransfer* out) {
  const absl::string_view name = member.name();
  if (name == "kind") return ReadText(member, out->mutable_kind());
  if (name == "provider") return ReadText(member, out->mutable_provider());
  if (name == "subject") return ReadText(member, out->mutable_subject());
  if (name == "data") return ReadObject(member, out->mutable_data_json());
  if (name == "createdAt") return ReadTime(member, out->mutable_created_at());
  if (name == "email") return ReadText(member, out->mutable_email());
  if (name == "passwordHash") {
    return ReadText(member, out->mutable_password_hash());
  }
  if (name == "confirmed") {
    ASSIGN_OR_RETURN(const bool confirmed, ReadFlag(member));
    out->set_unconfirmed(!confirmed);
    return absl::OkStatus();
  }
  return Unknown(member);
}

absl::Status ReadKeyMember(json::Node member, v1::ApiKeyTransfer* out) {
  const absl::string_view name = member.name();
  if (name == "id") return ReadText(member, out->mutable_id());
  if (name == "name") return ReadText(member, out->mutable_name());
  if (name == "createdAt") return ReadTime(member, out->mutable_created_at());
  if (name == "lastUsedAt") {
    return ReadTime(member, out->mutable_last_used_at());
  }
  if (name == "disabled") {
    ASSIGN_OR_RETURN(const bool disabled, ReadFlag(member));
    out->set_disabled(disabled);
    return absl::OkStatus();
  }
  if (name == "secretSha256") {
    std::string hex;
    RETURN_IF_ERROR(ReadText(member, &hex));
    // Letters that are no digits give other bytes, not as many.
    out->set_secret_sha256(absl::HexStringToBytes(hex));
    if (absl::BytesToHexString(out->secret_sha256()) == hex) {
      return absl::OkStatus();
    }
    return BadRow("secretSha256: no hex digits");
  }
  return Unknown(member);
}

absl::Status ReadIdentity(json::Node element, v1::UserTransfer* out) {
  v1::IdentityTransfer* const identity = out->add_identities();
  for (const json::Node member : element.children()) {
    RETURN_IF_ERROR(ReadIdentityMember(member, identity));
  }
  return absl::OkStatus();
}

absl::Status ReadKey(json::Node element, v1::UserTransfer* out) {
  v1::ApiKeyTransfer* const key = out->add_api_keys();
  for (const json::Node member : element.children()) {
    RETURN_IF_ERROR(ReadKeyMember(member, key));
  }
  return absl::OkStatus();
}

absl::Status ReadType(json::Node member, v1::UserTransfer* out) {
  const std::string type(member.as_string().value_or(""));
  if (type != "normal" && type != "server") {
    return BadRow("type: normal or server");
  }
  out->set_type(type == "server" ? v1::USER_TYPE_SERVER : v1::USER_TYPE_NORMAL);
  return absl::OkStatus();
}

absl::Status ReadUserMember(json::Node member, v1::UserTransfer* out) {
  const absl::string_view name = member.name();
  if (name == "id") return ReadText(member, out->mutable_id());
  if (name == "type") return ReadType(member, out);
  if (name == "data") return ReadObject(member, out->mutable_data_json());
  if (name == "customData") {
    return ReadObject(member, out->mutable_custom_data_json());
  }
  if (name == "createdAt") return ReadTime(member, out->mutable_created_at());
  if (name == "lastLoginAt") {
    return ReadTime(member, out->mutable_last_login_at());
  }
  if (name == "disabled" || name == "registration") {
    ASSIGN_OR_RETURN(const bool flag, ReadFlag(member));
    name == "disabled" ? out->set_disabled(flag) : out->set_registration(flag);
    return absl::OkStatus();
  }
  if (name == "identities") {
    return ReadList(member,
                    [&](json::Node one) { return ReadIdentity(one, out); });
  }
  if (name == "apiKeys") {
    return ReadList(member, [&](json::Node one) { return ReadKey(one, out); });
  }
  return Unknown(member);
}

std::string TimeText(const google::protobuf::Timestamp& time) {
  return absl::FormatTime(absl::RFC3339_full, GetTime(time),
                          absl::UTCTimeZone());
}

// Ours, so always good; the limits are the service's.
json::Value ObjectValue(const std::string& text) {
  json::Limits limits;
  limits.max_bytes = 256 * 1024;
  const auto value = json::ParseObject(text, limits);
  return value.ok() ? *value : json::Value(json::Value::Object());
}

void SetText(const char* name, const std::string& text, json::Value* out) {
  if (!text.empty()) out->Set(name, text);
}

json::Value IdentityValue(const v1::IdentityTransfer& from) {
  json::Value value{json::Value::Object()};
  value.Set("kind", from.kind());
  SetText("provider", from.provider(), &value);
  SetText("subject", from.subject(), &value);
  if (!from.data_json().empty()) {
    value.Set("data", ObjectValue(from.data_json()));
  }
  if (from.has_created_at()) {
    value.Set("createdAt", TimeText(from.created_at()));
  }
  if (from.email().empty()) return value;
  value.Set("email", from.email());
  value.Set("confirmed", !from.unconfirmed());
  SetText("passwordHash", from.password_hash(), &value);
  return value;
}

json::Value KeyValue(const v1::ApiKeyTransfer& from) {
  json::Value value{json::Value::Object()};
  value.Set("id", from.id());
  value.Set("name", from.name());
  value.Set("secretSha256", absl::BytesToHexString(from.secret_sha256()));
  value.Set("disabled", from.disabled());
  if (from.has_created_at()) {
    value.Set("createdAt", TimeText(from.created_at()));
  }
  if (from.has_last_used_at()) {
    value.Set("lastUsedAt", TimeText(from.last_used_at()));
  }
  return value;
}

}  // namespace

absl::Status ReadGenericUser(json::Node row, v1::UserTransfer* out) {
  for (const json::Node member : row.children()) {
    RETURN_IF_ERROR(ReadUserMember(member, out));
  }
  return absl::OkStatus();
}

std::string GenericUser(const v1::UserTransfer& user) {
  json::Value value{json::Value::Object()};
  if (user.registration()) {
    value.Set("registration", true);
  } else {
    value.Set("id", user.id());
    value.Set("type",
              user.type() == v1::USER_TYPE_SERVER ? "server" : "normal");
    value.Set("disabled", user.disabled());
    value.Set("data", ObjectValue(user.data_json()));
    value.Set("customData", ObjectValue(user.custom_data_json()));
  }
  if (user.has_created_at()) {
    value.Set("createdAt", TimeText(user.created_at()));
  }
  if (user.has_last_login_at()) {
    value.Set("lastLoginAt", TimeText(user.last_login_at()));
  }
  json::Value::Array identities;
  for (const auto& one : user.identities()) {
    identities.push_back(IdentityValue(one));
  }
  value.Set("identities", std::move(identities));
  json::Value::Array keys;
  for (const auto& one : user.api_keys()) keys.push_back(KeyValue(one));
  if (!keys.empty()) value.Set("apiKeys", std::move(keys));
  return json::Write(value);
}

}  // namespace latchkey
