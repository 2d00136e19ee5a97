// What Google, Apple and Facebook say of a person, and who may log in.
#ifndef LATCHKEY_CORE_PROVIDER_SOCIAL_PROFILE_H_
#define LATCHKEY_CORE_PROVIDER_SOCIAL_PROFILE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/base/identity.h"
#include "core/base/ids.h"
#include "core/json/json.h"
#include "core/provider/provider_settings.h"

namespace latchkey {

// SocialProfile: plain data.
struct SocialProfile {
  std::string subject;
  // Under the names of MetadataField::path: "name", "first_name", "last_name",
  // "picture", "email", ... An e-mail address is here only when the service
  // says that it is the person's.
  json::Value data{json::Value::Object{}};
  // Google's `hd`: the organisation's domain. May be empty.
  std::string hosted_domain;

  // Take copies member `from` of `source` as `to` when it is text, and not
  // empty.
  void Take(const json::Value& source, absl::string_view from,
            absl::string_view to);
};

// ProveSocial makes the identity of a person that the service vouches for.
// CREDENTIAL_REJECTED when neither the domain of their address nor their
// organisation's is among settings.domains (if there are any), compared without
// case; when a required field is missing or a value is over 4096 bytes (see
// MapMetadata).
absl::StatusOr<ProvenIdentity> ProveSocial(const ProviderName& provider,
                                           ProviderKind kind,
                                           const SocialSettings& settings,
                                           SocialProfile profile);

// CheckRedirectUri: INVALID_REQUEST (field `field`) unless `uri` is, byte for
// byte, one of the app's.
absl::Status CheckRedirectUri(const SocialSettings& settings,
                              absl::string_view uri, absl::string_view field);

// CheckSocialSettings: INVALID_REQUEST when client ids or endpoints that every
// login needs are missing.
absl::Status CheckSocialSettings(const SocialSettings& settings);

}  // namespace latchkey

#endif  // LATCHKEY_CORE_PROVIDER_SOCIAL_PROFILE_H_
