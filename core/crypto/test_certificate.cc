#include "core/crypto/test_certificate.h"

#include <openssl/asn1.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "core/base/random.h"

namespace latchkey {
namespace {

using Asn1TimePtr = std::unique_ptr<ASN1_TIME, OpensslDeleter<ASN1_TIME_free>>;
using ExtensionPtr =
    std::unique_ptr<X509_EXTENSION, OpensslDeleter<X509_EXTENSION_free>>;

void Must(bool done) {
  if (done) return;
  std::fputs("cannot make a certificate for the test\n", stderr);
  std::abort();
}

EvpPkeyPtr NewKey(int rsa_bits) {
  const EvpPkeyCtxPtr ctx(
      EVP_PKEY_CTX_new_id(rsa_bits > 0 ? EVP_PKEY_RSA : EVP_PKEY_EC, nullptr));
  Must(ctx != nullptr && EVP_PKEY_keygen_init(ctx.get()) == 1);
  if (rsa_bits > 0) {
    Must(EVP_PKEY_CTX_set_rsa_keygen_bits(ctx.get(), rsa_bits) > 0);
  } else {
    Must(EVP_PKEY_CTX_set_ec_paramgen_curve_nid(ctx.get(),
                                                NID_X9_62_prime256v1) > 0);
  }
  EVP_PKEY* key = nullptr;
  Must(EVP_PKEY_keygen(ctx.get(), &key) == 1);
  return EvpPkeyPtr(key);
}

std::string TextOf(BIO* bio) {
  char* data = nullptr;
  const auto size = BIO_get_mem_data(bio, &data);
  Must(data != nullptr && size > 0);
  return std::string(data, static_cast<size_t>(size));
}

std::string PemOf(X509* certificate) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  Must(PEM_write_bio_X509(bio.get(), certificate) == 1);
  return TextOf(bio.get());
}

void SetTimes(X509* certificate, absl::Time not_before, absl::Time not_after) {
  const Asn1TimePtr begin(
      ASN1_TIME_set(nullptr, absl::ToUnixSeconds(not_before)));
  const Asn1TimePtr end(ASN1_TIME_set(nullptr, absl::ToUnixSeconds(not_after)));
  Must(X509_set1_notBefore(certificate, begin.get()) == 1 &&
       X509_set1_notAfter(certificate, end.get()) == 1);
}

void AddExtension(X509* certificate, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, nullptr, certificate, nullptr, nullptr, 0);
  const ExtensionPtr extension(
      X509V3_EXT_nconf_nid(nullptr, &context, kind, value.c_str()));
  Must(extension != nullptr &&
       X509_add_ext(certificate, extension.get(), -1) == 1);
}

// A certificate without issuer, extensions and signature.
X509Ptr Begin(const std::string& name, EVP_PKEY* key) {
  X509Ptr certificate(X509_new());
  std::array<uint8_t, 8> serial;
  Random::SystemRandom()->Fill(absl::MakeSpan(serial));
  serial[0] &= 0x7f;
  const BnPtr number(BN_bin2bn(serial.data(), serial.size(), nullptr));
  Must(X509_set_version(certificate.get(), 2) == 1 &&
       BN_to_ASN1_INTEGER(
           number.get(), X509_get_serialNumber(certificate.get())) != nullptr &&
       X509_NAME_add_entry_by_txt(
           X509_get_subject_name(certificate.get()), "CN", MBSTRING_UTF8,
           reinterpret_cast<const uint8_t*>(name.c_str()), -1, -1, 0) == 1 &&
       X509_set_pubkey(certificate.get(), key) == 1);
  return certificate;
}

}  // namespace

TestAuthority::TestAuthority(const std::string& name, absl::Time now)
    : now_(now), key_(NewKey(0)), certificate_(Begin(name, key_.get())) {
  X509* const mine = certificate_.get();
  SetTimes(mine, Default().not_before, Default().not_after);
  AddExtension(mine, NID_basic_constraints, "critical,CA:TRUE");
  Must(X509_set_issuer_name(mine, X509_get_subject_name(mine)) == 1 &&
       X509_sign(mine, key_.get(), EVP_sha256()) > 0);
  pem_ = PemOf(mine);
}

TestAuthority::Wanted TestAuthority::Default() const {
  Wanted wanted;
  wanted.not_before = now_ - absl::Hours(24);
  wanted.not_after = now_ + absl::Hours(24);
  return wanted;
}

TestCertificate TestAuthority::Issue(const std::string& sans) const {
  Wanted wanted = Default();
  wanted.sans = sans;
  return Issue(wanted);
}

TestCertificate TestAuthority::Issue(const Wanted& wanted) const {
  const EvpPkeyPtr key = NewKey(wanted.rsa_bits);
  const X509Ptr certificate = Begin(wanted.name, key.get());
  SetTimes(certificate.get(), wanted.not_before, wanted.not_after);
  if (!wanted.sans.empty()) {
    AddExtension(certificate.get(), NID_subject_alt_name, wanted.sans);
  }
  Must(X509_set_issuer_name(certificate.get(),
                            X509_get_subject_name(certificate_.get())) == 1 &&
       X509_sign(certificate.get(), key_.get(), EVP_sha256()) > 0);
  const BioPtr bio(BIO_new(BIO_s_mem()));
  Must(PEM_write_bio_PKCS8PrivateKey(bio.get(), key.get(), nullptr, nullptr, 0,
                                     nullptr, nullptr) == 1);
  return {PemOf(certificate.get()), TextOf(bio.get())};
}

std::string EncryptedForTest(const std::string& key_pem) {
  const BioPtr in(
      BIO_new_mem_buf(key_pem.data(), static_cast<int>(key_pem.size())));
  const EvpPkeyPtr key(
      PEM_read_bio_PrivateKey(in.get(), nullptr, nullptr, nullptr));
  const BioPtr out(BIO_new(BIO_s_mem()));
  char passphrase[] = "open";
  Must(PEM_write_bio_PKCS8PrivateKey(out.get(), key.get(), EVP_aes_256_cbc(),
                                     passphrase, 4, nullptr, nullptr) == 1);
  return TextOf(out.get());
}

}  // namespace latchkey
