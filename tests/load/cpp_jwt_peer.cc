#include <string>
#include <system_error>

#include "jwt/jwt.hpp"
#include "tests/load/jwt_peers.h"
#include "tests/load/pem.h"

namespace latchkey {

// Parses the key in each call, as its interface has it.
Peer NewCppJwtPeer(const PeerToken& token) {
  const std::string key = VerificationText(*token.key);
  const std::string algorithm(AlgorithmName(token.algorithm));
  return [token, key, algorithm] {
    std::error_code error;
    using namespace jwt::params;
    const auto object =
        jwt::decode(token.text, algorithms({algorithm}), error, secret(key),
                    verify(true), issuer(token.issuer), aud(token.audience));
    return !error && object.has_claim("sub");
  };
}

}  // namespace latchkey
