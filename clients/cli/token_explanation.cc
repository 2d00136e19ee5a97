#include "clients/cli/token_explanation.h"

#include <optional>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "clients/cli/token_words.h"
#include "core/base/base64url.h"
#include "core/base/reason.h"
#include "core/crypto/algorithm.h"
#include "core/json/json.h"
#include "core/jwt/claims.h"
#include "core/jwt/compact.h"

namespace latchkey {
namespace {

// Refusal is what the explanations are made of.
struct Refusal {
  absl::string_view token;
  absl::string_view detail;  // the verifier's words: fixed texts
  const TokenRules* rules;
  // {} where the token has none that can be read.
  json::Value header;
  json::Value claims;
};

std::vector<std::string> AlgorithmNames(const Refusal& refusal) {
  std::vector<std::string> names;
  const auto add = [&names](Algorithm algorithm) {
    const std::string name(AlgorithmName(algorithm));
    if (!absl::c_linear_search(names, name)) names.push_back(name);
  };
  for (const Algorithm one : refusal.rules->expectations.algorithms) add(one);
  if (!names.empty()) return names;
  for (const PublicKey& key : refusal.rules->keys.keys()) add(key.algorithm());
  return names;
}

// What is often done to tokens on their way.
std::string AdviceOnForm(absl::string_view token) {
  if (absl::StartsWithIgnoreCase(token, "bearer ")) {
    return "Leave out the word Bearer; the token begins behind it.";
  }
  if (absl::StartsWith(token, "{")) {
    return "This is JSON; a JWT is the compact form, three parts with dots.";
  }
  if (absl::StartsWith(token, "\"") || absl::StartsWith(token, "'")) {
    return "Leave out the quotes around the token.";
  }
  if (absl::c_any_of(token, [](unsigned char c) {
        return absl::ascii_isspace(c) || c >= 0x80;
      })) {
    return "Copy it again without blanks, line breaks and other characters "
           "that do not belong to it.";
  }
  if (absl::StrContains(token, '=') || absl::StrContains(token, '+') ||
      absl::StrContains(token, '/')) {
    return "Its issuer has to write base64url (RFC 4648 section 5): - and _ "
           "for + and /, no = at the end.";
  }
  return "Look whether the token was cut short or changed; else its issuer "
         "does not write JWTs as RFC 7515 and RFC 7519 ask for.";
}

Explanation ExplainMalformed(const Refusal& refusal) {
  const auto dots = absl::c_count(refusal.token, '.');
  return {
      "header, payload and signature in base64url with a dot between them; "
      "the first two JSON objects without repeated names",
      absl::StrCat(refusal.detail, " (", refusal.token.size(), " bytes, ",
                   dots + 1, dots == 0 ? " part)" : " parts)"),
      AdviceOnForm(refusal.token)};
}

Explanation ExplainUnsupported(const Refusal& refusal) {
  const json::Value* alg = refusal.header.Find("alg");
  if (absl::StrContains(refusal.detail, "five parts")) {
    return {"a signed token (JWS), three parts",
            "five parts: an encrypted token (JWE)",
            "Ask the issuer for tokens that are signed and not encrypted."};
  }
  if (absl::StrContains(refusal.detail, "alg")) {
    return {
        "an algorithm that latchkey verifies: RS, PS, ES or HS with 256, "
        "384 or 512, or EdDSA",
        absl::StrCat("alg ", Show(alg)),
        "The issuer has to sign with another algorithm. A token that is "
        "not signed (none) is never accepted."};
  }
  if (absl::StartsWith(refusal.detail, "cnf")) {
    return {"a bearer token",
            "a token that is bound to a key by its claim cnf (DPoP, mutual "
            "TLS)",
            "Ask the issuer for tokens that are not bound."};
  }
  return {"a header without crit, b64 and zip", std::string(refusal.detail),
          "The token asks for an extension that latchkey does not have; the "
          "issuer has to leave it out."};
}

Explanation ExplainAlgorithm(const Refusal& refusal) {
  const json::Value* alg = refusal.header.Find("alg");
  Explanation explanation = {
      absl::StrCat("alg ", OneOf(AlgorithmNames(refusal)),
                   refusal.rules->expectations.algorithms.empty()
                       ? ", as the key with this kid says"
                       : ""),
      absl::StrCat("alg ", Show(alg)),
      "Give the keys of the issuer that made the token, and name its algorithm "
      "with --alg if it is to be accepted."};
  if (alg != nullptr && alg->as_string() != nullptr &&
      absl::StartsWith(*alg->as_string(), "HS")) {
    absl::StrAppend(&explanation.advice,
                    " An HS token takes a shared secret (--secret-file); "
                    "beside a public key it may be a forgery.");
  }
  return explanation;
}

Explanation ExplainKey(const Refusal& refusal) {
  std::vector<std::string> kids;
  for (const PublicKey& key : refusal.rules->keys.keys()) {
    kids.push_back(key.kid());
  }
  const json::Value* kid = refusal.header.Find("kid");
  if (kid == nullptr) {
    return {absl::StrCat("a kid, as there is not just one key for the token's "
                         "algorithm: ",
                         OneOfQuoted(kids)),
            "no kid", "Give a file with the one key that is meant."};
  }
  return {absl::StrCat("a key of the file: kid ", OneOfQuoted(kids)),
          absl::StrCat("kid ", Show(kid)),
          "Fetch the issuer's key set again: it may have a new key. If the kid "
          "is not there either, another issuer made the token."};
}

Explanation ExplainSignature(const Refusal& refusal) {
  const json::Value* alg = refusal.header.Find("alg");
  const absl::string_view segment =
      refusal.token.substr(refusal.token.rfind('.') + 1);
  const std::optional<std::string> bytes = Base64UrlDecode(segment);
  Explanation explanation = {
      absl::StrCat("a signature with ", Show(alg), " by the key ",
                   Show(refusal.header.Find("kid")),
                   " over the first two parts"),
      absl::StrCat("one of ", bytes.has_value() ? bytes->size() : 0,
                   " bytes that does not verify"),
      "Either the token was changed after it was signed, or another key of the "
      "same kid signed it: compare with a fresh key set of the issuer."};
  const std::string name =
      alg != nullptr && alg->as_string() != nullptr ? *alg->as_string() : "";
  if (absl::StartsWith(name, "HS")) {
    explanation.advice =
        "The secret is not the one that signed the token, or the token was "
        "changed. Is the file in another form (base64, a second newline)?";
  } else if (absl::StartsWith(name, "ES") && bytes.has_value() &&
             absl::StartsWith(*bytes, "\x30") && bytes->size() % 32 != 0) {
    explanation.advice =
        "It looks like the DER form: a JWS has both numbers side by side (RFC "
        "7518 section 3.4), so the issuer has to mend this.";
  }
  return explanation;
}

Explanation ExplainType(const Refusal& refusal) {
  return {absl::StrCat("typ ", OneOfQuoted(refusal.rules->expectations.types)),
          absl::StrCat("typ ", Show(refusal.header.Find("typ"))),
          "This is another kind of token (an ID token, a logout token), or "
          "its issuer writes another typ: then name that with --require-typ."};
}

Explanation ExplainIssuer(const Refusal& refusal) {
  const std::vector<std::string>& issuers = refusal.rules->expectations.issuers;
  const json::Value* found = refusal.claims.Find("iss");
  Explanation explanation = {
      absl::StrCat("iss ", OneOfQuoted(issuers), ", byte for byte"),
      absl::StrCat("iss ", Show(found)),
      "The signature is right, so these are the keys of that issuer: if it is "
      "the one you mean, name it with --issuer."};
  if (found == nullptr || found->as_string() == nullptr) return explanation;
  const auto plain = [](absl::string_view text) {
    while (absl::EndsWith(text, "/")) text.remove_suffix(1);
    return absl::AsciiStrToLower(text);
  };
  if (absl::c_any_of(issuers, [&](const std::string& issuer) {
        return plain(issuer) == plain(*found->as_string());
      })) {
    explanation.advice =
        "They differ in a slash at the end or in upper and lower case only; "
        "write it as the issuer does.";
  }
  return explanation;
}

Explanation ExplainAudience(const Refusal& refusal) {
  return {absl::StrCat("aud with ",
                       OneOfQuoted(refusal.rules->expectations.audiences)),
          absl::StrCat("aud ", Show(refusal.claims.Find("aud"))),
          "The token is good, but made for somebody else. Ask the issuer for "
          "one for this audience, or correct --audience."};
}

std::string NowAndLeeway(const TokenRules& rules) {
  return absl::StrCat(Utc(rules.now), ", with a leeway of ",
                      absl::FormatDuration(rules.expectations.leeway));
}

Explanation ExplainExpired(const Refusal& refusal) {
  const std::optional<absl::Time> exp = Date(refusal.claims, "exp");
  return {absl::StrCat("exp after ", NowAndLeeway(*refusal.rules)),
          exp.has_value()
              ? absl::StrCat("exp ", Moment(*exp, refusal.rules->now))
              : std::string(refusal.detail),
          "Get a new token. If it should still be good, compare the clocks; "
          "--leeway allows for a difference, --now for a look back."};
}

Explanation ExplainEarly(const Refusal& refusal) {
  const char* name = absl::StartsWith(refusal.detail, "nbf") ? "nbf" : "iat";
  const std::optional<absl::Time> date = Date(refusal.claims, name);
  return {absl::StrCat(name, " not after ", NowAndLeeway(*refusal.rules)),
          date.has_value()
              ? absl::StrCat(name, " ", Moment(*date, refusal.rules->now))
              : std::string(refusal.detail),
          "This clock is behind the issuer's, or the token is meant for later. "
          "--leeway allows for a difference of clocks."};
}

Explanation ExplainClaim(const Refusal& refusal) {
  // The detail begins with the claim's name.
  const absl::string_view name =
      refusal.detail.substr(0, refusal.detail.find(' '));
  return {absl::StrCat("claims as RFC 7519 section 4.1 has them",
                       name == "exp" ? ", exp among them" : ""),
          absl::StrCat(refusal.detail, ": ", Show(refusal.claims.Find(name))),
          "The issuer has to mend the claim. A missing exp is accepted with "
          "--allow-missing-exp only."};
}

Explanation ExplainOther(const Refusal& refusal) {
  return {"a token that keeps all rules", std::string(refusal.detail),
          "See docs for the rules of the issuer."};
}

Explanation ExplainSize(const Refusal& refusal) {
  return {absl::StrCat("at most ", refusal.rules->expectations.max_token_bytes,
                       " bytes"),
          absl::StrCat(refusal.token.size(), " bytes"),
          "Ask the issuer to leave out claims (groups are often the cause), or "
          "raise the limit with --max-bytes."};
}

Explanation Explain(Reason reason, const Refusal& refusal) {
  switch (reason) {
    case Reason::kTokenTooLarge:
      return ExplainSize(refusal);
    case Reason::kTokenMalformed:
      return ExplainMalformed(refusal);
    case Reason::kTokenUnsupported:
      return ExplainUnsupported(refusal);
    case Reason::kTokenAlgorithmMismatch:
      return ExplainAlgorithm(refusal);
    case Reason::kTokenKeyUnknown:
      return ExplainKey(refusal);
    case Reason::kTokenSignatureInvalid:
      return ExplainSignature(refusal);
    case Reason::kTokenTypeMismatch:
      return ExplainType(refusal);
    case Reason::kTokenIssuerMismatch:
      return ExplainIssuer(refusal);
    case Reason::kTokenAudienceMismatch:
      return ExplainAudience(refusal);
    case Reason::kTokenExpired:
      return ExplainExpired(refusal);
    case Reason::kTokenNotYetValid:
      return ExplainEarly(refusal);
    case Reason::kTokenClaimInvalid:
      return ExplainClaim(refusal);
    default:
      return ExplainOther(refusal);
  }
}

void DescribeDates(const json::Value& claims, absl::Time now,
                   std::vector<std::string>* out) {
  const struct {
    const char* name;
    const char* words;
  } rows[] = {{"iat", "It says it was issued at "},
              {"nbf", "It is not to be used before "},
              {"exp", "It expires at "}};
  for (const auto& row : rows) {
    const std::optional<absl::Time> date = Date(claims, row.name);
    if (date.has_value()) {
      out->push_back(absl::StrCat(row.words, Moment(*date, now), "."));
    }
  }
  if (claims.Find("exp") == nullptr) {
    out->push_back("It names no exp: it would be good for ever.");
  }
}

std::string EveryVerifier(const absl::Status& refusal,
                          absl::string_view token) {
  const TokenRules none{};
  const Explanation why = ExplainRefusal(refusal, token, none);
  return absl::StrCat("Every verifier refuses it. Expected: ", why.expected,
                      ". Found: ", why.found, ". ", why.advice);
}

}  // namespace

Explanation ExplainRefusal(const absl::Status& refusal, absl::string_view token,
                           const TokenRules& rules) {
  const absl::string_view detail(refusal.message().data(),
                                 refusal.message().size());
  Refusal parts{token, detail, &rules, json::Value::Object{},
                json::Value::Object{}};
  const absl::StatusOr<CompactToken> split =
      SplitCompact(token, kHardMaxTokenBytes);
  if (split.ok()) {
    parts.header = DecodeSegment(split->header);
    parts.claims = DecodeSegment(split->payload);
  }
  return Explain(GetReason(refusal), parts);
}

std::vector<std::string> DescribeToken(absl::string_view token,
                                       absl::Time now) {
  std::vector<std::string> sentences;
  const absl::StatusOr<CompactToken> parts =
      SplitCompact(token, kHardMaxTokenBytes);
  if (!parts.ok()) return {EveryVerifier(parts.status(), token)};
  const json::Value header = DecodeSegment(parts->header);
  const json::Value claims = DecodeSegment(parts->payload);
  sentences.push_back(absl::StrCat("It says it is signed with ",
                                   Show(header.Find("alg")), " by the key ",
                                   Show(header.Find("kid")), "."));
  sentences.push_back(absl::StrCat(
      "It says it is from ", Show(claims.Find("iss")), " about ",
      Show(claims.Find("sub")), " for ", Show(claims.Find("aud")), "."));
  DescribeDates(claims, now, &sentences);
  if (const auto read = ParseHeader(parts->header); !read.ok()) {
    sentences.push_back(EveryVerifier(read.status(), token));
  } else if (const auto payload = Base64UrlDecode(parts->payload);
             payload.has_value()) {
    const absl::StatusOr<Claims> read_claims = ParseClaims(*payload);
    if (!read_claims.ok()) {
      sentences.push_back(EveryVerifier(read_claims.status(), token));
    }
  }
  return sentences;
}

}  // namespace latchkey
