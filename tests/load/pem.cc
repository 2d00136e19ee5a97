#include "tests/load/pem.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <cstdint>

#include "core/base/secret.h"
#include "core/crypto/openssl_ptr.h"

namespace latchkey {

std::string VerificationText(const SigningKey& key) {
  const Secret serialized = *key.Serialize();
  const absl::string_view bytes = serialized.RevealSecret();
  if (IsMac(key.algorithm())) return std::string(bytes);
  const auto* in = reinterpret_cast<const uint8_t*>(bytes.data());
  const EvpPkeyPtr loaded(
      d2i_AutoPrivateKey(nullptr, &in, static_cast<long>(bytes.size())));
  const BioPtr out(BIO_new(BIO_s_mem()));
  PEM_write_bio_PUBKEY(out.get(), loaded.get());
  char* text = nullptr;
  const long size = BIO_get_mem_data(out.get(), &text);
  return std::string(text, static_cast<size_t>(size));
}

}  // namespace latchkey
