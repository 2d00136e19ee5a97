#include "server/rpc/convert.h"

#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/base/reason.h"
#include "core/base/status_macros.h"
#include "core/json/json.h"
#include "server/rpc/struct_json.h"

namespace latchkey {
namespace {

// JWK terms of an algorithm (RFC 7518 §6.1, RFC 8037 §2).
void SetKeyType(Algorithm algorithm, v1::IssuerKey* out) {
  out->set_alg(std::string(AlgorithmName(algorithm)));
  switch (algorithm) {
    case Algorithm::kEs256:
    case Algorithm::kEs384:
    case Algorithm::kEs512:
      out->set_kty("EC");
      out->set_crv(algorithm == Algorithm::kEs256   ? "P-256"
                   : algorithm == Algorithm::kEs384 ? "P-384"
                                                    : "P-521");
      return;
    case Algorithm::kEdDsa:
      out->set_kty("OKP");
      out->set_crv("Ed25519");
      return;
    default:
      out->set_kty(IsMac(algorithm) ? "oct" : "RSA");
  }
}

void SetOptional(const std::optional<absl::Time>& time,
                 google::protobuf::Timestamp* (v1::KeySource::*field)(),
                 v1::KeySource* out) {
  if (time.has_value()) ToProto(*time, (out->*field)());
}

}  // namespace

void ToProto(absl::Time time, google::protobuf::Timestamp* out) {
  if (time == absl::InfiniteFuture() || time == absl::InfinitePast()) return;
  const int64_t nanos = absl::ToUnixNanos(time);
  int64_t seconds = nanos / 1'000'000'000;
  int64_t rest = nanos % 1'000'000'000;
  if (rest < 0) {
    --seconds;
    rest += 1'000'000'000;
  }
  out->set_seconds(seconds);
  out->set_nanos(static_cast<int32_t>(rest));
}

void ToProto(absl::string_view object_json, google::protobuf::Struct* out) {
  absl::StatusOr<json::Value> value = json::ParseObject(object_json);
  if (value.ok()) JsonToStruct(*value, out);
}

void ToProto(const UserRecord& user, v1::User* out) {
  out->set_id(user.id.value());
  out->set_app(user.app.value());
  out->set_type(user.type == UserType::kServer ? v1::USER_TYPE_SERVER
                                               : v1::USER_TYPE_NORMAL);
  out->set_disabled(user.disabled);
  for (const IdentityRecord& identity : user.identities) {
    v1::Identity* added = out->add_identities();
    added->set_provider(identity.provider.value());
    added->set_subject(identity.subject);
    ToProto(identity.data_json, added->mutable_data());
  }
  ToProto(user.data_json, out->mutable_data());
  ToProto(user.custom_data_json, out->mutable_custom_data());
  ToProto(user.created_at, out->mutable_created_at());
  if (user.last_login_at.has_value()) {
    ToProto(*user.last_login_at, out->mutable_last_login_at());
  }
}

void ToProto(const SessionRecord& session, v1::SessionInfo* out) {
  out->set_session_id(session.id.value());
  out->set_user_id(session.user.value());
  out->set_provider(session.provider.value());
  absl::StatusOr<json::Value> device = json::ParseObject(session.device_json);
  if (device.ok()) {
    const auto text = [&](const char* name) {
      const json::Value* member = device->Find(name);
      const std::string* value =
          member == nullptr ? nullptr : member->as_string();
      return value == nullptr ? std::string() : *value;
    };
    out->mutable_device()->set_device_id(text("device_id"));
    out->mutable_device()->set_name(text("name"));
    out->mutable_device()->set_platform(text("platform"));
    out->mutable_device()->set_app_version(text("app_version"));
    out->set_peer(text("peer"));
  }
  ToProto(session.created_at, out->mutable_created_at());
  if (session.advanced_at != session.created_at) {
    ToProto(session.advanced_at, out->mutable_refreshed_at());
  }
  ToProto(session.expires_at, out->mutable_expires_at());
  if (session.revoked_at.has_value()) {
    ToProto(*session.revoked_at, out->mutable_revoked_at());
  }
}

void ToProto(const ApiKeyRecord& key, v1::ApiKey* out) {
  out->set_id(key.id.value());
  out->set_name(key.name);
  out->set_disabled(key.disabled);
  ToProto(key.created_at, out->mutable_created_at());
  if (key.last_used_at.has_value()) {
    ToProto(*key.last_used_at, out->mutable_last_used_at());
  }
}

void ToProto(const IssuedSession& issued, v1::Session* out) {
  out->set_access_token(issued.access_token);
  out->set_refresh_token(issued.refresh_token);
  out->set_token_type("Bearer");
  ToProto(issued.access_expires_at, out->mutable_access_expires_at());
  ToProto(issued.refresh_expires_at, out->mutable_refresh_expires_at());
  out->set_session_id(issued.session.id.value());
  ToProto(issued.user, out->mutable_user());
}

void ToProto(const Principal& principal, v1::Principal* out) {
  out->set_user_id(principal.user_id);
  out->set_app(principal.app);
  out->set_session_id(principal.session_id);
  out->set_provider(principal.provider);
  out->set_subject(principal.subject);
  for (const std::string& role : principal.roles) out->add_roles(role);
  for (const std::string& value : principal.audience) out->add_audience(value);
  ToProto(principal.issued_at, out->mutable_issued_at());
  ToProto(principal.expires_at, out->mutable_expires_at());
  out->set_token_kind(v1::TOKEN_KIND_ACCESS_TOKEN);
}

void ToProto(const KeySourceStatus& status, absl::Time now,
             v1::KeySource* out) {
  // A source without discovery is named by its URI, which is no issuer.
  if (status.id != status.jwks_uri) out->set_issuer(status.id);
  out->set_jwks_uri(status.jwks_uri);
  for (const KeySourceStatus::Key& key : status.keys) {
    v1::IssuerKey* added = out->add_keys();
    added->set_kid(key.kid);
    SetKeyType(key.algorithm, added);
  }
  if (status.last_success.has_value()) {
    const absl::Duration age = now - *status.last_success;
    out->mutable_age()->set_seconds(absl::ToInt64Seconds(age));
  }
  SetOptional(status.last_success, &v1::KeySource::mutable_last_success_at,
              out);
  SetOptional(status.last_attempt, &v1::KeySource::mutable_last_attempt_at,
              out);
  out->set_last_error(status.last_error);
  if (status.next_refresh != absl::InfiniteFuture()) {
    ToProto(status.next_refresh, out->mutable_next_refresh_at());
  }
  out->set_fetch_count(static_cast<int64_t>(status.fetches));
  out->set_failure_count(static_cast<int64_t>(status.failures));
  out->set_suppressed_count(static_cast<int64_t>(status.cooldown_suppressed));
  out->set_stale(status.stale);
  out->set_usable(!status.keys.empty() && !status.expired);
}

absl::StatusOr<std::string> StructToJson(const google::protobuf::Struct& value,
                                         absl::string_view field,
                                         size_t max_bytes) {
  ASSIGN_OR_RETURN(const json::Value json, StructToValue(value, field));
  std::string text = json::Write(json);
  if (text.size() > max_bytes) {
    return InvalidField(
        field, absl::StrCat("must have at most ", max_bytes, " bytes as JSON"));
  }
  return text;
}

}  // namespace latchkey
