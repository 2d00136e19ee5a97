// Compact tokens: both ways to verify agree, and what is accepted holds up.
//
// The input is a token as it comes; or, with a line break in it, the JSON of a
// header and a payload, which are signed here with the key below, so that the
// fuzzer gets past the signature.
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/hash/hash.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "core/base/base64url.h"
#include "core/base/reason.h"
#include "core/base/secret.h"
#include "core/crypto/algorithm.h"
#include "core/crypto/public_key.h"
#include "core/crypto/signing_key.h"
#include "core/json/json.h"
#include "core/jwt/claims.h"
#include "core/jwt/compact.h"
#include "core/jwt/jwk.h"
#include "core/jwt/key_table.h"
#include "core/jwt/token_verifier.h"
#include "core/testing/jwt_fixture.h"
#include "tests/fuzz/fuzz.h"

namespace latchkey {
namespace {

// RFC 7515 A.1, and the public keys of A.2, A.3 and RFC 8037 A.
constexpr absl::string_view kSecret =
    "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUu"
    "TwjAzZr1Z9CAow";
constexpr absl::string_view kPublicKeys = R"({"keys":[
{"kty":"RSA","alg":"RS256","e":"AQAB","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"},
{"kty":"EC","crv":"P-256","kid":"e9bc097a-ce51-4036-9562-d2ade882db0d","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"},
{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
]})";
// A second before the examples expire.
const absl::Time kNow = absl::FromUnixSeconds(1300819379);

const SigningKey& OurKey() {
  static const SigningKey* const key = [] {
    absl::StatusOr<SigningKey> made = SigningKey::FromSerialized(
        Algorithm::kHs256, "ours", Secret(*Base64UrlDecode(kSecret)));
    FUZZ_CHECK(made.ok());
    return new SigningKey(*std::move(made));
  }();
  return *key;
}

const KeyTable& Keys() {
  static const KeyTable* const table = [] {
    absl::StatusOr<ParsedJwks> parsed = ParseJwks(kPublicKeys);
    FUZZ_CHECK(parsed.ok() && parsed->keys.size() == 3);
    std::vector<PublicKey> keys = std::move(parsed->keys);
    keys.push_back(OurKey().public_key());
    return new KeyTable(std::move(keys));
  }();
  return *table;
}

const Expectations& Lenient() {
  static const Expectations* const expectations = [] {
    auto* lenient = new Expectations();
    lenient->require_subject = false;
    lenient->allow_missing_expiration = true;
    lenient->leeway = absl::Minutes(1);
    return lenient;
  }();
  return *expectations;
}

const Expectations& Strict() {
  static const Expectations* const expectations = [] {
    auto* strict = new Expectations();
    strict->issuers = {"joe"};
    strict->audiences = {"app", "other"};
    strict->types = {"at+jwt", "jwt"};
    strict->algorithms = {Algorithm::kHs256, Algorithm::kEs256};
    strict->max_lifetime = absl::Hours(1);
    strict->max_token_bytes = 4096;
    strict->require_kid = true;
    return strict;
  }();
  return *expectations;
}

bool IsSame(const VerifiedToken& a, const VerifiedTokenView& b) {
  const Claims copy = Claims::CopyOf(b.claims());
  return a.key_id() == b.key_id() &&
         a.header().algorithm == b.header().algorithm &&
         a.header().kid == b.header().kid && a.header().typ == b.header().typ &&
         a.header().members == b.header().members &&
         a.claims().issuer == copy.issuer &&
         a.claims().subject == copy.subject &&
         a.claims().audience == copy.audience &&
         a.claims().expiration == copy.expiration &&
         a.claims().not_before == copy.not_before &&
         a.claims().issued_at == copy.issued_at &&
         a.claims().jwt_id == copy.jwt_id && a.claims().payload == copy.payload;
}

bool IsTokenReason(Reason reason) {
  switch (reason) {
    case Reason::kTokenMalformed:
    case Reason::kTokenTooLarge:
    case Reason::kTokenUnsupported:
    case Reason::kTokenKeyUnknown:
    case Reason::kTokenAlgorithmMismatch:
    case Reason::kTokenSignatureInvalid:
    case Reason::kTokenTypeMismatch:
    case Reason::kTokenIssuerMismatch:
    case Reason::kTokenExpired:
    case Reason::kTokenNotYetValid:
    case Reason::kTokenAudienceMismatch:
    case Reason::kTokenClaimInvalid:
    case Reason::kTokenLifetimeTooLong:
      return true;
    default:
      return false;
  }
}

absl::StatusOr<VerifiedToken> VerifyBothWays(absl::string_view text,
                                             const Expectations& expectations) {
  const TokenVerifier verifier;
  absl::StatusOr<VerifiedToken> copied =
      verifier.Verify(text, expectations, Keys(), kNow);
  // Full of the tokens before.
  static VerifyBuffers* const warm = new VerifyBuffers();
  VerifyBuffers cold;
  for (VerifyBuffers* buffers : {warm, &cold}) {
    const absl::StatusOr<VerifiedTokenView> view =
        verifier.VerifyInPlace(text, expectations, Keys(), kNow, buffers);
    FUZZ_CHECK(view.status() == copied.status());
    if (view.ok()) FUZZ_CHECK(IsSame(*copied, *view));
  }
  if (!copied.ok()) FUZZ_CHECK(IsTokenReason(GetReason(copied.status())));
  return copied;
}

void CheckStrict(const VerifiedToken& token) {
  const Claims& claims = token.claims();
  FUZZ_CHECK(claims.issuer == "joe");
  FUZZ_CHECK(claims.subject.has_value());
  FUZZ_CHECK(claims.expiration.has_value() && *claims.expiration > kNow);
  FUZZ_CHECK(!claims.not_before.has_value() || *claims.not_before <= kNow);
  FUZZ_CHECK(!claims.issued_at.has_value() || *claims.issued_at <= kNow);
  FUZZ_CHECK(*claims.expiration - claims.issued_at.value_or(kNow) <=
             absl::Hours(1));
  FUZZ_CHECK(!claims.audience.empty());
  FUZZ_CHECK(token.header().kid == token.key_id());
  FUZZ_CHECK(token.header().typ == "jwt" || token.header().typ == "at+jwt");
}

void CheckAccepted(absl::string_view text, const VerifiedToken& token) {
  const absl::StatusOr<CompactToken> parts = SplitCompact(text);
  FUZZ_CHECK(parts.ok());
  FUZZ_CHECK(PeekUnverifiedIssuer(*parts) == token.claims().issuer);
  FUZZ_CHECK(token.claims().payload.Find("cnf") == nullptr);
  for (const absl::string_view part :
       {parts->header, parts->payload, parts->signature}) {
    const std::optional<std::string> bytes = Base64UrlDecode(part);
    FUZZ_CHECK(bytes.has_value());
    FUZZ_CHECK(Base64UrlEncode(*bytes) == part);
  }
  // One place changed: never the same token. The place differs from token to
  // token; tests/attacks tries all of them.
  std::string other(text);
  char& changed = other[absl::Hash<absl::string_view>()(text) % other.size()];
  changed = changed == 'A' ? 'B' : 'A';
  FUZZ_CHECK(!VerifyBothWays(other, Lenient()).ok());
}

void CheckToken(absl::string_view text) {
  const absl::StatusOr<VerifiedToken> lenient = VerifyBothWays(text, Lenient());
  const absl::StatusOr<VerifiedToken> strict = VerifyBothWays(text, Strict());
  if (lenient.ok()) CheckAccepted(text, *lenient);
  if (!strict.ok()) return;
  FUZZ_CHECK(lenient.ok());
  CheckStrict(*strict);
}

}  // namespace

void FuzzOne(absl::string_view input) {
  const size_t line = input.find('\n');
  if (line == absl::string_view::npos) {
    CheckToken(input);
    return;
  }
  CheckToken(
      SignCompact(input.substr(0, line), input.substr(line + 1), OurKey()));
}

}  // namespace latchkey
