// Custom JWT: tokens of an issuer that the app trusts, by keys of the settings
// or by the issuer's published ones.
#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/reason.h"
#include "core/base/status_macros.h"
#include "core/crypto/algorithm.h"
#include "core/crypto/public_key.h"
#include "core/jwt/key_table.h"
#include "core/jwt/token_verifier.h"
#include "core/provider/foreign_token.h"
#include "core/provider/metadata.h"
#include "core/provider/provider.h"
#include "core/provider/provider_settings.h"

namespace latchkey {
namespace {

constexpr size_t kMaxSigningKeys = 3;
constexpr size_t kMinHmacKeyChars = 32;
constexpr size_t kMaxHmacKeyChars = 512;

absl::Status BadSettings(absl::string_view what) {
  return Error(Reason::kInvalidRequest, what);
}

// The keys have no kid, so that a token is tried against each of them.
absl::StatusOr<KeyTable> FixedKeys(const CustomJwtSettings& settings) {
  static_assert(kMaxSigningKeys <= KeyTable::kMaxCandidates);
  std::vector<PublicKey> keys;
  const Algorithm algorithm = settings.signing_algorithm;
  for (const auto& setting : settings.signing_keys) {
    if (IsMac(algorithm) && (setting.key.size() < kMinHmacKeyChars ||
                             setting.key.size() > kMaxHmacKeyChars)) {
      return BadSettings(absl::StrCat("signing key ", setting.name,
                                      ": 32-512 characters are needed"));
    }
    absl::StatusOr<PublicKey> key =
        IsMac(algorithm)
            ? PublicKey::FromSecret(algorithm, "", setting.key)
            : PublicKey::FromPem(algorithm, "", setting.key.RevealSecret());
    if (!key.ok()) {
      return BadSettings(absl::StrCat("signing key ", setting.name, ": ",
                                      key.status().message()));
    }
    keys.push_back(*std::move(key));
  }
  return KeyTable(std::move(keys));
}

Expectations MakeExpectations(const AppId& app,
                              const CustomJwtSettings& settings) {
  Expectations expected;
  expected.issuers = settings.issuers;
  if (expected.issuers.empty() && settings.key_source.has_value() &&
      !settings.key_source->issuer.empty()) {
    expected.issuers = {settings.key_source->issuer};
  }
  expected.audiences = settings.audience;
  if (expected.audiences.empty()) expected.audiences = {app.value()};
  expected.audience_match = settings.require_any_audience
                                ? Expectations::AudienceMatch::kAny
                                : Expectations::AudienceMatch::kAll;
  expected.types = settings.types;
  expected.algorithms = settings.algorithms;
  if (expected.algorithms.empty()) {
    expected.algorithms = {settings.key_source.has_value()
                               ? Algorithm::kRs256
                               : settings.signing_algorithm};
  }
  expected.max_token_bytes =
      std::min(settings.max_token_bytes, kHardMaxTokenBytes);
  expected.leeway = settings.leeway;
  expected.max_lifetime = settings.max_lifetime;
  return expected;
}

absl::Status CheckSettings(const CustomJwtSettings& settings) {
  if (settings.key_source.has_value() == !settings.signing_keys.empty()) {
    return BadSettings("either signing keys or a key source are needed");
  }
  if (settings.signing_keys.size() > kMaxSigningKeys) {
    return BadSettings("at most 3 signing keys");
  }
  const auto& algorithms = settings.algorithms;
  if (settings.key_source.has_value() &&
      std::any_of(algorithms.begin(), algorithms.end(), IsMac)) {
    // An open key used as a shared secret would let anybody sign.
    return BadSettings("HS algorithms need signing keys, not a key source");
  }
  return absl::OkStatus();
}

// Everything of CustomJwtProvider that is settled when it is made.
struct CustomJwtRule {
  Expectations expected;
  std::vector<MetadataField> metadata;
  size_t max_metadata_value_bytes = 0;
  KeyTable fixed_keys;
  std::shared_ptr<JwksCache::Source> source;  // null with fixed keys
};

class CustomJwtProvider final : public Provider, public DirectVerifier {
 public:
  CustomJwtProvider(ProviderName name, CustomJwtRule rule,
                    const ProviderDeps& deps)
      : name_(std::move(name)), rule_(std::move(rule)), clock_(deps.clock) {
    if (rule_.source == nullptr) return;
    published_.emplace(rule_.expected, rule_.source, deps.jwks, deps.clock);
  }

  const ProviderName& name() const override { return name_; }
  ProviderKind kind() const override { return ProviderKind::kCustomJwt; }
  DirectVerifier* direct_verifier() override { return this; }
  const void* key_set() const override {
    if (published_.has_value()) return published_->source();
    return this;
  }

  absl::StatusOr<ProvenIdentity> Authenticate(const Credential& credential,
                                              const CallContext& ctx) override;
  std::optional<absl::StatusOr<DirectPrincipal>> VerifyDirectly(
      absl::string_view token, const CallContext& ctx, bool may_wait) override;

 private:
  // The same answer to both; nullopt when it would have to wait and may not.
  std::optional<absl::StatusOr<VerifiedToken>> VerifyToken(
      absl::string_view token, const CallContext& ctx, bool may_wait);
  absl::StatusOr<DirectPrincipal> Describe(const VerifiedToken& token) const;

  const ProviderName name_;
  const CustomJwtRule rule_;
  Clock* const clock_;
  const TokenVerifier verifier_{};
  std::optional<ForeignTokenVerifier> published_;  // empty with fixed keys
};

absl::StatusOr<ProvenIdentity> CustomJwtProvider::Authenticate(
    const Credential& credential, const CallContext& ctx) {
  const auto* arm = std::get_if<CustomJwtCredential>(&credential.arm);
  if (arm == nullptr) {
    return Error(Reason::kInternal, "credential of another kind");
  }
  RETURN_IF_ERROR(ctx.StillWanted(clock_->TimeNow()));
  std::optional<absl::StatusOr<DirectPrincipal>> principal =
      VerifyDirectly(arm->token.RevealSecret(), ctx, /*may_wait=*/true);
  if (!principal.has_value()) {
    return Error(Reason::kInternal, "no answer though it could wait");
  }
  if (!principal->ok()) {
    return AsRejection(principal->status(), rule_.expected.max_token_bytes);
  }
  ProvenIdentity identity;
  identity.provider = name_;
  identity.kind = kind();
  identity.subject = std::move((*principal)->subject);
  identity.data_json = (*principal)->user_data_json;
  identity.user_data_json = std::move((*principal)->user_data_json);
  return identity;
}

std::optional<absl::StatusOr<DirectPrincipal>>
CustomJwtProvider::VerifyDirectly(absl::string_view token,
                                  const CallContext& ctx, bool may_wait) {
  std::optional<absl::StatusOr<VerifiedToken>> verified =
      VerifyToken(token, ctx, may_wait);
  if (!verified.has_value()) return std::nullopt;
  if (!verified->ok()) return verified->status();
  return Describe(**verified);
}

std::optional<absl::StatusOr<VerifiedToken>> CustomJwtProvider::VerifyToken(
    absl::string_view token, const CallContext& ctx, bool may_wait) {
  if (published_.has_value()) return published_->Verify(token, ctx, may_wait);
  return verifier_.Verify(token, rule_.expected, rule_.fixed_keys,
                          clock_->TimeNow());
}

absl::StatusOr<DirectPrincipal> CustomJwtProvider::Describe(
    const VerifiedToken& token) const {
  const Claims& claims = token.claims();
  DirectPrincipal principal;
  ASSIGN_OR_RETURN(principal.user_data_json,
                   MapMetadata(rule_.metadata, claims.payload,
                               rule_.max_metadata_value_bytes));
  principal.subject = claims.subject.value_or("");
  principal.issuer = claims.issuer.value_or("");
  principal.audience = claims.audience;
  principal.issued_at = claims.issued_at;
  principal.expires_at = claims.expiration;
  return principal;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Provider>> NewCustomJwtProvider(
    const AppId& app, const ProviderSettings& settings,
    const ProviderDeps& deps) {
  const auto& jwt = std::get<CustomJwtSettings>(settings.arm);
  RETURN_IF_ERROR(CheckSettings(jwt));
  CustomJwtRule rule;
  rule.expected = MakeExpectations(app, jwt);
  rule.metadata = jwt.metadata;
  rule.max_metadata_value_bytes = jwt.max_metadata_value_bytes;
  ASSIGN_OR_RETURN(rule.fixed_keys, FixedKeys(jwt));
  if (jwt.key_source.has_value()) {
    if (deps.jwks == nullptr) {
      return Error(Reason::kInternal, "no cache of foreign keys here");
    }
    rule.source = deps.jwks->Use(*jwt.key_source);
  }
  return std::make_unique<CustomJwtProvider>(settings.name, std::move(rule),
                                             deps);
}

}  // namespace latchkey
