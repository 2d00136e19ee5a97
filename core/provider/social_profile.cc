#include "core/provider/social_profile.h"

#include <cstddef>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/base/reason.h"
#include "core/provider/metadata.h"

namespace latchkey {
namespace {

constexpr size_t kMaxValueBytes = 4096;

// The domain of the address; empty when there is none.
absl::string_view EmailDomain(const json::Value& data) {
  const json::Value* const email = data.Find("email");
  const std::string* const text =
      email == nullptr ? nullptr : email->as_string();
  if (text == nullptr) return "";
  const size_t at = text->rfind('@');
  if (at == std::string::npos || at == 0) return "";
  return absl::string_view(*text).substr(at + 1);
}

bool IsListed(const std::vector<std::string>& domains,
              absl::string_view domain) {
  return absl::c_any_of(domains, [domain](const std::string& one) {
    return absl::EqualsIgnoreCase(one, domain);
  });
}

absl::Status CheckDomain(const std::vector<std::string>& domains,
                         const SocialProfile& profile) {
  if (domains.empty() || IsListed(domains, EmailDomain(profile.data)) ||
      IsListed(domains, profile.hosted_domain)) {
    return absl::OkStatus();
  }
  return Error(Reason::kCredentialRejected,
               "domain not allowed: neither that of a confirmed e-mail address "
               "nor the organisation's is listed");
}

}  // namespace

void SocialProfile::Take(const json::Value& source, absl::string_view from,
                         absl::string_view to) {
  const json::Value* const member = source.Find(from);
  const std::string* const text =
      member == nullptr ? nullptr : member->as_string();
  if (text != nullptr && !text->empty()) data.Set(to, *member);
}

absl::StatusOr<ProvenIdentity> ProveSocial(const ProviderName& provider,
                                           ProviderKind kind,
                                           const SocialSettings& settings,
                                           SocialProfile profile) {
  if (const absl::Status allowed = CheckDomain(settings.domains, profile);
      !allowed.ok()) {
    return allowed;
  }
  absl::StatusOr<std::string> mapped =
      MapMetadata(settings.metadata, profile.data, kMaxValueBytes);
  if (!mapped.ok()) {
    return Error(Reason::kCredentialRejected,
                 absl::StrCat("profile: ", mapped.status().message()));
  }
  ProvenIdentity identity;
  identity.provider = provider;
  identity.kind = kind;
  identity.subject = std::move(profile.subject);
  identity.data_json = *mapped;
  identity.user_data_json = *std::move(mapped);
  return identity;
}

absl::Status CheckRedirectUri(const SocialSettings& settings,
                              absl::string_view uri, absl::string_view field) {
  if (absl::c_linear_search(settings.redirect_uris, uri)) {
    return absl::OkStatus();
  }
  return InvalidField(field, "must be one of the provider's redirect_uris");
}

absl::Status CheckSocialSettings(const SocialSettings& settings) {
  if (settings.client_ids.empty() || settings.issuers.empty() ||
      settings.key_source.jwks_uri.empty()) {
    return Error(Reason::kInvalidRequest,
                 "client ids, issuers and a JWKS document are needed");
  }
  if (settings.max_concurrency < 1) {
    return Error(Reason::kInvalidRequest, "max_concurrency must be positive");
  }
  return absl::OkStatus();
}

}  // namespace latchkey
