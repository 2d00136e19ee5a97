#include "core/login/one_time_tokens.h"

#include <cstddef>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "core/base/constant_time.h"
#include "core/base/reason.h"
#include "core/base/status_macros.h"
#include "core/crypto/digest.h"

namespace latchkey {
namespace {

constexpr size_t kTokenBytes = 64;

absl::Status Rejected(absl::string_view cause) {
  return Error(Reason::kCredentialRejected,
               absl::StrCat("one-time token: ", cause));
}

// RESOURCE_NOT_FOUND is no answer for somebody with a token.
absl::Status NotFoundIs(absl::string_view cause, const absl::Status& status) {
  return GetReason(status) == Reason::kResourceNotFound ? Rejected(cause)
                                                        : status;
}

std::string HashOf(absl::string_view text, const PasswordRecord& password) {
  std::string all =
      absl::StrCat(text, "\n", password.email, "\n", password.phc);
  std::string hash(AsStringView(Sha256(all)));
  WipeString(&all);
  return hash;
}

}  // namespace

OneTimeTokens::Fresh OneTimeTokens::Make() const {
  std::string bytes = random_->Bytes(kTokenBytes);
  std::string text = absl::BytesToHexString(bytes);
  WipeString(&bytes);
  return {NewObjectId(clock_, random_), Secret::TakeFrom(&text),
          clock_->TimeNow() + kOneTimeTokenLife};
}

absl::Status OneTimeTokens::Save(const Fresh& fresh, TokenPurpose purpose,
                                 const PasswordRecord& password, Kind kind) {
  OneTimeToken token;
  token.id = fresh.id;
  token.app = password.app;
  token.provider = password.provider;
  token.purpose = purpose;
  token.email = password.email;
  token.sha256 = HashOf(fresh.text.RevealSecret(), password);
  if (kind == Kind::kLive) {
    token.password = password.id;
    token.expires_at = fresh.expires_at;
  } else {
    token.expires_at = clock_->TimeNow();  // for the next sweep
  }
  return store_->one_time_tokens()->Insert(token);
}

absl::StatusOr<OneTimeTokens::Proof> OneTimeTokens::Check(
    const AppId& app, TokenPurpose purpose, absl::string_view id,
    const Secret& text) const {
  absl::StatusOr<OneTimeToken> token = store_->one_time_tokens()->Find(app, id);
  if (!token.ok()) return NotFoundIs("unknown or used", token.status());
  if (token->purpose != purpose) return Rejected("of another purpose");
  if (token->password.empty()) return Rejected("a decoy");
  if (token->expires_at <= clock_->TimeNow()) return Rejected("expired");
  absl::StatusOr<PasswordRecord> password =
      store_->passwords()->FindById(app, token->password);
  if (!password.ok()) {
    return NotFoundIs("its registration is gone", password.status());
  }
  if (!ConstantTimeEquals(HashOf(text.RevealSecret(), *password),
                          token->sha256)) {
    return Rejected("wrong, or older than the password");
  }
  return Proof{token->id, *std::move(password)};
}

}  // namespace latchkey
