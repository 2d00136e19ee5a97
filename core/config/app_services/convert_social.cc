// oauth2-google, oauth2-apple, oauth2-facebook.
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/config/app_services/conversion.h"

namespace latchkey {
namespace {

using Kind = ImportNote::Kind;

void TakeDomains(ProviderDraft* draft,
                 google::protobuf::RepeatedPtrField<std::string>* out) {
  const ExportPlace place = draft->top.PlaceOf("domain_restrictions");
  for (std::string& domain : draft->top.Texts("domain_restrictions")) {
    draft->From(absl::StrCat("domain_restrictions[", out->size(), "]"),
                place.At(static_cast<size_t>(out->size())));
    *out->Add() = std::move(domain);
  }
  draft->From("domain_restrictions", place);
}

// False: there is none, and the provider is nothing without it.
bool HasClientId(ProviderDraft* draft, const std::string& client_id) {
  if (!client_id.empty()) return true;
  draft->Note(Kind::kNeedsYou, draft->config.PlaceOf("clientId"), "",
              "clientId is empty; the provider is left out");
  return false;
}

void TakeGoogleCodes(ProviderDraft* draft) {
  auto* const out = draft->out->mutable_google();
  const ExportPlace place = draft->top.PlaceOf("redirect_uris");
  draft->From("redirect_uris", place);
  out->set_client_secret(draft->SecretOf("clientSecret", "client_secret",
                                         "client secret of oauth2-google"));
  if (out->client_secret().empty()) {
    draft->LeaveOut(&draft->top, "redirect_uris",
                    "for codes, which need a client secret");
    draft->Note(Kind::kNeedsYou, draft->secrets.PlaceOf("clientSecret"), "",
                "clientSecret is empty: ID tokens are accepted, authorization "
                "codes are "
                "not");
    return;
  }
  for (std::string& uri : draft->top.Texts("redirect_uris")) {
    draft->From(absl::StrCat("redirect_uris[", out->redirect_uris_size(), "]"),
                place.At(static_cast<size_t>(out->redirect_uris_size())));
    out->add_redirect_uris(std::move(uri));
  }
  if (out->redirect_uris().empty()) {
    draft->Note(Kind::kNeedsYou, place, "redirect_uris",
                "any page could be the redirect URI there; list those that "
                "are");
  }
  // Codes of native apps have none; App Services took them, too.
  out->add_redirect_uris("");
}

}  // namespace

bool ConvertGoogle(ProviderDraft* draft) {
  const std::string client_id = draft->config.Text("clientId");
  const bool is_openid = draft->config.Flag("openId");
  if (!HasClientId(draft, client_id)) {
    draft->secrets.Value("clientSecret");
    return false;
  }
  auto* const out = draft->out->mutable_google();
  out->add_client_ids(client_id);
  draft->From("client_ids", draft->config.PlaceOf("clientId"));
  draft->Note(Kind::kTaken, draft->config.PlaceOf("clientId"), "client_ids",
              "client ids of other platforms can be added");
  if (!is_openid) {
    draft->Note(Kind::kTaken, draft->config.PlaceOf("openId"), "",
                "off there; ID tokens of this client are accepted here in any "
                "case");
  }
  TakeGoogleCodes(draft);
  ConvertMetadata(draft, out->mutable_metadata());
  TakeDomains(draft, out->mutable_domain_restrictions());
  return true;
}

bool ConvertApple(ProviderDraft* draft) {
  constexpr char kCodes[] =
      "ID tokens are accepted; for authorization codes latchkey makes the "
      "client secret itself: set team_id, key_id and private_key (a .p8 of "
      "Apple's), and redirect_uris";
  const std::string client_id = draft->config.Text("clientId");
  draft->secrets.Value("clientSecret");  // a token that Apple lets expire
  if (!HasClientId(draft, client_id)) return false;
  auto* const out = draft->out->mutable_apple();
  out->add_client_ids(client_id);
  draft->From("client_ids", draft->config.PlaceOf("clientId"));
  draft->Note(Kind::kNeedsYou, draft->secrets.PlaceOf("clientSecret"), "",
              kCodes);
  draft->LeaveOut(&draft->top, "redirect_uris",
                  "for codes, which need private_key");
  ConvertMetadata(draft, out->mutable_metadata());
  TakeDomains(draft, out->mutable_domain_restrictions());
  return true;
}

bool ConvertFacebook(ProviderDraft* draft) {
  const std::string app_id = draft->config.Text("clientId");
  if (!HasClientId(draft, app_id)) {
    draft->secrets.Value("clientSecret");
    return false;
  }
  auto* const out = draft->out->mutable_facebook();
  out->set_app_id(app_id);
  draft->From("app_id", draft->config.PlaceOf("clientId"));
  out->set_app_secret(draft->SecretOf("clientSecret", "app_secret",
                                      "app secret of oauth2-facebook"));
  if (out->app_secret().empty()) {
    draft->Note(
        Kind::kNeedsYou, draft->secrets.PlaceOf("clientSecret"), "",
        "clientSecret is empty: ID tokens are accepted, access tokens are not");
  }
  for (std::string& uri : draft->top.Texts("redirect_uris")) {
    out->add_redirect_uris(std::move(uri));
  }
  draft->From("redirect_uris", draft->top.PlaceOf("redirect_uris"));
  ConvertMetadata(draft, out->mutable_metadata());
  TakeDomains(draft, out->mutable_domain_restrictions());
  return true;
}

}  // namespace latchkey
