// The files of a TLS listener, read and checked.
#ifndef LATCHKEY_CORE_CONFIG_TLS_FILES_H_
#define LATCHKEY_CORE_CONFIG_TLS_FILES_H_

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "core/base/secret.h"
#include "core/config/file_reader.h"
#include "core/config/listener_config.h"

namespace latchkey {

// TlsFiles: what the files hold, as PEM.
struct TlsFiles {
  std::string cert_chain;
  Secret private_key;
  std::string client_ca;  // empty without client_ca_file
};

struct TlsFileProblem {
  std::string field;    // "cert_file", "key_file", "client_ca_file"
  std::string file;     // as configured
  std::string message;  // "is ...", "has ...": holds nothing of the file
};

struct TlsFileOptions {
  FileReader read_file = ReadConfigFile;
  absl::Time now;
  // False: CheckTlsFiles of the configuration looks at none.
  bool check = true;
};

// ReadTlsFiles fills *files and gives everything that is wrong with them:
// unreadable, not PEM, expired or not valid yet at `now`, weak, or a key that
// is another certificate's. A file without a name is passed over. Use *files
// only when there is no problem.
std::vector<TlsFileProblem> ReadTlsFiles(const TlsConfig& config,
                                         const TlsFileOptions& options,
                                         TlsFiles* files);

}  // namespace latchkey

#endif  // LATCHKEY_CORE_CONFIG_TLS_FILES_H_
