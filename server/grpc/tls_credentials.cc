#include "server/grpc/tls_credentials.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/reason.h"
#include "core/base/secret.h"
#include "core/config/tls_files.h"

namespace latchkey {

absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> TlsCredentials(
    const TlsConfig& config, absl::Time now) {
  TlsFiles files;
  TlsFileOptions file_options;
  file_options.now = now;
  const std::vector<TlsFileProblem> problems =
      ReadTlsFiles(config, file_options, &files);
  if (!problems.empty()) {
    const TlsFileProblem& first = problems.front();
    return Error(
        Reason::kInvalidRequest,
        absl::StrCat(first.field, " ", first.file, " ", first.message));
  }
  grpc::SslServerCredentialsOptions options;
  options.pem_key_cert_pairs.push_back(
      {std::string(files.private_key.RevealSecret()),
       std::move(files.cert_chain)});
  if (!config.client_ca_file.empty()) {
    options.pem_root_certs = std::move(files.client_ca);
    options.client_certificate_request =
        GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY;
  }
  auto credentials = grpc::SslServerCredentials(options);
  WipeString(&options.pem_key_cert_pairs[0].private_key);
  return credentials;
}

}  // namespace latchkey
