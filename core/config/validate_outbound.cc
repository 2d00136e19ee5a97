#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "core/config/outbound_draft.h"
#include "core/config/outbound_endpoint.h"
#include "core/config/section.h"
#include "core/config/validate.h"
#include "core/crypto/digest.h"

namespace latchkey {
namespace {

using config::v1::OutboundCredential;

constexpr int kMaxCredentials = 256;
constexpr int kMaxScopes = 64;
constexpr size_t kMaxScope = 256;
constexpr size_t kMaxParameters = 16;
constexpr size_t kMaxParameterName = 64;
constexpr size_t kMaxParameter = 2048;
constexpr int kMaxCallers = 256;
constexpr size_t kMaxClientId = 256;
constexpr size_t kMaxKeyId = 256;
constexpr size_t kMaxAudience = 2048;

// Printable ASCII (RFC 6749 Appendix A.1).
bool IsPrintable(absl::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_isprint(static_cast<unsigned char>(c));
  });
}

// RFC 6749 Appendix A.4.
bool IsScope(absl::string_view text) {
  return !text.empty() && text.size() <= kMaxScope &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return absl::ascii_isgraph(static_cast<unsigned char>(c)) &&
                  c != '"' && c != '\\';
         });
}

bool IsOpenIdScope(absl::string_view scope) {
  constexpr absl::string_view kScopes[] = {
      "openid", "profile", "email", "address", "phone", "offline_access"};
  return absl::c_linear_search(kScopes, scope);
}

void ReadScopes(const OutboundDraft& draft) {
  const Place list = draft.section.Field("scopes");
  const bool is_okta = draft.preset == OutboundPreset::kOktaServer ||
                       draft.preset == OutboundPreset::kOktaOrg;
  if (draft.file.scopes_size() > kMaxScopes) list.Report("at most 64");
  absl::flat_hash_set<std::string> seen;
  for (int i = 0; i < draft.file.scopes_size(); ++i) {
    const std::string& scope = draft.file.scopes(i);
    if (!IsScope(scope)) {
      list.At(i).Report("must be 1-256 visible ASCII characters but \" and \\");
    } else if (!seen.insert(scope).second) {
      list.At(i).Report("is listed twice");
    } else if (is_okta && IsOpenIdScope(scope)) {
      list.At(i).Report("is about a user, and there is none in this grant");
    } else if (draft.preset == OutboundPreset::kEntra &&
               !absl::EndsWith(scope, "/.default")) {
      list.At(i).Report(
          "Entra wants the resource's id URI with \"/.default\" at its end");
    }
    draft.out->scopes.push_back(scope);
  }
  if (is_okta && draft.file.scopes_size() == 0) {
    list.Report("Okta needs at least one, made on its authorization server");
  }
  if (draft.preset == OutboundPreset::kEntra && draft.file.scopes_size() != 1) {
    list.Report("Entra needs exactly one: \"<id URI>/.default\"");
  }
}

void ReadParameters(const OutboundDraft& draft) {
  constexpr absl::string_view kOurs[] = {
      "grant_type",       "scope",
      "client_id",        "client_secret",
      "client_assertion", "client_assertion_type"};
  const Place place = draft.section.Field("parameters");
  if (draft.file.parameters().size() > kMaxParameters) {
    place.Report("at most 16");
  }
  for (const auto& [name, value] : draft.file.parameters()) {
    if (absl::c_linear_search(kOurs, name)) {
      place.Report(absl::StrCat("must not hold ", name,
                                ", which has a field of its own"));
    } else if (name.empty() || name.size() > kMaxParameterName ||
               !IsPrintable(name) || value.size() > kMaxParameter) {
      place.Report(
          "names are 1-64 ASCII characters, values at most 2048 bytes");
    }
    draft.out->parameters[name] = value;
  }
}

// Callers as CallContext::actor names them.
void ReadCallers(const OutboundDraft& draft) {
  const Place list = draft.section.Field("allowed_callers");
  if (draft.file.allowed_callers_size() > kMaxCallers) {
    list.Report("at most 256");
  }
  const Config& config = *draft.context.config;
  for (int i = 0; i < draft.file.allowed_callers_size(); ++i) {
    absl::string_view caller = draft.file.allowed_callers(i);
    const size_t before = draft.out->allowed_callers.size();
    const auto add = [&](absl::string_view kind) {
      draft.out->allowed_callers.push_back(absl::StrCat(kind, caller));
    };
    uint32_t uid = 0;
    if (absl::ConsumePrefix(&caller, "uid:")) {
      if (absl::SimpleAtoi(caller, &uid) && absl::StrCat(uid) == caller) {
        add("unix:uid=");
      }
    } else {
      if (absl::c_any_of(config.admin_keys,
                         [&](const auto& key) { return key.id == caller; })) {
        add("admin-key:");
      }
      if (absl::c_any_of(config.listeners, [&](const auto& listener) {
            return listener.tls.has_value() &&
                   absl::c_linear_search(listener.tls->allowed_sans, caller);
          })) {
        add("san:");
      }
    }
    if (draft.out->allowed_callers.size() == before) {
      list.At(i).Report(
          "must be \"uid:NUMBER\", the id of an admin key, or one of a "
          "listener's tls.allowed_sans");
    }
  }
}

// Parts are told apart by their lengths.
void AddPart(absl::string_view part, std::string* text) {
  absl::StrAppend(text, part.size(), ":", part, ";");
}

std::string VersionOf(const OutboundSettings& settings, const Secret& proof,
                      const OutboundCredential& file) {
  std::string text;
  for (const std::string& part :
       {settings.name, settings.token_url, settings.issuer, settings.client_id,
        absl::StrCat(static_cast<int>(settings.auth_method)), file.key_id(),
        file.assertion_alg(), settings.assertion_audience,
        settings.assertion_certificate}) {
    AddPart(part, &text);
  }
  for (const std::string& scope : settings.scopes) AddPart(scope, &text);
  AddPart("parameters", &text);
  for (const auto& [name, value] : settings.parameters) {
    AddPart(name, &text);
    AddPart(value, &text);
  }
  AddPart(AsStringView(Sha256(proof.RevealSecret())), &text);
  return std::string(AsStringView(Sha256(text)));
}

OutboundSettings ReadOne(const OutboundCredential& file,
                         const OutboundContext& context, const Place& place) {
  const Section section(file, place);
  OutboundSettings out;
  out.name = file.name();
  CheckName(out.name, section.Field("name"));
  out.client_id = section.Required("client_id", kMaxClientId);
  if (!IsPrintable(out.client_id)) {
    section.Field("client_id").Report("must be printable ASCII");
  }
  for (const auto& [field, most] :
       {std::pair("key_id", kMaxKeyId), {"assertion_audience", kMaxAudience}}) {
    if (section.Text(field).size() > most) {
      section.Field(field).Report(absl::StrCat("at most ", most, " bytes"));
    }
  }
  out.assertion_audience = file.assertion_audience();
  const OutboundPreset preset = ReadPreset(file, place);
  const OutboundDraft draft{file, section, context, preset, &out};
  ReadOutboundEndpoint(file, preset, place, &out);
  const Secret proof = ReadOutboundProof(draft);
  ReadScopes(draft);
  ReadParameters(draft);
  ReadCallers(draft);
  out.version = VersionOf(out, proof, file);
  return out;
}

void ReadOptions(const config::v1::Outbound& file, const Place& place,
                 OutboundOptions* out) {
  const Section section(file, place);
  const absl::Duration min = absl::Milliseconds(1);
  const absl::Duration max = absl::Minutes(1);
  out->connect_timeout =
      section.Duration("connect_timeout", {out->connect_timeout, min, max});
  out->total_timeout =
      section.Duration("total_timeout", {out->total_timeout, min, max});
  out->max_body_bytes =
      section.Number("max_body_bytes", {262'144, 1024, 1'048'576});
  out->allow_private_addresses = file.allow_private_addresses();
  out->fetch_threads =
      static_cast<int>(section.Number("fetch_threads", {16, 1, 256}));
  out->max_waiters = section.Number("max_waiters", {10'000, 1, 1'000'000});
  out->max_retries =
      static_cast<int>(section.Number("max_retries", {3, 0, 10}));
  out->min_pause = section.Duration(
      "min_pause", {out->min_pause, absl::Seconds(1), absl::Minutes(10)});
  out->max_pause = 10 * out->min_pause;
  out->prefetch = !file.has_prefetch() || file.prefetch();
}

}  // namespace

void ReadOutbound(const config::v1::Config& file,
                  const OutboundContext& context, const Place& root,
                  Config* out) {
  ReadOptions(file.outbound(), root.Field("outbound"), &out->outbound);
  const Place list = root.Field("outbound_credentials");
  if (file.outbound_credentials_size() > kMaxCredentials) {
    list.Report("at most 256");
  }
  absl::flat_hash_set<std::string> names;
  for (int i = 0; i < file.outbound_credentials_size(); ++i) {
    const auto& one = file.outbound_credentials(i);
    if (!one.name().empty() && !names.insert(one.name()).second) {
      list.At(i).Field("name").Report("another credential has this name");
    }
    out->outbound_credentials.push_back(ReadOne(one, context, list.At(i)));
  }
}

}  // namespace latchkey
