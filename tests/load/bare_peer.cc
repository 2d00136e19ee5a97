#include <openssl/bio.h>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "core/base/base64url.h"
#include "core/crypto/ecdsa_signature.h"
#include "core/crypto/hmac.h"
#include "core/crypto/openssl_ptr.h"
#include "core/jwt/compact.h"
#include "openssl/crypto.h"
#include "openssl/rsa.h"
#include "tests/load/jwt_peers.h"

namespace latchkey {
namespace {

const uint8_t* Bytes(absl::string_view text) {
  return reinterpret_cast<const uint8_t*>(text.data());
}

EvpPkeyPtr LoadKey(const SigningKey& key) {
  const Secret der = *key.Serialize();
  const uint8_t* in = Bytes(der.RevealSecret());
  return EvpPkeyPtr(
      d2i_AutoPrivateKey(nullptr, &in, static_cast<long>(der.size())));
}

struct Input {
  std::string data;
  std::string signature;
};

Input InputOf(const PeerToken& token) {
  const CompactToken parts = *SplitCompact(token.text);
  return {std::string(parts.signing_input), *Base64UrlDecode(parts.signature)};
}

template <typename Sha>
Peer NewHashedPeer(const PeerToken& token, const EVP_MD* hash) {
  struct State {
    Input input;
    EvpPkeyPtr key;
    EvpPkeyCtxPtr ctx;
  };
  auto state = std::make_shared<State>();
  state->input = InputOf(token);
  state->key = LoadKey(*token.key);
  state->ctx.reset(EVP_PKEY_CTX_new(state->key.get(), nullptr));
  EVP_PKEY_verify_init(state->ctx.get());
  EVP_PKEY_CTX_set_signature_md(state->ctx.get(), hash);
  switch (GetKeyFamily(token.algorithm)) {
    case KeyFamily::kRsa: {
      const bool pss = AlgorithmName(token.algorithm)[0] == 'P';
      EVP_PKEY_CTX_set_rsa_padding(
          state->ctx.get(), pss ? RSA_PKCS1_PSS_PADDING : RSA_PKCS1_PADDING);
      if (pss) EVP_PKEY_CTX_set_rsa_pss_saltlen(state->ctx.get(), -1);
      break;
    }
    default: {
      EcdsaDerBuffer der;
      const size_t size = EcdsaRawToDer(state->input.signature, &der);
      state->input.signature.assign(reinterpret_cast<const char*>(der.data()),
                                    size);
    }
  }
  return [state] {
    const auto digest = ShaDigest<Sha>(state->input.data);
    return EVP_PKEY_verify(state->ctx.get(), Bytes(state->input.signature),
                           state->input.signature.size(), digest.data(),
                           digest.size()) == 1;
  };
}

template <typename Sha>
Peer NewMacPeer(const PeerToken& token) {
  struct State {
    explicit State(absl::string_view secret) : key(secret) {}
    HmacKey<Sha> key;
    Input input;
  };
  auto state = std::make_shared<State>(token.key->Serialize()->RevealSecret());
  state->input = InputOf(token);
  return [state] {
    const auto mac = state->key.Compute(state->input.data);
    return CRYPTO_memcmp(mac.data(), state->input.signature.data(),
                         mac.size()) == 0;
  };
}

Peer NewEdDsaPeer(const PeerToken& token) {
  struct State {
    Input input;
    EvpPkeyPtr key;
    EvpMdCtxPtr ctx;
  };
  auto state = std::make_shared<State>();
  state->input = InputOf(token);
  state->key = LoadKey(*token.key);
  state->ctx.reset(EVP_MD_CTX_new());
  return [state] {
    const Input& input = state->input;
    return EVP_DigestVerifyInit(state->ctx.get(), nullptr, nullptr, nullptr,
                                state->key.get()) == 1 &&
           EVP_DigestVerify(state->ctx.get(), Bytes(input.signature),
                            input.signature.size(), Bytes(input.data),
                            input.data.size()) == 1;
  };
}

}  // namespace

Peer NewBarePeer(const PeerToken& token) {
  switch (token.algorithm) {
    case Algorithm::kRs256:
    case Algorithm::kPs256:
    case Algorithm::kEs256:
      return NewHashedPeer<Sha256Traits>(token, EVP_sha256());
    case Algorithm::kRs384:
    case Algorithm::kPs384:
    case Algorithm::kEs384:
      return NewHashedPeer<Sha384Traits>(token, EVP_sha384());
    case Algorithm::kRs512:
    case Algorithm::kPs512:
    case Algorithm::kEs512:
      return NewHashedPeer<Sha512Traits>(token, EVP_sha512());
    case Algorithm::kEdDsa:
      return NewEdDsaPeer(token);
    case Algorithm::kHs256:
      return NewMacPeer<Sha256Traits>(token);
    case Algorithm::kHs384:
      return NewMacPeer<Sha384Traits>(token);
    case Algorithm::kHs512:
      return NewMacPeer<Sha512Traits>(token);
  }
  return nullptr;
}

}  // namespace latchkey
