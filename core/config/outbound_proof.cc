#include <cstddef>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "core/base/base64url.h"
#include "core/config/outbound_draft.h"
#include "core/crypto/certificate.h"
#include "core/crypto/signing_key_pem.h"

namespace latchkey {
namespace {

constexpr size_t kMinMacSecret = 32;

// The secret that one of two fields names; empty when there is none, or after a
// problem.
Secret ReadSecret(const OutboundDraft& draft, const char* by_name,
                  const char* by_file) {
  const std::string name = draft.section.Text(by_name);
  const std::string path = draft.section.Text(by_file);
  if (!name.empty() && !path.empty()) {
    draft.section.Field(by_name).Report(
        absl::StrCat("is given twice: here and by ", by_file));
    return Secret();
  }
  if (!path.empty()) {
    return ReadSecretFile(path, *draft.context.read_file,
                          draft.section.Field(by_file));
  }
  if (name.empty()) return Secret();
  const Secret* const secret =
      draft.context.secrets->Find(name, draft.section.Field(by_name));
  return secret == nullptr ? Secret() : secret->Clone();
}

bool HasPrivateKey(const config::v1::OutboundCredential& file) {
  return !file.private_key().empty() || !file.private_key_file().empty();
}
bool HasSecret(const config::v1::OutboundCredential& file) {
  return !file.client_secret().empty() || !file.client_secret_file().empty();
}

// nullopt after a problem.
std::optional<ClientAuthMethod> ReadMethod(
    const config::v1::OutboundCredential& file, const Place& place) {
  const std::string& name = file.auth_method();
  if (name == "client_secret_basic") return ClientAuthMethod::kSecretBasic;
  if (name == "client_secret_post") return ClientAuthMethod::kSecretPost;
  if (name == "client_secret_jwt") return ClientAuthMethod::kSecretJwt;
  if (name == "private_key_jwt") return ClientAuthMethod::kPrivateKeyJwt;
  if (name.empty()) {
    return HasPrivateKey(file) ? ClientAuthMethod::kPrivateKeyJwt
                               : ClientAuthMethod::kSecretBasic;
  }
  place.Report(
      "must be \"client_secret_basic\", \"client_secret_post\", "
      "\"client_secret_jwt\" or \"private_key_jwt\"");
  return std::nullopt;
}

// What the issuer behind a preset does not take, or needs what we cannot write.
void CheckMethod(const OutboundDraft& draft) {
  const bool is_key =
      draft.out->auth_method == ClientAuthMethod::kPrivateKeyJwt;
  const Place place = draft.section.Field("auth_method");
  if (draft.preset == OutboundPreset::kOktaOrg && !is_key) {
    place.Report(
        "Okta's own API takes private_key_jwt only: set private_key and "
        "key_id");
  }
  if (draft.preset == OutboundPreset::kEntra &&
      draft.out->auth_method == ClientAuthMethod::kSecretJwt) {
    place.Report(
        "Entra takes no client_secret_jwt: use client_secret_post, or "
        "private_key_jwt with certificate_file");
  }
}

std::optional<Algorithm> ReadAssertionAlgorithm(const OutboundDraft& draft) {
  const std::string& name = draft.file.assertion_alg();
  if (name == "RS256") return Algorithm::kRs256;
  if (name == "PS256") return Algorithm::kPs256;
  if (name == "ES256") return Algorithm::kEs256;
  if (!name.empty()) {
    draft.section.Field("assertion_alg")
        .Report("must be \"RS256\", \"PS256\" or \"ES256\"");
  } else if (draft.preset == OutboundPreset::kEntra) {
    return Algorithm::kPs256;
  }
  return std::nullopt;
}

// The certificate by which Entra finds the key.
void ReadCertificate(const OutboundDraft& draft, const Secret& pem) {
  const std::string path = draft.section.Text("certificate_file");
  const Place place = draft.section.Field("certificate_file");
  if (path.empty()) {
    place.Report("is required by private_key_jwt for entra");
    return;
  }
  const std::optional<std::string> text = (*draft.context.read_file)(path);
  if (!text.has_value()) return place.Report("the file cannot be read");
  const absl::StatusOr<Certificates> read = Certificates::Read(*text);
  if (!read.ok()) {
    place.Report(absl::StrCat("the file ", read.status().message()));
    return;
  }
  const absl::StatusOr<CertificateKey> key =
      CertificateKey::Read(pem.RevealSecret());
  // A key that is none has its own problem.
  if (key.ok() && !read->CheckKey(*key).ok()) {
    place.Report("the file's first certificate is not that of the private key");
    return;
  }
  draft.out->assertion_certificate = Base64UrlEncode(read->Sha256());
}

void ReadPrivateKey(const OutboundDraft& draft, const Secret& pem) {
  const Place place = draft.section.Field(
      draft.file.private_key().empty() ? "private_key_file" : "private_key");
  if (!HasPrivateKey(draft.file)) {
    draft.section.Field("private_key").Report("is required by private_key_jwt");
    return;
  }
  const std::optional<Algorithm> algorithm = ReadAssertionAlgorithm(draft);
  if (pem.empty()) return;
  auto key = SigningKeyFromPem(algorithm, draft.file.key_id(), pem);
  if (!key.ok()) {
    place.Report(
        "must be a private key in PEM, not encrypted: RSA of 2048 to 8192 "
        "bits, or P-256; and of the kind that assertion_alg needs");
    return;
  }
  draft.out->assertion_key = *std::move(key);
}

void ReadMacKey(const OutboundDraft& draft, const Secret& secret) {
  if (secret.empty()) return;
  if (secret.size() < kMinMacSecret) {
    draft.section.place().Report(
        "weak secret: client_secret_jwt needs 32 bytes at least");
    return;
  }
  auto key = SigningKey::FromSerialized(Algorithm::kHs256, "", secret);
  if (key.ok()) draft.out->assertion_key = *std::move(key);
}

// Reports fields that the method has no use for.
void RefuseOtherProofs(const OutboundDraft& draft) {
  const bool is_key =
      draft.out->auth_method == ClientAuthMethod::kPrivateKeyJwt;
  const bool is_assertion =
      is_key || draft.out->auth_method == ClientAuthMethod::kSecretJwt;
  struct Row {
    const char* field;
    bool is_used;
    const char* use;
  };
  for (const Row& row : {
           Row{"client_secret", !is_key, "for the methods client_secret_..."},
           Row{"client_secret_file", !is_key,
               "for the methods client_secret_..."},
           Row{"private_key", is_key, "for private_key_jwt"},
           Row{"private_key_file", is_key, "for private_key_jwt"},
           Row{"key_id", is_key, "for private_key_jwt"},
           Row{"certificate_file",
               is_key && draft.preset == OutboundPreset::kEntra,
               "for entra with private_key_jwt"},
           Row{"assertion_alg", is_key, "for private_key_jwt"},
           Row{"assertion_audience", is_assertion,
               "for client_secret_jwt and private_key_jwt"},
       }) {
    if (row.is_used || !draft.section.IsSet(row.field)) continue;
    draft.section.Field(row.field).Report(absl::StrCat("is ", row.use));
  }
}

}  // namespace

Secret ReadOutboundProof(const OutboundDraft& draft) {
  const auto method =
      ReadMethod(draft.file, draft.section.Field("auth_method"));
  if (!method.has_value()) return Secret();
  draft.out->auth_method = *method;
  CheckMethod(draft);
  RefuseOtherProofs(draft);
  if (*method == ClientAuthMethod::kPrivateKeyJwt) {
    Secret pem = ReadSecret(draft, "private_key", "private_key_file");
    ReadPrivateKey(draft, pem);
    if (draft.preset == OutboundPreset::kEntra) ReadCertificate(draft, pem);
    return pem;
  }
  if (!HasSecret(draft.file)) {
    draft.section.Field("client_secret").Report("is required");
  }
  Secret secret = ReadSecret(draft, "client_secret", "client_secret_file");
  if (*method == ClientAuthMethod::kSecretJwt) {
    ReadMacKey(draft, secret);
  } else {
    draft.out->client_secret = secret.Clone();
  }
  return secret;
}

}  // namespace latchkey
