#include "core/outbound/token_request.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/base/reason.h"
#include "core/base/secret.h"
#include "core/jwks/form_body.h"
#include "core/jwt/client_assertion.h"

namespace latchkey {
namespace {

constexpr char kAssertionType[] =
    "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

// Both are encoded before they are joined (RFC 6749 §2.3.1): a ":" in the id,
// or a "%" in the secret, would be read as something else.
std::string BasicHeader(const OutboundSettings& settings) {
  std::string secret = FormEncode(settings.client_secret.RevealSecret());
  std::string pair = absl::StrCat(FormEncode(settings.client_id), ":", secret);
  std::string encoded = absl::Base64Escape(pair);
  std::string header = absl::StrCat("Basic ", encoded);
  WipeString(&secret);
  WipeString(&pair);
  WipeString(&encoded);
  return header;
}

absl::Status AddAssertion(const OutboundSettings& settings,
                          const std::string& token_url, absl::Time now,
                          Random* random, FormBody* body) {
  ClientAssertion assertion;
  assertion.issuer = settings.client_id;
  assertion.subject = settings.client_id;
  assertion.audience = settings.assertion_audience.empty()
                           ? token_url
                           : settings.assertion_audience;
  assertion.certificate_sha256 = settings.assertion_certificate;
  const absl::StatusOr<Secret> token =
      MakeClientAssertion(assertion, *settings.assertion_key, now, random);
  if (!token.ok()) return Error(Reason::kInternal, token.status().message());
  // RFC 7521 §4.2: optional, but some servers look the client up by it.
  body->Add("client_id", settings.client_id);
  body->Add("client_assertion_type", kAssertionType);
  body->Add("client_assertion", token->RevealSecret());
  return absl::OkStatus();
}

}  // namespace

absl::Status WriteTokenRequest(const OutboundSettings& settings,
                               const std::string& token_url, absl::Time now,
                               Random* random, FetchOptions* fetch) {
  FormBody body;
  body.Add("grant_type", "client_credentials");
  if (!settings.scopes.empty()) {
    body.Add("scope", absl::StrJoin(settings.scopes, " "));
  }
  for (const auto& [name, value] : settings.parameters) body.Add(name, value);
  fetch->headers["Accept"] = "application/json";
  switch (settings.auth_method) {
    case ClientAuthMethod::kSecretBasic:
      fetch->headers["Authorization"] = BasicHeader(settings);
      break;
    case ClientAuthMethod::kSecretPost:
      body.Add("client_id", settings.client_id);
      body.Add("client_secret", settings.client_secret.RevealSecret());
      break;
    case ClientAuthMethod::kSecretJwt:
    case ClientAuthMethod::kPrivateKeyJwt: {
      const absl::Status added =
          AddAssertion(settings, token_url, now, random, &body);
      if (!added.ok()) return added;
      break;
    }
  }
  fetch->post_body = body.Take();
  return absl::OkStatus();
}

}  // namespace latchkey
