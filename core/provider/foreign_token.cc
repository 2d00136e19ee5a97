#include "core/provider/foreign_token.h"

#include <algorithm>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/base/base64url.h"
#include "core/base/reason.h"
#include "core/base/status_macros.h"
#include "core/jwt/compact.h"
#include "core/jwt/header_memo.h"
#include "core/jwt/key_table.h"

namespace latchkey {
namespace {

bool IsRsa(Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::kRs256:
    case Algorithm::kRs384:
    case Algorithm::kRs512:
    case Algorithm::kPs256:
    case Algorithm::kPs384:
    case Algorithm::kPs512:
      return true;
    default:
      return false;
  }
}

}  // namespace

ForeignTokenVerifier::ForeignTokenVerifier(
    Expectations expected, std::shared_ptr<JwksCache::Source> source,
    JwksCache* jwks, Clock* clock)
    : expected_(std::move(expected)),
      source_(std::move(source)),
      jwks_(jwks),
      clock_(clock) {}

std::optional<absl::StatusOr<VerifiedToken>> ForeignTokenVerifier::Verify(
    absl::string_view token, const CallContext& ctx, bool may_wait) const {
  absl::StatusOr<std::optional<std::string>> kid = KidOf(token);
  if (!kid.ok()) return kid.status();
  std::optional<absl::StatusOr<std::shared_ptr<const KeyTable>>> keys =
      jwks_->TryKeysFor(source_.get(), *kid);
  if (!keys.has_value()) {
    if (!may_wait) return std::nullopt;
    keys = jwks_->KeysFor(source_.get(), *kid, ctx.deadline);
  }
  if (!keys->ok()) return keys->status();
  return verifier_.Verify(token, expected_, ***keys, clock_->TimeNow());
}

absl::StatusOr<std::optional<std::string>> ForeignTokenVerifier::KidOf(
    absl::string_view token) const {
  ASSIGN_OR_RETURN(CompactToken parts,
                   SplitCompact(token, expected_.max_token_bytes));
  ASSIGN_OR_RETURN(const JoseHeader* const header,
                   HeaderMemo::OfThisThread().Parse(parts.header));
  if (!absl::c_linear_search(expected_.algorithms, header->algorithm)) {
    return Error(Reason::kTokenAlgorithmMismatch,
                 absl::StrCat(AlgorithmName(header->algorithm),
                              " is not among the allowed algorithms"));
  }
  if (expected_.require_kid && !header->kid.has_value()) {
    return Error(Reason::kTokenKeyUnknown, "no kid");
  }
  return header->kid;
}

std::optional<Algorithm> RsaDefault(const std::vector<Algorithm>& accepted) {
  if (absl::c_linear_search(accepted, Algorithm::kRs256)) return std::nullopt;
  const auto first = absl::c_find_if(accepted, IsRsa);
  if (first == accepted.end()) return std::nullopt;
  return *first;
}

absl::StatusOr<Claims> UnverifiedClaims(absl::string_view token,
                                        size_t max_bytes) {
  ASSIGN_OR_RETURN(const CompactToken parts, SplitCompact(token, max_bytes));
  const std::optional<std::string> payload = Base64UrlDecode(parts.payload);
  if (!payload.has_value()) {
    return Error(Reason::kTokenMalformed, "payload: not base64url");
  }
  return ParseClaims(*payload);
}

absl::Status AsRejection(const absl::Status& status, size_t max_token_bytes) {
  const Reason reason = GetReason(status);
  const absl::string_view name = GetReasonInfo(reason).name;
  if (!absl::StartsWith(name, "TOKEN_")) return status;
  std::string detail = absl::StrCat(name, ": ", status.message());
  if (reason == Reason::kTokenTooLarge) {
    absl::StrAppend(&detail, " (limit ", max_token_bytes, " bytes)");
  }
  return Error(Reason::kCredentialRejected, detail);
}

}  // namespace latchkey
