// Other ways to verify the same token, to measure ours against.
#ifndef LATCHKEY_TESTS_LOAD_JWT_PEERS_H_
#define LATCHKEY_TESTS_LOAD_JWT_PEERS_H_

#include <functional>
#include <string>

#include "core/crypto/algorithm.h"
#include "core/crypto/signing_key.h"

namespace latchkey {

// PeerToken is a good token and what it takes to verify it.
struct PeerToken {
  Algorithm algorithm;
  const SigningKey* key;
  std::string text;
  std::string issuer;
  std::string audience;
};

// A peer says whether the token is good. One thread at a time.
using Peer = std::function<bool()>;

// Bare does the least: the hash by the plain SHA functions, then
// EVP_PKEY_verify with a context that is kept; for HS* the MAC from kept pads;
// for EdDSA EVP_DigestVerify. Nothing is parsed: the signature is decoded
// beforehand.
Peer NewBarePeer(const PeerToken& token);
// Debian's libcpp-jwt: signature, iss, aud, exp.
Peer NewCppJwtPeer(const PeerToken& token);
// Debian's libjwt: signature, iss, aud and exp by its validation functions.
Peer NewLibJwtPeer(const PeerToken& token);

}  // namespace latchkey

#endif  // LATCHKEY_TESTS_LOAD_JWT_PEERS_H_
