// SecretTable holds the values of `secrets`.
#ifndef LATCHKEY_CORE_CONFIG_SECRET_TABLE_H_
#define LATCHKEY_CORE_CONFIG_SECRET_TABLE_H_

#include <cstddef>
#include <map>
#include <string>

#include "core/base/secret.h"
#include "core/config/file_reader.h"
#include "core/config/interpolate.h"
#include "core/config/problems.h"
#include "latchkey/config/v1/config.pb.h"

namespace latchkey {

// SecretTable reads every secret once. Thread-compatible.
class SecretTable final {
 public:
  SecretTable(const config::v1::Config& config, const EnvReader& env,
              const FileReader& read_file, Problems* problems);

  // Find gives the secret that `place` names. Null after reporting that there
  // is none; null and silent when the secret's own problem is reported.
  const Secret* Find(const std::string& name, const Place& place) const;

 private:
  void Read(const config::v1::Secret& secret, const EnvReader& env,
            const FileReader& read_file, const Place& place);

  // Empty: it could not be read.
  std::map<std::string, Secret> secrets_;
};

// ReadSecretFile gives the content of the file at `path` without its last line
// break; empty after reporting that it cannot be read, is empty or too large.
Secret ReadSecretFile(const std::string& path, const FileReader& read_file,
                      const Place& place);

}  // namespace latchkey

#endif  // LATCHKEY_CORE_CONFIG_SECRET_TABLE_H_
