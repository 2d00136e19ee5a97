#include "server/app_services/redirect_flow.h"

#include <cstdint>
#include <memory>
#include <optional>

#include "absl/strings/str_cat.h"
#include "core/base/base64url.h"
#include "core/base/constant_time.h"
#include "core/base/reason.h"
#include "core/base/status_macros.h"
#include "core/crypto/digest.h"
#include "core/crypto/signing_key.h"
#include "core/json/json.h"

namespace latchkey {
namespace {

// The key of these MACs is made of the ring's key of refresh tokens, so that a
// restart in between, or another replica, does not matter. No token begins so.
constexpr char kKeyPurpose[] = "latchkey redirect flow 1\n";
constexpr size_t kIdBytes = 16;
constexpr size_t kCookieBytes = 32;
constexpr size_t kMaxState = 8192;
constexpr size_t kMaxUsed = 65536;

std::string TextIn(const json::Value& object, absl::string_view name) {
  const json::Value* const member = object.Find(name);
  const std::string* const text =
      member == nullptr ? nullptr : member->as_string();
  return text == nullptr ? "" : *text;
}

std::string Write(const RedirectFlow& flow) {
  json::Value out{json::Value::Object()};
  out.Set("id", flow.id);
  out.Set("app", flow.app.value());
  out.Set("provider", flow.provider.value());
  out.Set("redirect", flow.redirect);
  out.Set("state", flow.client_state);
  out.Set("device", flow.device_json);
  if (!flow.linking.empty()) out.Set("linking", flow.linking.value());
  out.Set("exp", absl::ToUnixSeconds(flow.expires_at));
  return json::Write(out);
}

absl::StatusOr<RedirectFlow> Read(absl::string_view text) {
  ASSIGN_OR_RETURN(const json::Value object, json::ParseObject(text));
  const json::Value* const exp = object.Find("exp");
  const std::optional<int64_t> seconds =
      exp == nullptr ? std::nullopt : exp->as_int64();
  if (!seconds.has_value()) return Error(Reason::kInternal, "flow without exp");
  RedirectFlow flow;
  flow.id = TextIn(object, "id");
  flow.app = AppId(TextIn(object, "app"));
  flow.provider = ProviderName(TextIn(object, "provider"));
  flow.redirect = TextIn(object, "redirect");
  flow.client_state = TextIn(object, "state");
  flow.device_json = TextIn(object, "device");
  flow.linking = SessionId(TextIn(object, "linking"));
  flow.expires_at = absl::FromUnixSeconds(*seconds);
  return flow;
}

absl::Status NotOurs() {
  return Error(Reason::kCredentialRejected,
               "the state is none of ours, or of another browser");
}

}  // namespace

RedirectFlows::RedirectFlows(const KeyRing* keys, Clock* clock, Random* random)
    : keys_(keys), clock_(clock), random_(random) {}

std::string RedirectFlows::NewCookie() const {
  return Base64UrlEncode(random_->Bytes(kCookieBytes));
}

bool RedirectFlows::IsCookie(absl::string_view text) {
  const std::optional<std::string> bytes = Base64UrlDecode(text);
  return bytes.has_value() && bytes->size() == kCookieBytes;
}

absl::StatusOr<std::string> RedirectFlows::Mac(absl::string_view purpose,
                                               absl::string_view cookie,
                                               absl::string_view text) const {
  std::string key;
  RETURN_IF_ERROR(keys_->RefreshKey()->Sign(kKeyPurpose, &key));
  const Sha256Digest mac =
      HmacSha256(key, absl::StrCat(purpose, "\n", cookie, "\n", text));
  WipeString(&key);
  return Base64UrlEncode(AsStringView(mac));
}

absl::StatusOr<std::string> RedirectFlows::Seal(absl::string_view cookie,
                                                RedirectFlow* flow) const {
  flow->id = Base64UrlEncode(random_->Bytes(kIdBytes));
  flow->expires_at = clock_->TimeNow() + kRedirectFlowLife;
  const std::string payload = Base64UrlEncode(Write(*flow));
  ASSIGN_OR_RETURN(const std::string mac, Mac("state", cookie, payload));
  return absl::StrCat(payload, ".", mac);
}

absl::StatusOr<RedirectFlow> RedirectFlows::Open(
    absl::string_view state, absl::string_view cookie) const {
  const size_t dot = state.find('.');
  if (state.size() > kMaxState || dot == absl::string_view::npos ||
      !IsCookie(cookie)) {
    return NotOurs();
  }
  const absl::string_view payload = state.substr(0, dot);
  ASSIGN_OR_RETURN(const std::string mac, Mac("state", cookie, payload));
  if (!ConstantTimeEquals(mac, state.substr(dot + 1))) return NotOurs();
  const std::optional<std::string> text = Base64UrlDecode(payload);
  if (!text.has_value()) return Error(Reason::kInternal, "flow in no base64");
  ASSIGN_OR_RETURN(RedirectFlow flow, Read(*text));
  if (clock_->TimeNow() >= flow.expires_at) {
    return Error(Reason::kSessionExpired, "the login took too long");
  }
  return flow;
}

absl::StatusOr<FlowProofs> RedirectFlows::ProofsOf(
    const RedirectFlow& flow, absl::string_view cookie) const {
  FlowProofs proofs;
  ASSIGN_OR_RETURN(std::string verifier, Mac("verifier", cookie, flow.id));
  proofs.code_verifier = Secret::TakeFrom(&verifier);
  ASSIGN_OR_RETURN(proofs.nonce, Mac("nonce", cookie, flow.id));
  return proofs;
}

bool RedirectFlows::Use(const RedirectFlow& flow) {
  const absl::Time now = clock_->TimeNow();
  absl::MutexLock lock(&mu_);
  while (!in_order_.empty() &&
         (in_order_.front().first <= now || in_order_.size() >= kMaxUsed)) {
    used_.erase(in_order_.front().second);
    in_order_.pop_front();
  }
  if (!used_.insert(flow.id).second) return false;
  // Kept from now on, so that those in front are always the first to go.
  in_order_.emplace_back(now + kRedirectFlowLife, flow.id);
  return true;
}

std::string ChallengeOf(const Secret& code_verifier) {
  return Base64UrlEncode(AsStringView(Sha256(code_verifier.RevealSecret())));
}

}  // namespace latchkey
