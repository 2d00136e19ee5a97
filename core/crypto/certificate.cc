#include "core/crypto/certificate.h"

#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/base/reason.h"
#include "core/crypto/openssl_error.h"

namespace latchkey {
namespace {

// More is no certificate file, and the length must fit an int.
constexpr size_t kMaxPemBytes = 16 * 1024 * 1024;
constexpr int kMinRsaBits = 2048;

using Asn1TimePtr = std::unique_ptr<ASN1_TIME, OpensslDeleter<ASN1_TIME_free>>;

absl::Status Wrong(absl::string_view what) {
  ClearOpensslErrors();
  return Error(Reason::kInvalidRequest, what);
}

BioPtr Reader(absl::string_view pem) {
  if (pem.size() > kMaxPemBytes) return nullptr;
  return BioPtr(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
}

// The text had no further block of the kind asked for.
bool NoneWasLeft() {
  const auto error = ERR_peek_last_error();
  return ERR_GET_LIB(error) == ERR_LIB_PEM &&
         ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
}

// Asked for a passphrase; a service has nobody to ask.
int NoPassphrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* asked) {
  *static_cast<bool*>(asked) = true;
  return -1;
}

// 0 stands for a time that cannot be read: it is over.
absl::Time ToTime(const ASN1_TIME* time) {
  const Asn1TimePtr epoch(ASN1_TIME_set(nullptr, 0));
  int days = 0;
  int seconds = 0;
  if (epoch == nullptr ||
      ASN1_TIME_diff(&days, &seconds, epoch.get(), time) != 1) {
    ClearOpensslErrors();
    return absl::UnixEpoch();
  }
  return absl::UnixEpoch() + absl::Hours(24) * days + absl::Seconds(seconds);
}

std::string Text(absl::Time time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", time, absl::UTCTimeZone());
}

bool HasExpired(const X509Ptr& certificate, absl::Time now) {
  return ToTime(X509_get0_notAfter(certificate.get())) < now;
}

}  // namespace

absl::StatusOr<CertificateKey> CertificateKey::Read(absl::string_view pem) {
  const BioPtr bio = Reader(pem);
  if (bio == nullptr) return Wrong("is too large for a private key");
  bool encrypted = false;
  EvpPkeyPtr key(
      PEM_read_bio_PrivateKey(bio.get(), nullptr, NoPassphrase, &encrypted));
  if (encrypted) {
    return Wrong("is encrypted: store the key without a passphrase");
  }
  // The library gives no code of its own for this.
  if (key == nullptr && !absl::StrContains(pem, "PRIVATE KEY-----")) {
    return Wrong("has no private key in PEM (-----BEGIN PRIVATE KEY-----)");
  }
  if (key == nullptr) return Wrong("has a malformed private key");
  ClearOpensslErrors();
  return CertificateKey(std::move(key));
}

absl::StatusOr<Certificates> Certificates::Read(absl::string_view pem) {
  const BioPtr bio = Reader(pem);
  if (bio == nullptr) return Wrong("is too large for certificates");
  std::vector<X509Ptr> list;
  while (true) {
    X509Ptr one(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
    if (one == nullptr) break;
    list.push_back(std::move(one));
  }
  if (!NoneWasLeft()) {
    return Wrong(
        absl::StrCat("has a malformed certificate, number ", list.size() + 1));
  }
  if (list.empty()) {
    return Wrong("has no certificate in PEM (-----BEGIN CERTIFICATE-----)");
  }
  ClearOpensslErrors();
  return Certificates(std::move(list));
}

absl::Status Certificates::CheckChain(absl::Time now) const {
  // Clients stop at a root they know: a chain may end in a certificate for
  // older ones that has expired.
  const size_t needed = std::max<size_t>(1, list_.size() - 1);
  for (size_t i = 0; i < needed; ++i) {
    const absl::Time begin = ToTime(X509_get0_notBefore(list_[i].get()));
    const absl::Time end = ToTime(X509_get0_notAfter(list_[i].get()));
    if (end < now) {
      return Wrong(absl::StrCat("has an expired certificate, number ", i + 1,
                                ": it ended at ", Text(end)));
    }
    if (begin > now) {
      return Wrong(absl::StrCat("has a certificate that is not valid yet, ",
                                "number ", i + 1, ": it begins at ",
                                Text(begin)));
    }
  }
  const EvpPkeyPtr key(X509_get_pubkey(list_[0].get()));
  if (key == nullptr) return Wrong("has a certificate with an unknown key");
  if (EVP_PKEY_id(key.get()) == EVP_PKEY_RSA &&
      EVP_PKEY_bits(key.get()) < kMinRsaBits) {
    return Wrong("has a weak key: RSA needs 2048 bits");
  }
  return absl::OkStatus();
}

absl::Status Certificates::CheckAuthorities(absl::Time now) const {
  if (std::all_of(list_.begin(), list_.end(),
                  [now](const X509Ptr& one) { return HasExpired(one, now); })) {
    return Wrong("has only expired certificates");
  }
  return absl::OkStatus();
}

std::string Certificates::Sha256() const {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  if (X509_digest(list_[0].get(), EVP_sha256(), digest, &size) != 1) {
    ClearOpensslErrors();
    size = 0;  // no memory: a thumbprint that is nobody's
  }
  return std::string(reinterpret_cast<const char*>(digest), size);
}

absl::Status Certificates::CheckKey(const CertificateKey& key) const {
  if (X509_check_private_key(list_[0].get(), key.key_.get()) == 1) {
    return absl::OkStatus();
  }
  return Wrong("is not the key of the first certificate in cert_file");
}

}  // namespace latchkey
