#include "core/outbound/token_reply.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "core/base/log.h"
#include "core/base/reason.h"
#include "core/base/status_macros.h"
#include "core/json/json.h"
#include "core/jwks/answer.h"

namespace latchkey {
namespace {

constexpr int kMaxDepth = 16;
constexpr size_t kMaxMembers = 1000;
constexpr int64_t kMaxSeconds = int64_t{10} * 365 * 24 * 3600;

absl::Status Malformed(absl::string_view cause) {
  return Error(Reason::kInternal, absl::StrCat("token endpoint: ", cause));
}

const std::string* FindText(const json::Value& reply, absl::string_view name) {
  const json::Value* const member = reply.Find(name);
  return member == nullptr ? nullptr : member->as_string();
}

// What each error code of RFC 6749 §5.2, RFC 8707 §2 and the servers we know
// means; nullopt for others.
std::optional<Reason> ReasonOfCode(absl::string_view code) {
  struct Row {
    absl::string_view code;
    Reason reason;
  };
  static constexpr Row kRows[] = {
      {"invalid_client", Reason::kOutboundRejected},
      {"invalid_scope", Reason::kOutboundRejected},
      {"invalid_target", Reason::kOutboundRejected},
      {"invalid_request", Reason::kOutboundRejected},
      {"invalid_grant", Reason::kOutboundRejected},
      {"unsupported_grant_type", Reason::kOutboundRejected},
      {"unauthorized_client", Reason::kOutboundNotPermitted},
      {"access_denied", Reason::kOutboundNotPermitted},
      {"slow_down", Reason::kThrottled},
      {"temporarily_unavailable", Reason::kIssuerUnavailable},
      {"server_error", Reason::kIssuerUnavailable},
  };
  for (const Row& row : kRows) {
    if (row.code == code) return row.reason;
  }
  return std::nullopt;
}

Reason ReasonOfStatus(int status) {
  if (status < 300) return Reason::kInternal;
  if (status == 429) return Reason::kThrottled;
  // 408 and 425: the request was not processed (RFC 9110 §15.5.9, RFC 8470).
  if (status >= 500 || status == 408 || status == 425) {
    return Reason::kIssuerUnavailable;
  }
  if (status == 403) return Reason::kOutboundNotPermitted;
  return Reason::kOutboundRejected;
}

// A code that we know by its name; others as what they are, since a hostile
// server may put anything there, also what we sent. So too the description.
std::string ShownCode(absl::string_view code, const json::Value& reply) {
  if (code.empty()) return "no error code";
  std::string shown = ReasonOfCode(code).has_value() ? std::string(code)
                                                     : "an unknown error code";
  // Entra says the precise cause as a number.
  const json::Value* const numbers = reply.Find("error_codes");
  const json::Value::Array* const list =
      numbers == nullptr ? nullptr : numbers->as_array();
  if (list != nullptr && !list->empty()) {
    const std::optional<int64_t> number = list->front().as_int64();
    if (number.has_value()) absl::StrAppend(&shown, ", AADSTS", *number);
  }
  return shown;
}

absl::Status Refused(const HttpResponse& response, const json::Value& reply,
                     const OutboundOptions& options, absl::Time now) {
  const std::string* const text = FindText(reply, "error");
  const absl::string_view code = text == nullptr ? absl::string_view() : *text;
  Reason reason = ReasonOfStatus(response.status);
  // The status of an overloaded server says more than whatever is in its body.
  const bool is_busy =
      reason == Reason::kThrottled || reason == Reason::kIssuerUnavailable;
  if (!is_busy) reason = ReasonOfCode(code).value_or(reason);
  absl::Status failure = Error(
      reason, absl::StrCat("token endpoint: HTTP status ", response.status,
                           ", ", ShownCode(code, reply)));
  if (!IsWorthRetrying(failure)) return failure;
  const std::optional<absl::Duration> delay = RetryAfter(response, now);
  if (!delay.has_value()) return failure;
  return WithRetryAfter(std::move(failure),
                        std::min(*delay, options.max_retry_after));
}

// Seconds as a number or, from some servers, as its text; nullopt when absent.
absl::StatusOr<std::optional<absl::Duration>> ReadLife(
    const json::Value& reply) {
  const json::Value* const member = reply.Find("expires_in");
  if (member == nullptr || member->is_null()) {
    return std::optional<absl::Duration>();
  }
  std::optional<int64_t> seconds = member->as_int64();
  if (const std::string* const text = member->as_string()) {
    int64_t number = 0;
    if (absl::SimpleAtoi(*text, &number)) seconds = number;
  }
  if (!seconds.has_value() || *seconds <= 0 || *seconds > kMaxSeconds) {
    return Malformed("expires_in is no number of seconds");
  }
  return std::optional<absl::Duration>(absl::Seconds(*seconds));
}

// The token goes into a header of whoever asked: visible ASCII (RFC 6749
// Appendix A.12).
bool IsUsableToken(absl::string_view token, size_t max_bytes) {
  return !token.empty() && token.size() <= max_bytes &&
         std::all_of(token.begin(), token.end(), [](char c) {
           return absl::ascii_isgraph(static_cast<unsigned char>(c));
         });
}

bool IsScopeText(absl::string_view scope) {
  constexpr size_t kMaxScopeBytes = 8192;
  return scope.size() <= kMaxScopeBytes &&
         std::all_of(scope.begin(), scope.end(), [](char c) {
           return absl::ascii_isprint(static_cast<unsigned char>(c));
         });
}

// RFC 6749 §5.1: without `scope`, what was asked for is granted.
void WarnOfMissingScopes(const OutboundSettings& settings,
                         absl::string_view granted) {
  if (granted.empty()) return;
  const std::vector<absl::string_view> have = absl::StrSplit(granted, ' ');
  size_t missing = 0;
  for (const std::string& scope : settings.scopes) {
    // Entra answers ".default" with the scopes behind it.
    if (absl::EndsWith(scope, "/.default")) continue;
    if (std::find(have.begin(), have.end(), scope) == have.end()) ++missing;
  }
  if (missing == 0) return;
  Log(LogLevel::kWarning, "outbound_scope_not_granted",
      {{"credential", settings.name}, {"missing", missing}});
}

absl::StatusOr<OutboundToken> ReadToken(const OutboundSettings& settings,
                                        const OutboundOptions& options,
                                        const ReplyTimes& times,
                                        json::Value* reply) {
  OutboundToken token;
  const std::string* const type = FindText(*reply, "token_type");
  if (type == nullptr || !absl::EqualsIgnoreCase(*type, "bearer")) {
    return Malformed("token_type is not Bearer");
  }
  token.token_type = "Bearer";
  ASSIGN_OR_RETURN(const std::optional<absl::Duration> life, ReadLife(*reply));
  if (life.has_value()) token.expires_at = times.asked + *life;
  if (token.expires_at.has_value() && *token.expires_at <= times.answered) {
    return Error(Reason::kIssuerUnavailable,
                 "token endpoint: the token had expired when it came");
  }
  if (const std::string* const scope = FindText(*reply, "scope")) {
    if (!IsScopeText(*scope)) return Malformed("scope is malformed");
    token.scope = *scope;
  }
  const std::string* const text = FindText(*reply, "access_token");
  if (text == nullptr || !IsUsableToken(*text, options.max_token_bytes)) {
    return Malformed("no usable access_token");
  }
  token.access_token = Secret(*text);
  WarnOfMissingScopes(settings, token.scope);
  return token;
}

// Wipes what a parsed reply holds, since a Value does not.
class ReplyWiper final {
 public:
  explicit ReplyWiper(json::Value* reply) : reply_(reply) {}
  ~ReplyWiper() {
    json::Value::Object* const object = reply_->mutable_object();
    if (object == nullptr) return;
    for (auto& [name, value] : *object) {
      const std::string* const text = value.as_string();
      // The value itself is ours and not const.
      if (text != nullptr) WipeString(const_cast<std::string*>(text));
    }
  }
  ReplyWiper(const ReplyWiper&) = delete;
  ReplyWiper& operator=(const ReplyWiper&) = delete;

 private:
  json::Value* const reply_;
};

}  // namespace

absl::StatusOr<OutboundToken> ReadTokenReply(const OutboundSettings& settings,
                                             const OutboundOptions& options,
                                             const ReplyTimes& times,
                                             HttpResponse* response) {
  json::Limits limits;
  limits.max_bytes = options.max_body_bytes;
  limits.max_depth = kMaxDepth;
  limits.max_members = kMaxMembers;
  absl::StatusOr<json::Value> parsed =
      json::ParseObject(response->body, limits);
  WipeString(&response->body);
  json::Value reply = parsed.ok() ? *std::move(parsed) : json::Value();
  const ReplyWiper wiper(&reply);
  // Some servers refuse with status 200.
  if (response->status != 200 || FindText(reply, "error") != nullptr) {
    return Refused(*response, reply, options, times.answered);
  }
  if (!parsed.ok()) return Malformed(parsed.status().message());
  return ReadToken(settings, options, times, &reply);
}

bool IsWorthRetrying(const absl::Status& failure) {
  const Reason reason = GetReason(failure);
  return reason == Reason::kIssuerUnavailable || reason == Reason::kThrottled;
}

}  // namespace latchkey
