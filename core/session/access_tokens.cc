#include "core/session/access_tokens.h"

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/base64url.h"
#include "core/base/reason.h"
#include "core/base/status_macros.h"
#include "core/json/document.h"
#include "core/json/json.h"
#include "core/jwt/claims.h"
#include "core/jwt/compact.h"
#include "core/jwt/header_memo.h"
#include "core/jwt/token_minter.h"
#include "core/jwt/token_verifier.h"
#include "core/session/app_services_claims.h"
#include "core/session/verified_token_cache.h"

namespace latchkey {
namespace {

constexpr char kType[] = "at+jwt";  // RFC 9068 §2.1
constexpr absl::Duration kMaxLeeway = absl::Minutes(10);
// What Verify takes; long because of roles.
constexpr size_t kMaxTokenBytes = 16 * 1024;

Expectations AccessExpectations(const AccessTokenOptions& options) {
  Expectations expected;
  expected.issuers = {options.issuer};
  expected.types = {kType};
  expected.max_token_bytes = kMaxTokenBytes;
  expected.leeway = options.leeway;
  // Revocations are loaded and kept for as long as today's tokens live.
  expected.max_lifetime = options.ttl;
  expected.require_kid = true;
  // The audience is checked on every call, remembered token or not.
  return expected;
}

absl::Status ClaimInvalid(absl::string_view claim) {
  return Error(Reason::kTokenClaimInvalid,
               absl::StrCat("no access token of ours: ", claim));
}

absl::Status TakeString(json::Node payload, absl::string_view name,
                        std::string* out) {
  const std::optional<json::Node> value = payload.Find(name);
  const std::optional<absl::string_view> text =
      value.has_value() ? value->as_string() : std::nullopt;
  if (!text.has_value()) return ClaimInvalid(name);
  out->assign(text->data(), text->size());
  return absl::OkStatus();
}

absl::Status TakeRoles(json::Node payload, std::vector<std::string>* out) {
  out->clear();
  const std::optional<json::Node> roles = payload.Find("roles");
  if (!roles.has_value()) return absl::OkStatus();
  if (!roles->is_array()) return ClaimInvalid("roles");
  for (const json::Node role : roles->children()) {
    if (!role.as_string().has_value()) return ClaimInvalid("roles");
    out->emplace_back(*role.as_string());
  }
  return absl::OkStatus();
}

absl::Status ToPrincipal(const ClaimsView& claims, Principal* out) {
  if (!claims.subject) return ClaimInvalid("sub");
  if (!claims.issued_at) return ClaimInvalid("iat");
  if (!claims.expiration) return ClaimInvalid("exp");
  if (claims.audience.empty()) return ClaimInvalid("aud");
  out->user_id.assign(claims.subject->data(), claims.subject->size());
  out->audience.clear();
  for (const absl::string_view audience : claims.audience) {
    out->audience.emplace_back(audience);
  }
  out->issued_at = *claims.issued_at;
  out->expires_at = *claims.expiration;
  const json::Node payload = *claims.payload;
  RETURN_IF_ERROR(TakeString(payload, "app", &out->app));
  RETURN_IF_ERROR(TakeString(payload, "sid", &out->session_id));
  RETURN_IF_ERROR(TakeString(payload, "idp", &out->provider));
  RETURN_IF_ERROR(TakeString(payload, "idp_sub", &out->subject));
  return TakeRoles(payload, &out->roles);
}

bool HasAny(const std::vector<std::string>& audience,
            absl::Span<const std::string> wanted) {
  return std::any_of(
      wanted.begin(), wanted.end(), [&audience](const std::string& one) {
        return std::find(audience.begin(), audience.end(), one) !=
               audience.end();
      });
}

// Forget keeps the buffers.
void Forget(Principal* out) {
  for (std::string* text : {&out->user_id, &out->app, &out->session_id,
                            &out->provider, &out->subject}) {
    text->clear();
  }
  out->roles.clear();
  out->audience.clear();
  out->issued_at = out->expires_at = absl::InfinitePast();
}

std::string NewTokenId(Random* random) {
  return Base64UrlEncode(random->Bytes(16));
}

json::Value Payload(const SessionRecord& session, const std::string& issuer,
                    std::string token_id) {
  json::Value payload(json::Value::Object{});
  payload.Set("iss", issuer);
  payload.Set("sub", session.user.value());
  payload.Set("aud", session.app.value());
  payload.Set("jti", std::move(token_id));
  payload.Set("sid", session.id.value());
  payload.Set("app", session.app.value());
  payload.Set("idp", session.provider.value());
  payload.Set("idp_sub", session.subject);
  if (!session.roles.empty()) {
    payload.Set("roles",
                json::Value::Array(session.roles.begin(), session.roles.end()));
  }
  return payload;
}

}  // namespace

struct AccessTokens::Impl {
  Impl(AccessTokenOptions o, const KeyRing* k, const Revocations* rev,
       Random* rnd)
      : options(std::move(o)),
        leeway(std::clamp(options.leeway, absl::ZeroDuration(), kMaxLeeway)),
        expectations(AccessExpectations(options)),
        keys(k),
        revocations(rev),
        random(rnd) {
    if (options.cache_entries > 0) {
      cache = std::make_unique<VerifiedTokenCache>(options.cache_entries, rnd);
    }
  }

  bool FindRemembered(absl::string_view token, Principal* out,
                      absl::Time* not_before) const {
    return cache != nullptr &&
           cache->Find(token, keys->generation(), out, not_before);
  }

  absl::Status VerifyFully(absl::string_view token, absl::Time now,
                           Principal* out) const {
    // Read before the keys: should they change in between, what is remembered
    // belongs to the old generation and is never found.
    const uint64_t generation = keys->generation();
    thread_local VerifyBuffers buffers;
    ASSIGN_OR_RETURN(const VerifiedTokenView verified,
                     verifier.VerifyInPlace(token, expectations,
                                            keys->Published(), now, &buffers));
    const ClaimsView& claims = verified.claims();
    RETURN_IF_ERROR(ToPrincipal(claims, out));
    if (cache != nullptr) {
      const absl::Time not_before = std::max(
          out->issued_at, claims.not_before.value_or(absl::InfinitePast()));
      cache->Insert(token, generation, *out, not_before);
    }
    return absl::OkStatus();
  }

  // Remember spares a token that was just minted its first verification.
  void Remember(const Minted& minted, uint64_t generation,
                const SessionRecord& session, absl::Time issued_at) const {
    if (cache == nullptr) return;
    Principal principal;
    principal.user_id = session.user.value();
    principal.app = session.app.value();
    principal.session_id = session.id.value();
    principal.provider = session.provider.value();
    principal.subject = session.subject;
    principal.roles = session.roles;
    principal.audience = {session.app.value()};
    principal.issued_at = issued_at;
    principal.expires_at = minted.expires_at;
    cache->Insert(minted.token, generation, principal, issued_at);
  }

  absl::Status CheckTimes(const Principal& principal, absl::Time not_before,
                          absl::Time now) const {
    if (now - leeway >= principal.expires_at) {
      return Error(Reason::kTokenExpired, "the access token has expired");
    }
    if (now + leeway < not_before) {
      return Error(Reason::kTokenNotYetValid, "the access token is early");
    }
    return absl::OkStatus();
  }

  absl::Status Verify(absl::string_view token,
                      absl::Span<const std::string> audiences, absl::Time now,
                      Principal* out) const {
    absl::Time not_before;
    if (FindRemembered(token, out, &not_before)) {
      RETURN_IF_ERROR(CheckTimes(*out, not_before, now));
    } else {
      RETURN_IF_ERROR(VerifyFully(token, now, out));
    }
    if (!audiences.empty() && !HasAny(out->audience, audiences)) {
      return Error(Reason::kTokenAudienceMismatch,
                   "no wanted audience is in aud");
    }
    if (revocations->IsRevoked(out->session_id)) {
      return Error(Reason::kSessionRevoked, "the session was revoked");
    }
    if (options.apps != nullptr && !options.apps->Serves(out->app)) {
      return Error(Reason::kProviderNotEnabled, "app is gone");
    }
    return absl::OkStatus();
  }

  const AccessTokenOptions options;
  const absl::Duration leeway;
  const Expectations expectations;
  const TokenVerifier verifier{};
  const KeyRing* const keys;
  const Revocations* const revocations;
  Random* const random;
  std::unique_ptr<VerifiedTokenCache> cache;  // null: none
};

AccessTokens::AccessTokens(AccessTokenOptions options, const KeyRing* keys,
                           const Revocations* revocations, Random* random)
    : impl_(std::make_unique<Impl>(std::move(options), keys, revocations,
                                   random)) {}

AccessTokens::~AccessTokens() = default;

absl::StatusOr<AccessTokens::Minted> AccessTokens::Mint(
    const SessionRecord& session, absl::Time now,
    absl::string_view custom_data_json) const {
  const int64_t issued_at = absl::ToUnixSeconds(now);
  const int64_t expires_at = absl::ToUnixSeconds(
      std::min(absl::FromUnixSeconds(issued_at) + impl_->options.ttl,
               session.expires_at));
  if (expires_at <= issued_at) {
    return Error(Reason::kSessionExpired, "the session ends at once");
  }
  json::Value payload =
      Payload(session, impl_->options.issuer, NewTokenId(impl_->random));
  payload.Set("iat", issued_at);
  payload.Set("exp", expires_at);
  if (!session.rotates) {
    AddAccessClaims(session, custom_data_json, impl_->options.max_user_data,
                    &payload);
  }
  const uint64_t generation = impl_->keys->generation();  // before the key
  const std::shared_ptr<const SigningKey> key = impl_->keys->Current();
  absl::StatusOr<std::string> token =
      MintToken(payload, kType, *key, kMaxTokenBytes);
  // Nothing that the caller sent is wrong.
  if (!token.ok()) return Error(Reason::kInternal, token.status().message());
  Minted minted{*std::move(token), absl::FromUnixSeconds(expires_at)};
  impl_->Remember(minted, generation, session,
                  absl::FromUnixSeconds(issued_at));
  return minted;
}

absl::Status AccessTokens::Verify(absl::string_view token,
                                  absl::Span<const std::string> audiences,
                                  absl::Time now, Principal* out) const {
  absl::Status status = impl_->Verify(token, audiences, now, out);
  if (!status.ok()) Forget(out);
  return status;
}

bool AccessTokens::LooksOwn(absl::string_view token) const {
  const absl::StatusOr<CompactToken> parts = SplitCompact(token);
  if (!parts.ok()) return false;
  const absl::StatusOr<const JoseHeader*> header =
      HeaderMemo::OfThisThread().Parse(parts->header);
  return header.ok() && (*header)->kid &&
         impl_->keys->Published().Contains(*(*header)->kid);
}

}  // namespace latchkey
