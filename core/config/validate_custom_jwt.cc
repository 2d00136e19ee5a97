#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "core/config/addresses.h"
#include "core/config/durations.h"
#include "core/config/section.h"
#include "core/config/validate.h"
#include "core/crypto/public_key.h"
#include "core/jwt/claims.h"
#include "core/jwt/compact.h"
#include "core/provider/foreign_token.h"

namespace latchkey {
namespace {

constexpr int kMaxSigningKeys = 3;
constexpr int kMaxAudiences = 32;
constexpr int kMaxMetadata = 64;
constexpr size_t kMaxMetadataPath = 256;
constexpr size_t kMaxMetadataField = 63;
constexpr size_t kMinHmacKey = 32;
constexpr size_t kMaxHmacKey = 512;
constexpr absl::Duration kDay = absl::Hours(24);

bool IsHmacKey(absl::string_view key) {
  return key.size() >= kMinHmacKey && key.size() <= kMaxHmacKey &&
         std::all_of(key.begin(), key.end(), [](char c) {
           return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
                  c == '_' || c == '-';
         });
}

void CheckKey(Algorithm algorithm, const Secret& key, const Place& place) {
  if (algorithm == Algorithm::kHs256) {
    if (!IsHmacKey(key.RevealSecret())) {
      place.Report(
          "weak key: HS256 needs 32-512 ASCII letters, digits, \"_\", \"-\"");
    }
    return;
  }
  const auto parsed =
      PublicKey::FromPem(algorithm, /*kid=*/"", key.RevealSecret());
  if (!parsed.ok()) {
    place.Report("must be an RSA public key in PEM, of 2048 to 8192 bits");
  }
}

// The algorithm of signing_keys; nullopt after a problem.
std::optional<Algorithm> ReadSigningAlgorithm(const config::v1::CustomJwt& file,
                                              const Place& place) {
  const std::string& name = file.signing_algorithm();
  if (name == "HS256") return Algorithm::kHs256;
  if (name == "RS256") return Algorithm::kRs256;
  place.Field("signing_algorithm")
      .Report(name.empty() ? "is required with signing_keys"
                           : "must be \"HS256\" or \"RS256\"");
  return std::nullopt;
}

void ReadSigningKeys(const config::v1::CustomJwt& file,
                     const SecretTable& secrets, const Place& place,
                     CustomJwtSettings* out) {
  const std::optional<Algorithm> algorithm = ReadSigningAlgorithm(file, place);
  if (algorithm.has_value()) {
    out->signing_algorithm = *algorithm;
    out->algorithms = {*algorithm};
  }
  const Place keys = place.Field("signing_keys");
  if (file.signing_keys_size() > kMaxSigningKeys) keys.Report("at most 3 keys");
  absl::flat_hash_set<std::string> seen;
  for (int i = 0; i < file.signing_keys_size(); ++i) {
    const std::string& name = file.signing_keys(i);
    if (!seen.insert(name).second) keys.At(i).Report("is listed twice");
    const Secret* const key = secrets.Find(name, keys.At(i));
    if (key == nullptr) continue;
    if (algorithm.has_value()) CheckKey(*algorithm, *key, keys.At(i));
    out->signing_keys.push_back({name, key->Clone()});
  }
  if (file.algorithms_size() > 0) {
    place.Field("algorithms")
        .Report(
            "is for jwks_uri and issuer; signing_keys have "
            "signing_algorithm");
  }
  if (!file.jwks_poll().empty()) {
    place.Field("jwks_poll").Report("is for jwks_uri and issuer");
  }
}

void ReadAlgorithms(const config::v1::CustomJwt& file, const Place& place,
                    CustomJwtSettings* out) {
  out->algorithms.clear();
  for (int i = 0; i < file.algorithms_size(); ++i) {
    const std::optional<Algorithm> algorithm =
        ParseAlgorithm(file.algorithms(i));
    if (!algorithm.has_value()) {
      place.At(i).Report("must be a JWS algorithm: \"RS256\", \"ES256\", ...");
      continue;
    }
    if (IsMac(*algorithm)) {
      place.At(i).Report(
          "HS algorithms need signing_keys: with published keys anybody could "
          "sign");
    }
    out->algorithms.push_back(*algorithm);
  }
  if (out->algorithms.empty()) {
    out->algorithms = {Algorithm::kRs256, Algorithm::kEs256};
  }
}

// Whether or not there should be one.
void CheckKeyUrls(const config::v1::CustomJwt& file, const Place& place) {
  if (!file.jwks_uri().empty()) {
    CheckUrl(file.jwks_uri(), place.Field("jwks_uri"));
  }
  if (!file.issuer().empty()) CheckIssuer(file.issuer(), place.Field("issuer"));
}

// What the cache would not keep to is refused rather than changed in silence.
void CheckPoll(const Section& section, absl::Duration poll,
               const JwksCacheOptions& options) {
  const absl::Duration least = options.min_refresh;
  const absl::Duration most =
      std::min(options.max_refresh, options.max_stale / 2);
  // A key_sources that is wrong itself has its own problem.
  if (most < least || (poll >= least && poll <= most)) return;
  section.Field("jwks_poll")
      .Report(absl::StrCat(
          "must be from ", FormatConfigDuration(least), " to ",
          FormatConfigDuration(most),
          "; key_sources.min_refresh, and max_refresh or half of max_stale, "
          "set these bounds for all issuers"));
}

void ReadKeySource(const config::v1::CustomJwt& file, const Section& section,
                   CustomJwtSettings* out) {
  KeySourceSpec source;
  source.jwks_uri = file.jwks_uri();
  source.issuer = file.issuer();
  source.poll = section.Duration(
      "jwks_poll", {absl::ZeroDuration(), absl::Seconds(1), 30 * kDay});
  ReadAlgorithms(file, section.Field("algorithms"), out);
  source.rsa_default = RsaDefault(out->algorithms);
  out->key_source = std::move(source);
  if (!file.signing_algorithm().empty()) {
    section.Field("signing_algorithm")
        .Report("is for signing_keys; jwks_uri and issuer have algorithms");
  }
}

void ReadKeys(const config::v1::CustomJwt& file, const SecretTable& secrets,
              const Section& section, CustomJwtSettings* out) {
  const int ways = (file.jwks_uri().empty() ? 0 : 1) +
                   (file.issuer().empty() ? 0 : 1) +
                   (file.signing_keys_size() == 0 ? 0 : 1);
  if (ways != 1) {
    section.place().Report(
        absl::StrCat("exactly one of jwks_uri, issuer and signing_keys must "
                     "be set, not ",
                     ways));
  }
  CheckKeyUrls(file, section.place());
  if (file.signing_keys_size() > 0) {
    ReadSigningKeys(file, secrets, section.place(), out);
  } else if (ways > 0) {
    ReadKeySource(file, section, out);
  }
}

void ReadIssuers(const config::v1::CustomJwt& file, const Place& place,
                 CustomJwtSettings* out) {
  if (!file.issuer().empty()) {
    out->issuers = {file.issuer()};
    if (!file.expected_issuer().empty()) {
      place.Field("expected_issuer")
          .Report("is not needed beside issuer, which is compared already");
    }
  } else if (!file.expected_issuer().empty()) {
    out->issuers = {file.expected_issuer()};
  }
}

void ReadAudience(const config::v1::CustomJwt& file, const std::string& app,
                  const Place& place, CustomJwtSettings* out) {
  const Place list = place.Field("audience");
  if (file.audience_size() > kMaxAudiences) list.Report("at most 32");
  for (int i = 0; i < file.audience_size(); ++i) {
    if (file.audience(i).empty()) list.At(i).Report("must not be empty");
    out->audience.push_back(file.audience(i));
  }
  if (out->audience.empty()) out->audience = {app};
  const std::string& match = file.audience_match();
  out->require_any_audience = match == "any";
  if (!match.empty() && match != "all" && match != "any") {
    place.Field("audience_match").Report("must be \"all\" or \"any\"");
  }
}

void ReadTypes(const config::v1::CustomJwt& file, CustomJwtSettings* out) {
  if (file.require_typ_size() == 0) return;
  out->types.clear();
  for (const std::string& type : file.require_typ()) {
    const std::string lower = absl::AsciiStrToLower(type);
    out->types.emplace_back(absl::StripPrefix(lower, "application/"));
  }
}

}  // namespace

std::vector<MetadataField> ReadMetadata(
    const google::protobuf::RepeatedPtrField<config::v1::MetadataField>& file,
    const Place& list) {
  if (file.size() > kMaxMetadata) list.Report("at most 64 fields");
  std::vector<MetadataField> out;
  absl::flat_hash_set<std::string> names;
  for (int i = 0; i < file.size(); ++i) {
    const auto& entry = file.Get(i);
    const Section section(entry, list.At(i));
    MetadataField field;
    field.path = section.Required("path", kMaxMetadataPath);
    field.field =
        entry.field().empty() ? LastPathSegment(field.path) : entry.field();
    field.required = entry.required();
    if (!field.path.empty() &&
        (field.field.empty() || field.field.size() > kMaxMetadataField)) {
      section.Field("field").Report("must be 1-63 bytes");
    } else if (!field.path.empty() && !names.insert(field.field).second) {
      section.Field("field").Report(
          "another field of this provider has this name (the last part of "
          "the path by default)");
    }
    out.push_back(std::move(field));
  }
  return out;
}

CustomJwtSettings ReadCustomJwt(const config::v1::CustomJwt& file,
                                const ProviderContext& context,
                                const Place& place) {
  const Section section(file, place);
  CustomJwtSettings out;
  ReadKeys(file, *context.secrets, section, &out);
  ReadIssuers(file, place, &out);
  ReadAudience(file, context.app_id, place, &out);
  out.metadata = ReadMetadata(file.metadata(), place.Field("metadata"));
  ReadTypes(file, &out);
  out.max_token_bytes =
      section.Number("max_token_bytes", {8192, 512, kHardMaxTokenBytes});
  const size_t message = context.limits->max_message_bytes;
  if (section.IsSet("max_token_bytes") && out.max_token_bytes > message) {
    section.Field("max_token_bytes")
        .Report(absl::StrCat("no request can hold so long a token: "
                             "limits.max_message_bytes is ",
                             message));
  }
  out.leeway = section.Duration(
      "leeway", {out.leeway, absl::ZeroDuration(), absl::Minutes(5)});
  if (section.IsSet("jwks_poll") && out.key_source.has_value() &&
      out.key_source->poll > absl::ZeroDuration()) {
    CheckPoll(section, out.key_source->poll, *context.key_sources);
  }
  if (section.IsSet("max_token_lifetime")) {
    out.max_lifetime = section.Duration("max_token_lifetime",
                                        {kDay, absl::Seconds(1), 3650 * kDay});
  }
  return out;
}

}  // namespace latchkey
