// TlsCredentials makes a listener's server credentials of its files.
#ifndef LATCHKEY_SERVER_GRPC_TLS_CREDENTIALS_H_
#define LATCHKEY_SERVER_GRPC_TLS_CREDENTIALS_H_

#include <memory>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "core/config/listener_config.h"
#include "grpcpp/security/server_credentials.h"

namespace latchkey {

// TlsCredentials reads the files, once and now. With a client CA every client
// needs a certificate that it signed. INVALID_REQUEST naming the first file
// that is no good at `now`, and why (see core/config/tls_files.h).
absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> TlsCredentials(
    const TlsConfig& config, absl::Time now);

}  // namespace latchkey

#endif  // LATCHKEY_SERVER_GRPC_TLS_CREDENTIALS_H_
