// The text form of verification keys that other libraries take.
#ifndef LATCHKEY_TESTS_LOAD_PEM_H_
#define LATCHKEY_TESTS_LOAD_PEM_H_

#include <string>

#include "core/crypto/signing_key.h"

namespace latchkey {

// VerificationText gives the public key as PEM, or the secret of an HS* key.
std::string VerificationText(const SigningKey& key);

}  // namespace latchkey

#endif  // LATCHKEY_TESTS_LOAD_PEM_H_
