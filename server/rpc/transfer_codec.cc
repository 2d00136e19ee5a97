#include "server/rpc/transfer_codec.h"

#include <algorithm>
#include <optional>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "core/base/ids.h"
#include "core/base/reason.h"
#include "core/base/status_macros.h"
#include "core/base/utf8.h"
#include "core/crypto/digest.h"
#include "core/crypto/password_text.h"
#include "core/json/json.h"
#include "core/provider/api_key_service.h"
#include "core/provider/email.h"
#include "server/rpc/convert.h"
#include "server/rpc/field_checks.h"

namespace latchkey {
namespace {

constexpr int kMaxIdentities = 32;
constexpr int kMaxApiKeys = 100;
constexpr size_t kMaxProvider = 64;
constexpr size_t kMaxSubject = 255;
constexpr size_t kMaxData = 64 * 1024;
constexpr size_t kMaxCustomData = 16 * 1024;
constexpr size_t kMaxIdentityData = 16 * 1024;
constexpr size_t kSha256Bytes = 32;
constexpr size_t kIdBytes = 12;

std::optional<ProviderKind> FindKind(const std::string& name) {
  for (int i = 0; i <= static_cast<int>(ProviderKind::kFacebook); ++i) {
    const auto kind = static_cast<ProviderKind>(i);
    if (name == ProviderKindName(kind)) return kind;
  }
  return std::nullopt;
}

// MadeId is an id that the same parts always give, so that a row without one
// can be imported twice.
std::string MadeId(const AppId& app, absl::string_view what,
                   const ProviderName& provider, absl::string_view subject) {
  const std::string text = absl::StrCat(what, "\n", app.value(), "\n",
                                        provider.value(), "\n", subject);
  return absl::BytesToHexString(AsStringView(Sha256(text)).substr(0, kIdBytes));
}

// ReadTime refuses what Timestamp has no JSON for: answers with such a time
// could not be written.
absl::StatusOr<absl::Time> ReadTime(absl::string_view field,
                                    const google::protobuf::Timestamp& time) {
  constexpr int64_t kYear1 = -62'135'596'800;
  constexpr int64_t kYear10000 = 253'402'300'800;
  constexpr int32_t kSecond = 1'000'000'000;
  if (time.seconds() < kYear1 || time.seconds() >= kYear10000 ||
      time.nanos() < 0 || time.nanos() >= kSecond) {
    return InvalidField(field, "must be a time of the years 1 to 9999");
  }
  return absl::FromUnixSeconds(time.seconds()) +
         absl::Nanoseconds(time.nanos());
}

std::string EmailData(const std::string& email) {
  json::Value data{json::Value::Object()};
  data.Set("email", email);
  return json::Write(data);
}

bool HasPassword(const PasswordRecord& record) {
  return record.phc != kNoPassword;
}

// Who is anonymous can never come back, and an identity of a key says nothing
// of the key.
bool LogsInByItself(ProviderKind kind) {
  return kind != ProviderKind::kAnonymous && kind != ProviderKind::kApiKey &&
         kind != ProviderKind::kEmailPassword;
}

void AddLogin(const std::string& provider, v1::ImportOutcome* outcome) {
  const auto& logins = outcome->logins();
  if (std::find(logins.begin(), logins.end(), provider) != logins.end()) return;
  outcome->add_logins(provider);
}

}  // namespace

absl::StatusOr<TransferReader::Place> TransferReader::FindPlace(
    const v1::IdentityTransfer& from) const {
  const std::optional<ProviderKind> kind = FindKind(from.kind());
  if (!kind.has_value()) return InvalidField("kind", "no kind of provider");
  RETURN_IF_ERROR(FieldChecks()
                      .Text("provider", from.provider(), 0, kMaxProvider)
                      .status());
  Place place;
  place.kind = *kind;
  place.provider = ProviderName(from.provider());
  for (const auto& provider : options_.app->registry.providers()) {
    if (provider->name() == place.provider && provider->kind() != *kind) {
      return InvalidField("provider", "is of another kind in this app");
    }
  }
  const absl::StatusOr<Provider*> found =
      options_.app->registry.Find(*kind, place.provider);
  if (found.ok()) {
    place.provider = (*found)->name();
    place.enabled = true;
  } else if (GetReason(found.status()) == Reason::kInvalidRequest) {
    return InvalidField("provider", "the app has several of the kind");
  } else if (place.provider.empty()) {
    place.provider = ProviderName(from.kind());
  }
  return place;
}

absl::StatusOr<TransferReader::Place> TransferReader::PlaceOf(
    const v1::IdentityTransfer& from) {
  const std::string key = absl::StrCat(from.kind(), "\n", from.provider());
  const auto known = places_.find(key);
  if (known != places_.end()) return known->second;
  ASSIGN_OR_RETURN(Place place, FindPlace(from));
  places_[key] = place;
  return place;
}

absl::StatusOr<std::string> TransferReader::ReadObject(absl::string_view field,
                                                       const std::string& text,
                                                       size_t max) {
  if (text.empty() || text == "{}") return std::string("{}");
  if (text.size() > max) {
    return InvalidField(field, absl::StrCat("at most ", max, " bytes"));
  }
  if (!document_.ParseObject(text).ok()) {
    return InvalidField(field, "must be a JSON object");
  }
  return text;
}

absl::Status TransferReader::ReadUser(const v1::UserTransfer& from,
                                      UserRecord* user) {
  user->app = options_.app->id;
  user->id = UserId(from.id());
  user->type = from.type() == v1::USER_TYPE_SERVER ? UserType::kServer
                                                   : UserType::kNormal;
  user->disabled = from.disabled();
  user->created_at = options_.now;
  if (from.has_created_at()) {
    ASSIGN_OR_RETURN(user->created_at,
                     ReadTime("created_at", from.created_at()));
  }
  if (from.has_last_login_at()) {
    ASSIGN_OR_RETURN(user->last_login_at,
                     ReadTime("last_login_at", from.last_login_at()));
  }
  ASSIGN_OR_RETURN(user->data_json,
                   ReadObject("data_json", from.data_json(), kMaxData));
  ASSIGN_OR_RETURN(
      user->custom_data_json,
      ReadObject("custom_data_json", from.custom_data_json(), kMaxCustomData));
  return FieldChecks()
      .That(v1::UserType_IsValid(from.type()), "type",
            "must be a type of users")
      .That(from.id().empty() || IsObjectId(from.id()), "id",
            "must be 24 lower-case hex digits, or empty")
      .That(from.identities_size() <= kMaxIdentities, "identities",
            "at most 32")
      .That(!from.id().empty() || from.identities_size() > 0, "id",
            "is required without identities")
      .That(from.api_keys_size() <= kMaxApiKeys, "api_keys", "at most 100")
      .status();
}

absl::Status TransferReader::ReadPassword(const v1::IdentityTransfer& from,
                                          IdentityRecord* identity,
                                          TransferRow* row) {
  PasswordRecord record;
  record.app = options_.app->id;
  record.provider = identity->provider;
  record.created_at = identity->created_at;
  record.confirmed = !from.unconfirmed();
  ASSIGN_OR_RETURN(record.email, CanonicalEmail(from.email(), "email"));
  record.phc = std::string(kNoPassword);
  if (!from.password_hash().empty()) {
    ASSIGN_OR_RETURN(record.phc,
                     CanonicalPasswordHash(from.password_hash(),
                                           options_.max_hash_memory_kib));
  }
  record.id = identity->subject;
  if (record.id.empty()) {
    record.id = MadeId(record.app, "email", record.provider, record.email);
  } else if (!IsObjectId(record.id)) {
    return InvalidField("subject", "must be 24 lower-case hex digits");
  }
  identity->subject = record.id;
  if (identity->data_json == "{}") {
    identity->data_json = EmailData(record.email);
  }
  row->passwords.push_back(std::move(record));
  return absl::OkStatus();
}

absl::StatusOr<IdentityRecord> TransferReader::ReadIdentity(
    const v1::IdentityTransfer& from, absl::Time made, TransferRow* row,
    v1::ImportOutcome* outcome) {
  ASSIGN_OR_RETURN(const Place place, PlaceOf(from));
  IdentityRecord identity;
  identity.kind = place.kind;
  identity.provider = place.provider;
  identity.subject = from.subject();
  identity.created_at = made;
  if (from.has_created_at()) {
    ASSIGN_OR_RETURN(identity.created_at,
                     ReadTime("identities.created_at", from.created_at()));
  }
  ASSIGN_OR_RETURN(identity.data_json,
                   ReadObject("data_json", from.data_json(), kMaxIdentityData));
  if (place.kind == ProviderKind::kEmailPassword) {
    RETURN_IF_ERROR(ReadPassword(from, &identity, row));
    const PasswordRecord& record = row->passwords.back();
    if (!HasPassword(record) && place.enabled) outcome->set_claimable(true);
    if (HasPassword(record) && record.confirmed && place.enabled) {
      AddLogin(place.provider.value(), outcome);
    }
    return identity;
  }
  RETURN_IF_ERROR(
      FieldChecks()
          .Bytes("subject", from.subject(), 1, kMaxSubject)
          .That(IsValidUtf8(from.subject()), "subject", "UTF-8 only")
          .That(from.email().empty() && from.password_hash().empty() &&
                    !from.unconfirmed(),
                "email", "for email_password alone")
          .status());
  if (place.enabled && LogsInByItself(place.kind)) {
    AddLogin(place.provider.value(), outcome);
  }
  return identity;
}

absl::Status TransferReader::ReadApiKeys(const v1::UserTransfer& from,
                                         TransferRow* row) {
  for (const v1::ApiKeyTransfer& one : from.api_keys()) {
    RETURN_IF_ERROR(CheckApiKeyName(one.name()));
    RETURN_IF_ERROR(FieldChecks()
                        .ObjectId("api_keys.id", one.id())
                        .Bytes("api_keys.secret_sha256", one.secret_sha256(),
                               kSha256Bytes, kSha256Bytes)
                        .status());
    ApiKeyRecord key;
    key.id = ApiKeyId(one.id());
    key.app = row->user->app;
    key.user = row->user->id;
    key.server = row->user->type == UserType::kServer;
    key.name = one.name();
    key.secret_sha256 = one.secret_sha256();
    key.disabled = one.disabled();
    key.created_at = options_.now;
    if (one.has_created_at()) {
      ASSIGN_OR_RETURN(key.created_at,
                       ReadTime("api_keys.created_at", one.created_at()));
    }
    if (one.has_last_used_at()) {
      ASSIGN_OR_RETURN(key.last_used_at,
                       ReadTime("api_keys.last_used_at", one.last_used_at()));
    }
    row->api_keys.push_back(std::move(key));
  }
  return absl::OkStatus();
}

absl::StatusOr<TransferRow> TransferReader::Read(const v1::UserTransfer& from,
                                                 v1::ImportOutcome* outcome) {
  UserRecord user;
  RETURN_IF_ERROR(ReadUser(from, &user));
  TransferRow row;
  for (const v1::IdentityTransfer& identity : from.identities()) {
    ASSIGN_OR_RETURN(IdentityRecord record,
                     ReadIdentity(identity, user.created_at, &row, outcome));
    user.identities.push_back(std::move(record));
  }
  if (from.registration()) {
    if (user.identities.size() == 1 && row.passwords.size() == 1 &&
        from.api_keys().empty()) {
      return row;
    }
    return InvalidField("registration", "one address and nothing else");
  }
  if (user.id.empty()) {
    const IdentityRecord& first = user.identities.front();
    user.id = UserId(MadeId(user.app, "user", first.provider, first.subject));
  }
  outcome->set_user_id(user.id.value());
  row.user = std::move(user);
  RETURN_IF_ERROR(ReadApiKeys(from, &row));
  v1::IdentityTransfer keys;
  keys.set_kind(ProviderKindName(ProviderKind::kApiKey));
  const bool has_key =
      std::any_of(row.api_keys.begin(), row.api_keys.end(),
                  [](const ApiKeyRecord& key) { return !key.disabled; });
  if (!has_key) return row;
  ASSIGN_OR_RETURN(const Place place, PlaceOf(keys));
  if (place.enabled) AddLogin(place.provider.value(), outcome);
  return row;
}

namespace {

void WritePassword(const PasswordRecord& record, v1::IdentityTransfer* out) {
  out->set_email(record.email);
  out->set_unconfirmed(!record.confirmed);
  if (HasPassword(record)) out->set_password_hash(record.phc);
}

void WriteIdentity(const IdentityRecord& identity, const TransferRow& row,
                   v1::IdentityTransfer* out) {
  out->set_kind(ProviderKindName(identity.kind));
  out->set_provider(identity.provider.value());
  out->set_subject(identity.subject);
  out->set_data_json(identity.data_json);
  ToProto(identity.created_at, out->mutable_created_at());
  if (identity.kind != ProviderKind::kEmailPassword) return;
  for (const PasswordRecord& record : row.passwords) {
    if (record.id == identity.subject) WritePassword(record, out);
  }
}

void WriteApiKey(const ApiKeyRecord& key, v1::ApiKeyTransfer* out) {
  out->set_id(key.id.value());
  out->set_name(key.name);
  out->set_secret_sha256(key.secret_sha256);
  out->set_disabled(key.disabled);
  ToProto(key.created_at, out->mutable_created_at());
  if (key.last_used_at) ToProto(*key.last_used_at, out->mutable_last_used_at());
}

void WriteRegistration(const PasswordRecord& record, v1::UserTransfer* out) {
  out->set_registration(true);
  ToProto(record.created_at, out->mutable_created_at());
  v1::IdentityTransfer* const identity = out->add_identities();
  identity->set_kind(ProviderKindName(ProviderKind::kEmailPassword));
  identity->set_provider(record.provider.value());
  identity->set_subject(record.id);
  WritePassword(record, identity);
}

}  // namespace

void WriteTransfer(const TransferRow& row, v1::UserTransfer* out) {
  if (!row.user) {
    WriteRegistration(row.passwords.front(), out);
    return;
  }
  const UserRecord& user = *row.user;
  out->set_id(user.id.value());
  out->set_type(user.type == UserType::kServer ? v1::USER_TYPE_SERVER
                                               : v1::USER_TYPE_NORMAL);
  out->set_disabled(user.disabled);
  out->set_data_json(user.data_json);
  out->set_custom_data_json(user.custom_data_json);
  ToProto(user.created_at, out->mutable_created_at());
  if (user.last_login_at) {
    ToProto(*user.last_login_at, out->mutable_last_login_at());
  }
  for (const IdentityRecord& identity : user.identities) {
    WriteIdentity(identity, row, out->add_identities());
  }
  for (const ApiKeyRecord& key : row.api_keys) {
    WriteApiKey(key, out->add_api_keys());
  }
}

}  // namespace latchkey
