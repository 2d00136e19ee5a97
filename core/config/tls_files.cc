#include "core/config/tls_files.h"

#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/crypto/certificate.h"

namespace latchkey {
namespace {

// Collector reads files and notes what is wrong with each.
class Collector final {
 public:
  explicit Collector(const FileReader& read_file) : read_file_(read_file) {}

  std::optional<std::string> Read(const char* field, const std::string& file) {
    if (file.empty()) return std::nullopt;
    std::optional<std::string> text = read_file_(file);
    if (!text.has_value()) {
      Add(field, file, "cannot be read");
    } else if (text->size() > kMaxConfigFileBytes) {
      Add(field, file, "is larger than 1 MiB");
      text.reset();
    }
    return text;
  }

  void Check(const char* field, const std::string& file,
             const absl::Status& status) {
    if (!status.ok()) Add(field, file, std::string(status.message()));
  }

  std::vector<TlsFileProblem> Take() { return std::move(problems_); }

 private:
  void Add(const char* field, const std::string& file, std::string message) {
    problems_.push_back({field, file, std::move(message)});
  }

  const FileReader& read_file_;
  std::vector<TlsFileProblem> problems_;
};

}  // namespace

std::vector<TlsFileProblem> ReadTlsFiles(const TlsConfig& config,
                                         const TlsFileOptions& options,
                                         TlsFiles* files) {
  Collector collector(options.read_file);
  std::optional<Certificates> chain;
  if (auto text = collector.Read("cert_file", config.cert_file)) {
    absl::StatusOr<Certificates> read = Certificates::Read(*text);
    collector.Check("cert_file", config.cert_file,
                    read.ok() ? read->CheckChain(options.now) : read.status());
    if (read.ok()) chain = *std::move(read);
    files->cert_chain = *std::move(text);
  }
  if (auto text = collector.Read("key_file", config.key_file)) {
    const absl::StatusOr<CertificateKey> key = CertificateKey::Read(*text);
    absl::Status status = key.status();
    if (key.ok() && chain.has_value()) status = chain->CheckKey(*key);
    collector.Check("key_file", config.key_file, status);
    files->private_key = Secret::TakeFrom(&*text);
  }
  if (auto text = collector.Read("client_ca_file", config.client_ca_file)) {
    const absl::StatusOr<Certificates> roots = Certificates::Read(*text);
    collector.Check(
        "client_ca_file", config.client_ca_file,
        roots.ok() ? roots->CheckAuthorities(options.now) : roots.status());
    files->client_ca = *std::move(text);
  }
  return collector.Take();
}

}  // namespace latchkey
