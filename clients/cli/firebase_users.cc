// Users of `firebase auth:export`.
#include <optional>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "clients/cli/row_fields.h"
#include "clients/cli/user_formats.h"
#include "core/base/status_macros.h"
#include "core/crypto/digest.h"
#include "core/json/json.h"

namespace latchkey {
namespace {

constexpr size_t kIdBytes = 12;
constexpr char kEmailPassword[] = "email_password";

struct Kind {
  absl::string_view provider_id;
  const char* ours;
};
constexpr Kind kKinds[] = {{"google.com", "google"},
                           {"apple.com", "apple"},
                           {"facebook.com", "facebook"}};

std::string IdFrom(const std::string& local_id) {
  return absl::BytesToHexString(
      AsStringView(Sha256(absl::StrCat("firebase\n", local_id)))
          .substr(0, kIdBytes));
}

void SetWhenSaid(const std::string& value, const char* name,
                 json::Value* object) {
  if (!value.empty()) object->Set(name, value);
}

std::string Data(json::Node row) {
  json::Value data{json::Value::Object()};
  SetWhenSaid(TextOf(row, "email"), "email", &data);
  SetWhenSaid(TextOf(row, "displayName"), "name", &data);
  SetWhenSaid(TextOf(row, "photoUrl"), "picture", &data);
  SetWhenSaid(TextOf(row, "phoneNumber"), "phone_number", &data);
  return json::Write(data);
}

// The claims that the project set are JSON in a string.
std::string CustomData(json::Node row, const std::string& local_id) {
  json::Value data{json::Value::Object()};
  data.Set("firebase_uid", local_id);
  const auto claims = json::ParseObject(TextOf(row, "customAttributes"));
  if (claims.ok()) data.Set("claims", *claims);
  return json::Write(data);
}

// Whether the user could log in with a password, or has nothing else.
bool WantsEmail(json::Node row, const v1::UserTransfer& user,
                bool has_password_provider) {
  if (TextOf(row, "email").empty()) return false;
  return has_password_provider || !TextOf(row, "passwordHash").empty() ||
         user.identities().empty();
}

absl::Status AddEmail(json::Node row, const FirebaseHashing& hashing,
                      v1::UserTransfer* out) {
  v1::IdentityTransfer* const identity = out->add_identities();
  identity->set_kind(kEmailPassword);
  identity->set_email(TextOf(row, "email"));
  identity->set_unconfirmed(!FlagOf(row, "emailVerified"));
  const std::string hash = TextOf(row, "passwordHash");
  if (hash.empty()) return absl::OkStatus();
  if (hashing.signer_key.empty()) {
    return BadRow("a hash, and no --firebase-signer-key-file");
  }
  identity->set_password_hash(absl::StrCat(
      "$fbscrypt$v=1,n=", hashing.mem_cost, ",r=", hashing.rounds,
      ",p=1,ss=", hashing.salt_separator, ",sk=", hashing.signer_key, "$",
      TextOf(row, "salt"), "$", hash));
  return absl::OkStatus();
}

// True when one of them is "password".
bool AddSocial(json::Node row, v1::UserTransfer* out) {
  bool has_password = false;
  const std::optional<json::Node> infos = row.Find("providerUserInfo");
  if (!infos.has_value() || !infos->is_array()) return false;
  for (const json::Node info : infos->children()) {
    const std::string provider = TextOf(info, "providerId");
    if (provider == "password") has_password = true;
    for (const Kind& kind : kKinds) {
      if (kind.provider_id != provider) continue;
      v1::IdentityTransfer* const identity = out->add_identities();
      identity->set_kind(kind.ours);
      identity->set_subject(TextOf(info, "rawId"));
      identity->set_data_json(Data(info));
    }
  }
  return has_password;
}

void SetMillis(json::Node row, const char* name,
               google::protobuf::Timestamp* (v1::UserTransfer::*field)(),
               v1::UserTransfer* out) {
  const std::optional<int64_t> millis = NumberOf(row, name);
  if (millis.value_or(0) > 0) {
    SetTime(absl::FromUnixMillis(*millis), (out->*field)());
  }
}

}  // namespace

absl::Status ReadFirebaseUser(json::Node row, const FirebaseHashing& hashing,
                              v1::UserTransfer* out) {
  const std::string local_id = TextOf(row, "localId");
  if (local_id.empty()) return BadRow("no localId");
  out->set_id(IdFrom(local_id));
  out->set_disabled(FlagOf(row, "disabled"));
  out->set_data_json(Data(row));
  out->set_custom_data_json(CustomData(row, local_id));
  SetMillis(row, "createdAt", &v1::UserTransfer::mutable_created_at, out);
  SetMillis(row, "lastSignedInAt", &v1::UserTransfer::mutable_last_login_at,
            out);
  const bool has_password_provider = AddSocial(row, out);
  if (!WantsEmail(row, *out, has_password_provider)) return absl::OkStatus();
  return AddEmail(row, hashing, out);
}

}  // namespace latchkey
