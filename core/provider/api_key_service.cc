#include "core/provider/api_key_service.h"

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "core/base/base64url.h"
#include "core/base/constant_time.h"
#include "core/base/log.h"
#include "core/base/reason.h"
#include "core/base/status_macros.h"
#include "core/crypto/digest.h"
#include "core/json/json.h"

namespace latchkey {
namespace {

constexpr absl::string_view kPrefix = "lk_";
constexpr size_t kIdSize = 24;
constexpr size_t kSecretBytes = 32;
constexpr size_t kSecretChars = 43;  // base64url of kSecretBytes
constexpr size_t kTextSize = 3 + kIdSize + 1 + kSecretChars;
constexpr size_t kMaxNameSize = 64;
// A busy key costs one write in this time.
constexpr absl::Duration kLastUsedStep = absl::Minutes(1);

std::string HashSecret(absl::string_view secret) {
  return std::string(AsStringView(Sha256(secret)));
}

// Draw fills the record's id and hash and returns the text of the key.
Secret Draw(Clock* clock, Random* random, ApiKeyRecord* record) {
  std::string secret = random->Bytes(kSecretBytes);
  record->id = ApiKeyId(NewObjectId(clock, random));
  record->secret_sha256 = HashSecret(secret);
  std::string encoded = Base64UrlEncode(secret);
  std::string text = absl::StrCat(kPrefix, record->id.value(), "_", encoded);
  WipeString(&secret);
  WipeString(&encoded);
  return Secret::TakeFrom(&text);
}

std::string NameData(absl::string_view name) {
  json::Value data{json::Value::Object{}};
  data.Set("name", name);
  return json::Write(data);
}

}  // namespace

absl::Status CheckApiKeyName(absl::string_view name) {
  bool good = !name.empty() && name.size() <= kMaxNameSize;
  for (char c : name) {
    good = good && (absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
                    c == '_' || c == '-');
  }
  if (good) return absl::OkStatus();
  return InvalidField("name", "1-64 characters of A-Z, a-z, 0-9, _ and -");
}

std::optional<ApiKeyParts> ParseApiKey(absl::string_view text) {
  if (text.size() != kTextSize || !absl::ConsumePrefix(&text, kPrefix)) {
    return std::nullopt;
  }
  const absl::string_view id = text.substr(0, kIdSize);
  if (!IsObjectId(id) || text[kIdSize] != '_') return std::nullopt;
  std::optional<std::string> secret = Base64UrlDecode(text.substr(kIdSize + 1));
  if (!secret.has_value() || secret->size() != kSecretBytes) {
    return std::nullopt;
  }
  ApiKeyParts parts{ApiKeyId(id), HashSecret(*secret)};
  WipeString(&*secret);
  return parts;
}

ApiKeyService::ApiKeyService(ApiKeyLimits limits, Store* store, Clock* clock,
                             Random* random)
    : limits_(limits), store_(store), clock_(clock), random_(random) {}

absl::StatusOr<CreatedApiKey> ApiKeyService::CreateUserKey(
    const AppId& app, const UserId& owner, absl::string_view name) {
  RETURN_IF_ERROR(CheckApiKeyName(name));
  CreatedApiKey created;
  created.record.app = app;
  created.record.user = owner;
  created.record.name = std::string(name);
  created.record.created_at = clock_->TimeNow();
  created.key = Draw(clock_, random_, &created.record);
  RETURN_IF_ERROR(
      store_->api_keys()->Insert(created.record, limits_.user_keys));
  return created;
}

absl::StatusOr<CreatedApiKey> ApiKeyService::CreateServerKey(
    const AppId& app, absl::string_view name) {
  RETURN_IF_ERROR(CheckApiKeyName(name));
  UserRecord user;
  user.id = UserId(NewObjectId(clock_, random_));
  user.app = app;
  user.type = UserType::kServer;
  user.data_json = NameData(name);
  user.created_at = clock_->TimeNow();

  CreatedApiKey created;
  created.record.app = app;
  created.record.user = user.id;
  created.record.server = true;
  created.record.name = std::string(name);
  created.record.created_at = user.created_at;
  created.key = Draw(clock_, random_, &created.record);
  // The user first: a key whose user is missing could never log in, while a
  // user left over by a crash in between harms nobody.
  RETURN_IF_ERROR(store_->users()->Insert(user));
  if (absl::Status inserted =
          store_->api_keys()->Insert(created.record, limits_.server_keys);
      !inserted.ok()) {
    if (!store_->users()->Remove(app, user.id).ok()) {
      Log(LogLevel::kWarning, "server_user_left_over",
          {{"app", app.value()}, {"user", user.id.value()}});
    }
    return inserted;
  }
  return created;
}

absl::StatusOr<ApiKeyRecord> ApiKeyService::Check(const AppId& app,
                                                  const Secret& key) {
  std::optional<ApiKeyParts> parts = ParseApiKey(key.RevealSecret());
  if (!parts.has_value()) {
    return Error(Reason::kCredentialRejected, "api key of a wrong shape");
  }
  absl::StatusOr<ApiKeyRecord> found = store_->api_keys()->Find(parts->id);
  if (!found.ok() && GetReason(found.status()) != Reason::kResourceNotFound) {
    return found.status();
  }
  // The same comparison for a key that does not exist: nothing hashes to this.
  const std::string stored =
      found.ok() ? found->secret_sha256 : std::string(kSecretBytes, '\0');
  const bool matches = ConstantTimeEquals(parts->secret_sha256, stored);
  const auto reject = [&parts](absl::string_view cause) {
    return Error(Reason::kCredentialRejected,
                 absl::StrCat(cause, " api key ", parts->id.value()));
  };
  if (!found.ok()) return reject("unknown");
  if (!matches) return reject("wrong secret of");
  if (found->app != app) return reject("another app's");
  if (found->disabled) return reject("disabled");
  NoteUse(&*found);
  return found;
}

void ApiKeyService::NoteUse(ApiKeyRecord* key) {
  const absl::Time now = clock_->TimeNow();
  if (key->last_used_at && now - *key->last_used_at < kLastUsedStep) return;
  // For people to look at: not worth failing a login.
  if (store_->api_keys()->SetLastUsed(key->id, now).ok()) {
    key->last_used_at = now;
  }
}

absl::StatusOr<std::vector<ApiKeyRecord>> ApiKeyService::List(
    const AppId& app, const UserId& owner) {
  return store_->api_keys()->List(app, owner);
}

absl::StatusOr<ApiKeyRecord> ApiKeyService::Get(const AppId& app,
                                                const UserId& owner,
                                                const ApiKeyId& id) {
  ASSIGN_OR_RETURN(ApiKeyRecord record, store_->api_keys()->Find(id));
  const bool owned =
      owner.empty() ? record.server : !record.server && record.user == owner;
  if (record.app == app && owned) return record;
  return Error(Reason::kResourceNotFound,
               absl::StrCat("api key ", id.value(), " of another owner"));
}

absl::Status ApiKeyService::SetDisabled(const AppId& app, const UserId& owner,
                                        const ApiKeyId& id, bool disabled) {
  RETURN_IF_ERROR(Get(app, owner, id).status());
  return store_->api_keys()->SetDisabled(id, disabled);
}

absl::Status ApiKeyService::Delete(const AppId& app, const UserId& owner,
                                   const ApiKeyId& id) {
  ASSIGN_OR_RETURN(ApiKeyRecord record, Get(app, owner, id));
  RETURN_IF_ERROR(store_->api_keys()->Remove(id));
  if (!record.server) return absl::OkStatus();
  absl::Status removed = store_->users()->Remove(app, record.user);
  // Somebody removed the user before: the outcome is what was asked for.
  if (GetReason(removed) == Reason::kUserNotFound) return absl::OkStatus();
  return removed;
}

}  // namespace latchkey
