#include "clients/cli/login_proof.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "clients/cli/failure.h"
#include "core/base/status_macros.h"
#include "latchkey/v1/auth_service.pb.h"

namespace latchkey {
namespace {

constexpr char kOidc[] = "oidc";

bool IsForPerson(const CredentialFlags& flags) {
  return flags.provider == kOidc && !HasToken(flags);
}

absl::StatusOr<v1::DescribeLoginResponse> Describe(const std::string& hint,
                                                   Context* context) {
  v1::DescribeLoginRequest request;
  std::string app = context->OptionalApp();
  // To link, the app is that of the session.
  if (app.empty()) {
    const absl::StatusOr<StoredSession> session = context->LoadSession();
    if (session.ok()) app = session->app;
  }
  if (app.empty()) return context->App().status();
  request.set_app(app);
  request.set_principal_hint(hint);
  v1::DescribeLoginResponse response;
  RETURN_IF_ERROR(context->Call("latchkey.v1.AuthService/DescribeLogin",
                                request, &response));
  return response;
}

// Puts the kind of the provider that flags->provider names in its place.
absl::Status FindKind(const v1::DescribeLoginResponse& described,
                      CredentialFlags* flags) {
  std::vector<std::string> names;
  for (const v1::LoginProvider& provider : described.providers()) {
    if (provider.name() == flags->provider) {
      flags->name = provider.name();
      flags->provider = provider.kind();
      if (IsProviderKind(flags->provider)) return absl::OkStatus();
      return UsageError(absl::StrCat("a provider of kind ", provider.kind(),
                                     " is not for this command line"));
    }
    names.push_back(provider.name());
  }
  return UsageError(absl::StrCat("the app has no provider ", flags->provider,
                                 "; it has: ", absl::StrJoin(names, ", ")));
}

absl::StatusOr<v1::OidcLogin> FindIssuer(
    const v1::DescribeLoginResponse& described, const std::string& name) {
  if (!described.has_oidc()) {
    if (described.oidc_reason() == v1::REASON_INVALID_REQUEST) {
      return UsageError(
          "the app has several issuers for people: give --hint with the name "
          "that you log in with");
    }
    return UsageError(
        "the app has no issuer for people, or none for this --hint");
  }
  const v1::OidcLogin& oidc = described.oidc();
  if (name.empty() || name == oidc.provider()) return oidc;
  return UsageError(absl::StrCat(
      "people with this name log in at ", oidc.provider(), " and not at ", name,
      ": give another --hint, or --provider=", oidc.provider()));
}

}  // namespace

absl::StatusOr<LoginProof> Prove(const ProofFlags& flags, Context* context) {
  CredentialFlags credential = flags.credential;
  const bool named = !IsProviderKind(credential.provider);
  v1::DescribeLoginResponse described;
  if (named || IsForPerson(credential)) {
    ASSIGN_OR_RETURN(described, Describe(flags.people.hint, context));
  }
  if (named) RETURN_IF_ERROR(FindKind(described, &credential));
  LoginProof proof;
  if (!IsForPerson(credential)) {
    RETURN_IF_ERROR(
        ReadCredential(credential, context->world(), &proof.credential));
    proof.provider =
        credential.name.empty() ? credential.provider : credential.name;
    return proof;
  }
  ASSIGN_OR_RETURN(const v1::OidcLogin oidc,
                   FindIssuer(described, credential.name));
  ASSIGN_OR_RETURN(PersonProof person,
                   ProvePerson(oidc, flags.people, context));
  proof.provider = oidc.provider();
  proof.grant = std::move(person.grant);
  proof.credential.mutable_oidc()->set_provider(oidc.provider());
  proof.credential.mutable_oidc()->set_token(
      std::string(person.token.RevealSecret()));
  return proof;
}

}  // namespace latchkey
