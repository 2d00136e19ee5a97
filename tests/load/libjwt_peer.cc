#include <jwt.h>

#include <ctime>
#include <memory>
#include <string>

#include "tests/load/jwt_peers.h"
#include "tests/load/pem.h"

namespace latchkey {

// Parses the key in each call, as its interface has it.
Peer NewLibJwtPeer(const PeerToken& token) {
  const std::string key = VerificationText(*token.key);
  const jwt_alg_t wanted =
      jwt_str_alg(std::string(AlgorithmName(token.algorithm)).c_str());
  return [token, key, wanted] {
    jwt_t* out = nullptr;
    if (jwt_decode(&out, token.text.c_str(),
                   reinterpret_cast<const unsigned char*>(key.data()),
                   static_cast<int>(key.size())) != 0) {
      return false;
    }
    const std::unique_ptr<jwt_t, decltype(&jwt_free)> parsed(out, jwt_free);
    const char* issuer = jwt_get_grant(out, "iss");
    const char* audience = jwt_get_grant(out, "aud");
    return jwt_get_alg(out) == wanted && issuer != nullptr &&
           issuer == token.issuer && audience != nullptr &&
           audience == token.audience &&
           jwt_get_grant_int(out, "exp") > time(nullptr);
  };
}

}  // namespace latchkey
