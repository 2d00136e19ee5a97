// Reads the credential and device of a request.
#ifndef LATCHKEY_SERVER_RPC_CREDENTIAL_READER_H_
#define LATCHKEY_SERVER_RPC_CREDENTIAL_READER_H_

#include <string>

#include "absl/status/statusor.h"
#include "core/provider/credential.h"
#include "latchkey/v1/credential.pb.h"
#include "latchkey/v1/session.pb.h"
#include "server/rpc/method_table.h"

namespace latchkey {

// ReadCredential checks shapes and lengths only; INVALID_REQUEST with paths
// from `credential`. The proto keeps its own copy of the secrets.
absl::StatusOr<Credential> ReadCredential(const v1::Credential& credential);

// CredentialLane says where proving that credential may run.
Lane CredentialLane(const v1::Credential& credential);

// ReadDevice gives a JSON object of what the client said, plus the peer's
// address. INVALID_REQUEST with paths from `device`.
absl::StatusOr<std::string> ReadDevice(const v1::Device& device,
                                       const std::string& peer);

}  // namespace latchkey

#endif  // LATCHKEY_SERVER_RPC_CREDENTIAL_READER_H_
