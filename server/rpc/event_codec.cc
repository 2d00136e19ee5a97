#include "server/rpc/event_codec.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "core/audit/audit_actions.h"
#include "core/events/event_log.h"
#include "server/rpc/convert.h"

namespace latchkey {
namespace {

constexpr size_t kIdDigits = 20;

// Every word that has a type.
struct TypedAction {
  absl::string_view action;
  v1::AuditEventType type;
};
constexpr TypedAction kTypes[] = {
    {audit_action::kUserCreated, v1::AUDIT_EVENT_TYPE_USER_CREATED},
    {audit_action::kUserDeleted, v1::AUDIT_EVENT_TYPE_USER_DELETED},
    {audit_action::kUserDisabled, v1::AUDIT_EVENT_TYPE_USER_DISABLED},
    {audit_action::kUserEnabled, v1::AUDIT_EVENT_TYPE_USER_ENABLED},
    {audit_action::kLogin, v1::AUDIT_EVENT_TYPE_LOGIN},
    {audit_action::kLoginFailed, v1::AUDIT_EVENT_TYPE_LOGIN_FAILED},
    {kLogoutAction, v1::AUDIT_EVENT_TYPE_LOGOUT},
    {audit_action::kSessionRevoked, v1::AUDIT_EVENT_TYPE_SESSION_REVOKED},
    {audit_action::kSessionsRevoked, v1::AUDIT_EVENT_TYPE_SESSION_REVOKED},
    {audit_action::kRefreshReused, v1::AUDIT_EVENT_TYPE_REFRESH_REUSED},
    {audit_action::kLink, v1::AUDIT_EVENT_TYPE_IDENTITY_LINKED},
    {audit_action::kUnlink, v1::AUDIT_EVENT_TYPE_IDENTITY_UNLINKED},
    {audit_action::kRegistered, v1::AUDIT_EVENT_TYPE_REGISTERED},
    {audit_action::kRegistrationConfirmed, v1::AUDIT_EVENT_TYPE_CONFIRMED},
    {audit_action::kPasswordChanged, v1::AUDIT_EVENT_TYPE_PASSWORD_CHANGED},
    {audit_action::kPasswordReset, v1::AUDIT_EVENT_TYPE_PASSWORD_CHANGED},
    {audit_action::kApiKeyCreated, v1::AUDIT_EVENT_TYPE_API_KEY_CREATED},
    {audit_action::kApiKeyEnabled, v1::AUDIT_EVENT_TYPE_API_KEY_ENABLED},
    {audit_action::kApiKeyDisabled, v1::AUDIT_EVENT_TYPE_API_KEY_DISABLED},
    {audit_action::kApiKeyDeleted, v1::AUDIT_EVENT_TYPE_API_KEY_DELETED},
};

v1::AuditEventType TypeOf(absl::string_view action) {
  for (const TypedAction& typed : kTypes) {
    if (typed.action == action) return typed.type;
  }
  return v1::AUDIT_EVENT_TYPE_UNSPECIFIED;
}

}  // namespace

void ToProto(const EventRecord& event, v1::AuditEvent* out) {
  out->set_id(EventId(event.id));
  ToProto(event.time, out->mutable_time());
  out->set_type(TypeOf(event.action));
  out->set_action(event.action);
  out->set_app(event.app.value());
  out->set_user_id(event.user.value());
  out->set_session_id(event.session.value());
  out->set_provider(event.provider.value());
  out->set_target(event.target);
  out->set_peer(event.peer);
  out->set_request_id(event.request_id);
  out->set_actor(event.actor);
  v1::Reason reason = v1::REASON_UNSPECIFIED;
  if (absl::EndsWith(event.action, "_failed") &&
      v1::Reason_Parse(absl::StrCat("REASON_", event.detail), &reason)) {
    out->set_reason(reason);
  } else {
    out->set_detail(event.detail);
  }
}

std::vector<std::string> ActionsOf(
    const google::protobuf::RepeatedField<int>& types) {
  std::vector<std::string> actions;
  for (const TypedAction& typed : kTypes) {
    if (std::find(types.begin(), types.end(), typed.type) != types.end()) {
      actions.emplace_back(typed.action);
    }
  }
  return actions;
}

std::string EventId(uint64_t id) {
  std::string digits = absl::StrCat(id);
  return std::string(kIdDigits - digits.size(), '0') + digits;
}

std::optional<uint64_t> ParseEventId(absl::string_view text) {
  uint64_t id = 0;
  if (text.size() != kIdDigits || !absl::SimpleAtoi(text, &id) ||
      EventId(id) != text) {
    return std::nullopt;
  }
  return id;
}

}  // namespace latchkey
