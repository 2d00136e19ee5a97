#include "clients/cli/private_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"

namespace latchkey {
namespace {

absl::Status Failed(const std::string& path, int error) {
  return absl::FailedPreconditionError(absl::StrCat(
      path, ": ", std::error_code(error, std::generic_category()).message()));
}

absl::Status MakeFolder(const std::filesystem::path& folder) {
  std::error_code error;
  if (folder.empty() || std::filesystem::exists(folder, error)) {
    return absl::OkStatus();
  }
  RETURN_IF_ERROR(MakeFolder(folder.parent_path()));
  if (mkdir(folder.c_str(), 0700) == 0 || errno == EEXIST) {
    return absl::OkStatus();
  }
  return Failed(folder.string(), errno);
}

bool WriteAll(int file, absl::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(file, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    text.remove_prefix(static_cast<size_t>(written));
  }
  return fsync(file) == 0;
}

}  // namespace

absl::Status MakePrivateFolder(const std::string& folder) {
  return MakeFolder(folder);
}

absl::Status WritePrivateFile(const std::string& path, absl::string_view text) {
  RETURN_IF_ERROR(MakeFolder(std::filesystem::path(path).parent_path()));
  std::string temporary = absl::StrCat(path, ".XXXXXX");
  const int file = mkostemp(temporary.data(), O_CLOEXEC);  // mode 0600
  if (file < 0) return Failed(path, errno);
  const bool written = WriteAll(file, text);
  const int write_error = errno;
  close(file);
  if (written && rename(temporary.c_str(), path.c_str()) == 0) {
    return absl::OkStatus();
  }
  const int error = written ? errno : write_error;
  unlink(temporary.c_str());
  return Failed(path, error);
}

}  // namespace latchkey
