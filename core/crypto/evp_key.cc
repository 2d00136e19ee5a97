#include "core/crypto/evp_key.h"

#include <openssl/rsa.h>

#include <cstdint>
#include <utility>

#include "core/base/reason.h"
#include "core/crypto/openssl_error.h"

namespace latchkey {
namespace {

const uint8_t* Bytes(absl::string_view text) {
  return reinterpret_cast<const uint8_t*>(text.data());
}

const EVP_MD* HashOf(Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::kRs384:
    case Algorithm::kPs384:
    case Algorithm::kEs384:
      return EVP_sha384();
    case Algorithm::kRs512:
    case Algorithm::kPs512:
    case Algorithm::kEs512:
      return EVP_sha512();
    default:
      return EVP_sha256();
  }
}

bool IsPss(Algorithm algorithm) {
  return algorithm == Algorithm::kPs256 || algorithm == Algorithm::kPs384 ||
         algorithm == Algorithm::kPs512;
}

// SetPadding: RFC 7518 §3.5 wants a salt as long as the hash; the library's own
// choice would take any. MGF1 follows the hash by default.
bool SetPadding(Algorithm algorithm, EVP_PKEY_CTX* ctx) {
  if (GetKeyFamily(algorithm) != KeyFamily::kRsa) return true;
  if (!IsPss(algorithm)) {
    return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) > 0;
  }
  constexpr int kSaltAsLongAsTheHash = -1;
  return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) > 0 &&
         EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, kSaltAsLongAsTheHash) > 0;
}

EvpMdCtxPtr Copy(const EVP_MD_CTX* prepared) {
  EvpMdCtxPtr copy(EVP_MD_CTX_new());
  if (copy == nullptr || EVP_MD_CTX_copy_ex(copy.get(), prepared) != 1) {
    return nullptr;
  }
  return copy;
}

}  // namespace

absl::StatusOr<EvpVerifier> EvpVerifier::Create(Algorithm algorithm,
                                                absl::string_view spki) {
  const uint8_t* in = Bytes(spki);
  EvpPkeyPtr key(d2i_PUBKEY(nullptr, &in, static_cast<long>(spki.size())));
  if (key == nullptr) {
    ClearOpensslErrors();
    return Error(Reason::kInvalidRequest, "not a valid public key");
  }
  EvpPkeyCtxPtr ctx(EVP_PKEY_CTX_new(key.get(), nullptr));
  if (ctx == nullptr || EVP_PKEY_verify_init(ctx.get()) != 1 ||
      !SetPadding(algorithm, ctx.get()) ||
      EVP_PKEY_CTX_set_signature_md(ctx.get(), HashOf(algorithm)) <= 0) {
    return OpensslError("EVP_PKEY_verify_init");
  }
  return EvpVerifier(std::move(ctx));
}

bool EvpVerifier::Verify(const MessageHash& hash,
                         absl::string_view signature) const {
  EVP_PKEY_CTX* const ctx = context_.ForThisThread();
  const bool verified =
      ctx != nullptr && EVP_PKEY_verify(ctx, Bytes(signature), signature.size(),
                                        hash.bytes.data(), hash.size) == 1;
  if (!verified) ClearOpensslErrors();
  return verified;
}

absl::StatusOr<EvpSigner> EvpSigner::Create(Algorithm algorithm,
                                            EvpPkeyPtr key) {
  EvpMdCtxPtr ctx(EVP_MD_CTX_new());
  EVP_PKEY_CTX* key_ctx = nullptr;
  if (ctx == nullptr ||
      EVP_DigestSignInit(ctx.get(), &key_ctx, HashOf(algorithm), nullptr,
                         key.get()) != 1 ||
      !SetPadding(algorithm, key_ctx)) {
    return OpensslError("EVP_DigestSignInit");
  }
  return EvpSigner(std::move(key), std::move(ctx));
}

absl::Status EvpSigner::Sign(absl::string_view data, std::string* out) const {
  const EvpMdCtxPtr ctx = Copy(prepared_.get());
  size_t size = static_cast<size_t>(EVP_PKEY_size(key_.get()));
  out->resize(size);
  if (ctx == nullptr ||
      EVP_DigestSign(ctx.get(), reinterpret_cast<uint8_t*>(out->data()), &size,
                     Bytes(data), data.size()) != 1) {
    out->clear();
    return OpensslError("EVP_DigestSign");
  }
  out->resize(size);
  return absl::OkStatus();
}

}  // namespace latchkey
