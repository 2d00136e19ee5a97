#include "core/store/sqlite/database_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "core/base/reason.h"
#include "core/base/status_macros.h"

namespace latchkey {
namespace {

absl::Status Failed(absl::string_view doing, const std::string& path, int err) {
  return Error(
      Reason::kStoreUnavailable,
      absl::StrCat("cannot ", doing, " ", path, ": ", ::strerror(err)));
}

// Makes `folder` and the missing ones above it.
absl::Status MakeFolder(const std::filesystem::path& folder) {
  std::error_code error;
  if (folder.empty() || std::filesystem::is_directory(folder, error)) {
    return absl::OkStatus();
  }
  RETURN_IF_ERROR(MakeFolder(folder.parent_path()));
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
    return Failed("make the folder", folder.string(), errno);
  }
  return absl::OkStatus();
}

absl::StatusOr<int> OpenFile(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) return Failed("open", path, errno);
  return file;
}

absl::Status Lock(int file, const std::string& path) {
  if (::flock(file, LOCK_EX | LOCK_NB) == 0) return absl::OkStatus();
  if (errno != EWOULDBLOCK) return Failed("lock", path, errno);
  return Error(
      Reason::kStoreUnavailable,
      absl::StrCat("another latchkeyd has this database: ", path,
                   " is locked; stop it, or give this one another path"));
}

}  // namespace

absl::StatusOr<std::unique_ptr<DatabaseFile>> DatabaseFile::Claim(
    std::string path) {
  if (path.empty()) {
    return Error(Reason::kStoreUnavailable, "the database has no path");
  }
  RETURN_IF_ERROR(MakeFolder(std::filesystem::path(path).parent_path()));
  const std::string lock_path = path + ".lock";
  ASSIGN_OR_RETURN(const int lock, OpenFile(lock_path));
  auto claimed = absl::WrapUnique(new DatabaseFile(std::move(path), lock));
  RETURN_IF_ERROR(Lock(lock, lock_path));
  RETURN_IF_ERROR(claimed->MakeFile());
  return claimed;
}

DatabaseFile::DatabaseFile(std::string path, int lock)
    : path_(std::move(path)), lock_(lock) {}

DatabaseFile::~DatabaseFile() { ::close(lock_); }

// Only under the lock, and closed before SQLite opens it: closing any
// descriptor of a file drops all locks that this process has on it (fcntl(2)).
absl::Status DatabaseFile::MakeFile() {
  ASSIGN_OR_RETURN(const int file, OpenFile(path_));
  struct stat made;
  const int looked = ::fstat(file, &made);
  const int error = errno;
  ::close(file);
  if (looked != 0) return Failed("look at", path_, error);
  device_ = made.st_dev;
  inode_ = made.st_ino;
  return absl::OkStatus();
}

absl::Status DatabaseFile::CheckInPlace() const {
  struct stat there;
  if (::stat(path_.c_str(), &there) != 0) {
    return Failed("look at", path_, errno);
  }
  if (device_ != there.st_dev || inode_ != there.st_ino) {
    return Error(Reason::kStoreUnavailable,
                 absl::StrCat(path_, " was replaced by another file"));
  }
  return absl::OkStatus();
}

}  // namespace latchkey
