#include "clients/cli/token_rules.h"

#include <optional>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "clients/cli/failure.h"
#include "clients/cli/file_input.h"
#include "clients/cli/token_explanation.h"
#include "core/base/base64url.h"
#include "core/base/reason.h"
#include "core/base/status_macros.h"
#include "core/jwt/compact.h"
#include "core/jwt/jwk.h"

namespace latchkey {
namespace {

constexpr int kMaxHeaderDepth = 8;
constexpr absl::Duration kMaxLeeway = absl::Minutes(10);

// A file of one's own may hold secrets; no document from the network may.
JwksOptions OwnFileOptions() {
  JwksOptions options;
  options.allow_symmetric = true;
  for (const Algorithm mac :
       {Algorithm::kHs256, Algorithm::kHs384, Algorithm::kHs512}) {
    options.allowed_algorithms.push_back(mac);
  }
  return options;
}

absl::StatusOr<std::vector<Algorithm>> ReadAlgorithms(
    const std::vector<std::string>& names) {
  std::vector<Algorithm> algorithms;
  for (const std::string& name : names) {
    const std::optional<Algorithm> algorithm = ParseAlgorithm(name);
    if (!algorithm.has_value()) {
      return UsageError(
          absl::StrCat("--alg: \"", name, "\" is not a supported algorithm"));
    }
    algorithms.push_back(*algorithm);
  }
  return algorithms;
}

absl::StatusOr<ParsedJwks> ParseFile(absl::string_view document,
                                     const JwksOptions& options,
                                     const std::string& file) {
  absl::StatusOr<ParsedJwks> parsed = ParseJwks(document, options);
  if (parsed.ok()) return parsed;
  return UsageError(absl::StrCat(file, ": ", parsed.status().message()));
}

void AddMissing(std::vector<PublicKey> found, std::vector<PublicKey>* keys) {
  for (PublicKey& key : found) {
    if (!absl::c_linear_search(*keys, key)) keys->push_back(std::move(key));
  }
}

// A key without `alg` serves for each algorithm that --alg names.
absl::Status ReadJwksFile(const std::string& file,
                          const std::vector<Algorithm>& algorithms,
                          TokenRules* rules) {
  ASSIGN_OR_RETURN(const std::string document, ReadInputFile(file));
  JwksOptions options = OwnFileOptions();
  ASSIGN_OR_RETURN(ParsedJwks all, ParseFile(document, options, file));
  for (const ParsedJwks::Dropped& dropped : all.dropped) {
    rules->warnings.push_back(absl::StrCat(file, ": key \"", dropped.kid,
                                           "\" is not used: ", dropped.cause));
  }
  std::vector<PublicKey> keys = std::move(all.keys);
  for (const Algorithm algorithm : algorithms) {
    options.allowed_algorithms = {algorithm};
    ASSIGN_OR_RETURN(ParsedJwks narrow, ParseFile(document, options, file));
    AddMissing(std::move(narrow.keys), &keys);
  }
  rules->keys = KeyTable(std::move(keys));
  rules->expectations.algorithms = algorithms;
  return absl::OkStatus();
}

absl::Status ReadSecretFile(const std::string& file,
                            std::vector<Algorithm> algorithms,
                            TokenRules* rules) {
  if (algorithms.empty()) algorithms.push_back(Algorithm::kHs256);
  ASSIGN_OR_RETURN(const Secret secret, ReadSecretInputFile(file));
  std::vector<PublicKey> keys;
  for (const Algorithm algorithm : algorithms) {
    absl::StatusOr<PublicKey> key =
        IsMac(algorithm) ? PublicKey::FromSecret(algorithm, "", secret)
                         : UsageError("it takes a key, not a secret");
    if (!key.ok()) {
      return UsageError(absl::StrCat(file, ": ", AlgorithmName(algorithm), ": ",
                                     key.status().message()));
    }
    keys.push_back(*std::move(key));
  }
  rules->keys = KeyTable(std::move(keys));
  rules->expectations.algorithms = std::move(algorithms);
  return absl::OkStatus();
}

absl::StatusOr<absl::Time> ReadTime(const std::string& text) {
  absl::Time time;
  std::string error;
  if (!absl::ParseTime(absl::RFC3339_full, text, &time, &error) ||
      time == absl::InfiniteFuture() || time == absl::InfinitePast()) {
    return UsageError("--now: not an RFC 3339 time like 2011-03-22T18:00:00Z");
  }
  return time;
}

absl::Status ReadExpectations(const TokenFlags& flags, Expectations* out) {
  out->issuers = flags.issuers;
  out->audiences = flags.audiences;
  for (const std::string& type : flags.types) {
    const std::string lower = absl::AsciiStrToLower(type);
    out->types.emplace_back(absl::StripPrefix(lower, "application/"));
  }
  if (!absl::ParseDuration(flags.leeway, &out->leeway) ||
      out->leeway < absl::ZeroDuration() || out->leeway > kMaxLeeway) {
    return UsageError("--leeway: not a duration of 0s to 10m");
  }
  if (flags.max_bytes == 0 || flags.max_bytes > kHardMaxTokenBytes) {
    return UsageError(
        absl::StrCat("--max-bytes: not in 1 to ", kHardMaxTokenBytes));
  }
  out->max_token_bytes = flags.max_bytes;
  out->allow_missing_expiration = flags.allow_missing_exp;
  out->require_subject = flags.require_sub;
  return absl::OkStatus();
}

// What the segment holds, whatever the verifier thinks of it.
json::Value DecodeHeader(absl::string_view segment) {
  const std::optional<std::string> text = Base64UrlDecode(segment);
  json::Limits limits;
  limits.max_depth = kMaxHeaderDepth;
  if (text.has_value()) {
    absl::StatusOr<json::Value> header = json::ParseObject(*text, limits);
    if (header.ok()) return *std::move(header);
  }
  return json::Value::Object{};
}

}  // namespace

absl::StatusOr<TokenRules> ReadTokenRules(const TokenFlags& flags,
                                          absl::Time clock_now) {
  if (flags.jwks_file.empty() == flags.secret_file.empty()) {
    return UsageError("give one of --jwks=FILE and --secret-file=FILE");
  }
  TokenRules rules;
  RETURN_IF_ERROR(ReadExpectations(flags, &rules.expectations));
  rules.explain = flags.explain;
  rules.now = clock_now;
  if (!flags.now.empty()) {
    ASSIGN_OR_RETURN(rules.now, ReadTime(flags.now));
  }
  ASSIGN_OR_RETURN(std::vector<Algorithm> algorithms,
                   ReadAlgorithms(flags.algorithms));
  if (flags.secret_file.empty()) {
    RETURN_IF_ERROR(ReadJwksFile(flags.jwks_file, algorithms, &rules));
  } else {
    RETURN_IF_ERROR(
        ReadSecretFile(flags.secret_file, std::move(algorithms), &rules));
  }
  return rules;
}

json::Value CheckToken(absl::string_view token, const TokenRules& rules) {
  const absl::StatusOr<VerifiedToken> verified =
      TokenVerifier().Verify(token, rules.expectations, rules.keys, rules.now);
  const absl::StatusOr<CompactToken> parts =
      SplitCompact(token, rules.expectations.max_token_bytes);
  const absl::string_view reason =
      verified.ok() ? absl::string_view()
                    : GetReasonInfo(GetReason(verified.status())).name;
  json::Value::Object answer = {
      {"valid", verified.ok()},
      {"reason", reason},
      {"header", parts.ok() ? DecodeHeader(parts->header)
                            : json::Value(json::Value::Object{})},
      {"claims", verified.ok() ? verified->claims().payload
                               : json::Value(json::Value::Object{})}};
  if (rules.explain && !verified.ok()) {
    const Explanation why = ExplainRefusal(verified.status(), token, rules);
    answer.emplace_back("explanation",
                        json::Value::Object{{"expected", why.expected},
                                            {"found", why.found},
                                            {"advice", why.advice}});
  }
  return answer;
}

absl::StatusOr<json::Value> InspectToken(absl::string_view token) {
  ASSIGN_OR_RETURN(const CompactToken parts,
                   SplitCompact(token, kHardMaxTokenBytes));
  const std::optional<std::string> header = Base64UrlDecode(parts.header);
  const std::optional<std::string> payload = Base64UrlDecode(parts.payload);
  if (!header.has_value() || !payload.has_value()) {
    return Error(Reason::kTokenMalformed, "not base64url");
  }
  json::Limits limits;
  limits.max_bytes = kHardMaxTokenBytes;
  absl::StatusOr<json::Value> head = json::ParseObject(*header, limits);
  absl::StatusOr<json::Value> claims = json::ParseObject(*payload, limits);
  if (!head.ok() || !claims.ok()) {
    return Error(Reason::kTokenMalformed,
                 (head.ok() ? claims : head).status().message());
  }
  return json::Value::Object{{"verified", false},
                             {"header", *std::move(head)},
                             {"claims", *std::move(claims)}};
}

}  // namespace latchkey
