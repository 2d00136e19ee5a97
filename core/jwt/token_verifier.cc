#include "core/jwt/token_verifier.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "core/base/base64url.h"
#include "core/base/reason.h"
#include "core/base/status_macros.h"
#include "core/jwt/header_memo.h"

namespace latchkey {
namespace {

// RSA with 8192 bits.
constexpr size_t kMaxSignatureBytes = 1024;
constexpr absl::Duration kMaxLeeway = absl::Minutes(10);

template <typename Accepted, typename T>
bool Accepts(const Accepted& accepted, const T& value) {
  return absl::c_linear_search(accepted, value);
}

// Why no key was found: the difference tells a caller whether asking for newer
// keys makes sense.
absl::Status NoKey(const JoseHeader& header, const KeyTable& keys) {
  const bool other_algorithm =
      header.kid.has_value()
          ? keys.Contains(*header.kid) || keys.Contains("")
          : !keys.empty() && !keys.HasAlgorithm(header.algorithm);
  if (other_algorithm) {
    return Error(Reason::kTokenAlgorithmMismatch, "alg is not that of the key");
  }
  return Error(Reason::kTokenKeyUnknown, header.kid.has_value()
                                             ? "no key with this kid"
                                             : "no kid and not just one key");
}

absl::StatusOr<KeyTable::CandidateList> FindKeys(
    const JoseHeader& header, const Expectations& expectations,
    const KeyTable& keys) {
  if (!expectations.algorithms.empty() &&
      !Accepts(expectations.algorithms, header.algorithm)) {
    return Error(Reason::kTokenAlgorithmMismatch, "alg is not accepted here");
  }
  if (expectations.require_kid && !header.kid.has_value()) {
    return Error(Reason::kTokenKeyUnknown, "no kid");
  }
  KeyTable::CandidateList found = keys.Candidates(header.kid, header.algorithm);
  if (found.empty()) return NoKey(header, keys);
  return found;
}

// CheckSignature returns the key that verified.
absl::StatusOr<const PublicKey*> CheckSignature(
    const CompactToken& token, const KeyTable::CandidateList& candidates) {
  const std::optional<size_t> size =
      Base64UrlDecodedSize(token.signature.size());
  if (!size.has_value()) {
    return Error(Reason::kTokenMalformed, "signature: not base64url");
  }
  std::array<uint8_t, kMaxSignatureBytes> bytes;
  if (*size > bytes.size()) {
    return Error(Reason::kTokenSignatureInvalid, "signature is too long");
  }
  if (!Base64UrlDecode(token.signature, absl::MakeSpan(bytes)).has_value()) {
    return Error(Reason::kTokenMalformed, "signature: not base64url");
  }
  const absl::string_view signature(reinterpret_cast<const char*>(bytes.data()),
                                    *size);
  absl::Status status;
  for (const PublicKey* key : candidates) {
    status = key->Verify(token.signing_input, signature);
    if (status.ok()) return key;
  }
  return status;
}

// Decode replaces *out by the bytes of a payload segment.
absl::Status DecodePayload(absl::string_view segment, std::string* out) {
  constexpr size_t kKeptBytes = 64 * 1024;
  if (out->capacity() > kKeptBytes) *out = std::string();
  const std::optional<size_t> size = Base64UrlDecodedSize(segment.size());
  out->resize(size.value_or(0));
  if (size.has_value() &&
      Base64UrlDecode(segment,
                      absl::MakeSpan(reinterpret_cast<uint8_t*>(out->data()),
                                     out->size()))) {
    return absl::OkStatus();
  }
  return Error(Reason::kTokenMalformed, "payload: not base64url");
}

absl::Status CheckType(const JoseHeader& header,
                       const Expectations& expectations) {
  if (expectations.types.empty() ||
      Accepts(expectations.types, header.typ.has_value()
                                      ? absl::string_view(*header.typ)
                                      : absl::string_view())) {
    return absl::OkStatus();
  }
  return Error(Reason::kTokenTypeMismatch, "typ is not accepted here");
}

absl::Status CheckIssuer(const ClaimsView& claims,
                         const Expectations& expectations) {
  if (expectations.issuers.empty()) return absl::OkStatus();
  if (claims.issuer.has_value() &&
      Accepts(expectations.issuers, *claims.issuer)) {
    return absl::OkStatus();
  }
  return Error(Reason::kTokenIssuerMismatch, "iss is not accepted here");
}

absl::Status CheckLifetime(const ClaimsView& claims,
                           const Expectations& expectations, absl::Time now) {
  if (!expectations.max_lifetime.has_value() ||
      !claims.expiration.has_value()) {
    return absl::OkStatus();
  }
  const absl::Time start = claims.issued_at.value_or(now);
  if (*claims.expiration - start <= *expectations.max_lifetime) {
    return absl::OkStatus();
  }
  return Error(Reason::kTokenLifetimeTooLong, "exp is too far ahead");
}

// absl::Time saturates, so no date overflows.
absl::Status CheckTimes(const ClaimsView& claims,
                        const Expectations& expectations, absl::Time now) {
  const absl::Duration leeway =
      std::clamp(expectations.leeway, absl::ZeroDuration(), kMaxLeeway);
  if (!claims.expiration.has_value()) {
    if (!expectations.allow_missing_expiration) {
      return Error(Reason::kTokenClaimInvalid, "exp is missing");
    }
  } else if (now >= *claims.expiration + leeway) {
    return Error(Reason::kTokenExpired, "exp has passed");
  }
  if (claims.not_before.has_value() && now < *claims.not_before - leeway) {
    return Error(Reason::kTokenNotYetValid, "nbf is ahead");
  }
  if (claims.issued_at.has_value() && now < *claims.issued_at - leeway) {
    return Error(Reason::kTokenNotYetValid, "iat is ahead");
  }
  // One issuer's dates need no leeway between them.
  const absl::Time end = claims.expiration.value_or(absl::InfiniteFuture());
  if (claims.not_before.value_or(absl::InfinitePast()) > end ||
      claims.issued_at.value_or(absl::InfinitePast()) > end) {
    return Error(Reason::kTokenClaimInvalid, "exp is before nbf or iat");
  }
  return CheckLifetime(claims, expectations, now);
}

absl::Status CheckAudience(const ClaimsView& claims,
                           const Expectations& expectations) {
  if (expectations.audiences.empty()) return absl::OkStatus();
  const auto in_token = [&claims](const std::string& audience) {
    return !audience.empty() && Accepts(claims.audience, audience);
  };
  const bool matches =
      expectations.audience_match == Expectations::AudienceMatch::kAll
          ? absl::c_all_of(expectations.audiences, in_token)
          : absl::c_any_of(expectations.audiences, in_token);
  if (matches) return absl::OkStatus();
  return Error(Reason::kTokenAudienceMismatch, "aud is not accepted here");
}

// A token that is bound to a key (RFC 7800: DPoP, mutual TLS) is worth nothing
// without proof of that key, which nobody asks for here (RFC 9449 §7.1, RFC
// 8705 §3).
absl::Status CheckUnbound(const ClaimsView& claims) {
  if (!claims.payload->Find("cnf").has_value()) return absl::OkStatus();
  return Error(Reason::kTokenUnsupported, "cnf: the token is bound to a key");
}

absl::Status CheckClaims(const ClaimsView& claims,
                         const Expectations& expectations, absl::Time now) {
  RETURN_IF_ERROR(CheckUnbound(claims));
  RETURN_IF_ERROR(CheckIssuer(claims, expectations));
  RETURN_IF_ERROR(CheckTimes(claims, expectations, now));
  RETURN_IF_ERROR(CheckAudience(claims, expectations));
  if (expectations.require_subject && !claims.subject.has_value()) {
    return Error(Reason::kTokenClaimInvalid, "sub is missing");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<VerifiedTokenView> TokenVerifier::VerifyInPlace(
    absl::string_view text, const Expectations& expectations,
    const KeyTable& keys, absl::Time now, VerifyBuffers* buffers) const {
  ASSIGN_OR_RETURN(const CompactToken token,
                   SplitCompact(text, expectations.max_token_bytes));
  ASSIGN_OR_RETURN(const JoseHeader* header,
                   HeaderMemo::OfThisThread().Parse(token.header));
  ASSIGN_OR_RETURN(const KeyTable::CandidateList candidates,
                   FindKeys(*header, expectations, keys));
  ASSIGN_OR_RETURN(const PublicKey* key, CheckSignature(token, candidates));
  // Only from here on is anything of the token believed.
  RETURN_IF_ERROR(CheckType(*header, expectations));
  RETURN_IF_ERROR(DecodePayload(token.payload, &buffers->payload_));
  RETURN_IF_ERROR(
      ReadClaims(buffers->payload_, &buffers->document_, &buffers->claims_));
  RETURN_IF_ERROR(CheckClaims(buffers->claims_, expectations, now));
  return VerifiedTokenView(header, &buffers->claims_, key);
}

absl::StatusOr<VerifiedToken> TokenVerifier::Verify(
    absl::string_view text, const Expectations& expectations,
    const KeyTable& keys, absl::Time now) const {
  thread_local VerifyBuffers buffers;
  ASSIGN_OR_RETURN(const VerifiedTokenView view,
                   VerifyInPlace(text, expectations, keys, now, &buffers));
  return VerifiedToken(view.header(), Claims::CopyOf(view.claims()),
                       view.key_id());
}

}  // namespace latchkey
