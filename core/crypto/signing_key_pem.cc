#include "core/crypto/signing_key_pem.h"

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <cstddef>
#include <cstdint>
#include <utility>

#include "core/base/reason.h"
#include "core/base/status_macros.h"
#include "core/crypto/openssl_error.h"
#include "core/crypto/openssl_ptr.h"
#include "core/crypto/pem.h"

namespace latchkey {
namespace {

absl::Status NotAKey() {
  return Error(Reason::kInvalidRequest, "not a private key");
}

absl::StatusOr<EvpPkeyPtr> ReadKey(const Secret& pem) {
  ASSIGN_OR_RETURN(PemBlock block, ReadPem(pem.RevealSecret()));
  const Secret der = Secret::TakeFrom(&block.der);
  const auto size = static_cast<long>(der.size());
  const auto* in = reinterpret_cast<const uint8_t*>(der.RevealSecret().data());
  const uint8_t* const end = in + der.size();
  EvpPkeyPtr key;
  if (block.label == "PRIVATE KEY") {
    const Pkcs8Ptr info(d2i_PKCS8_PRIV_KEY_INFO(nullptr, &in, size));
    if (info != nullptr) key.reset(EVP_PKCS82PKEY(info.get()));
  } else if (block.label == "RSA PRIVATE KEY") {
    key.reset(d2i_PrivateKey(EVP_PKEY_RSA, nullptr, &in, size));
  } else if (block.label == "EC PRIVATE KEY") {
    key.reset(d2i_PrivateKey(EVP_PKEY_EC, nullptr, &in, size));
  }
  if (key == nullptr || in != end) {
    ClearOpensslErrors();
    return NotAKey();
  }
  return key;
}

absl::StatusOr<Secret> WritePkcs8(EVP_PKEY* key) {
  const Pkcs8Ptr info(EVP_PKEY2PKCS8(key));
  const int size =
      info == nullptr ? -1 : i2d_PKCS8_PRIV_KEY_INFO(info.get(), nullptr);
  if (size <= 0) return OpensslError("EVP_PKEY2PKCS8");
  std::string der(static_cast<size_t>(size), '\0');
  auto* out = reinterpret_cast<uint8_t*>(der.data());
  i2d_PKCS8_PRIV_KEY_INFO(info.get(), &out);
  return Secret::TakeFrom(&der);
}

std::optional<Algorithm> AlgorithmOf(const EVP_PKEY* key) {
  switch (EVP_PKEY_id(key)) {
    case EVP_PKEY_RSA:
      return Algorithm::kRs256;
    case EVP_PKEY_EC:  // of another curve than P-256: refused when it is loaded
      return Algorithm::kEs256;
    default:
      return std::nullopt;
  }
}

}  // namespace

absl::StatusOr<SigningKey> SigningKeyFromPem(std::optional<Algorithm> algorithm,
                                             std::string kid,
                                             const Secret& pem) {
  ASSIGN_OR_RETURN(const EvpPkeyPtr key, ReadKey(pem));
  if (!algorithm.has_value()) algorithm = AlgorithmOf(key.get());
  if (!algorithm.has_value()) return NotAKey();
  ASSIGN_OR_RETURN(const Secret pkcs8, WritePkcs8(key.get()));
  return SigningKey::FromSerialized(*algorithm, std::move(kid), pkcs8);
}

}  // namespace latchkey
