#include "core/jwks/disk_copy.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "core/base/log.h"
#include "core/base/reason.h"
#include "core/base/status_macros.h"
#include "core/crypto/digest.h"
#include "core/json/json.h"

namespace latchkey {
namespace {

// Escapes make JSON text of a document up to six times as long; more than
// twice is no document that we wrote.
constexpr size_t kGrowth = 2;
constexpr size_t kOverhead = 16 * 1024;
constexpr absl::Duration kClockSkew = absl::Minutes(5);

absl::Status Failed(absl::string_view what) {
  return Error(Reason::kInternal,
               absl::StrCat("key set file: ", what, ": ", strerror(errno)));
}

absl::Status Useless(absl::string_view cause) {
  return Error(Reason::kInternal, absl::StrCat("key set file: ", cause));
}

class File final {
 public:
  File(const std::string& path, int flags)
      : fd_(open(path.c_str(), flags | O_CLOEXEC | O_NOFOLLOW, 0600)) {}
  ~File() {
    if (fd_ >= 0) close(fd_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  bool is_open() const { return fd_ >= 0; }
  int fd() const { return fd_; }

 private:
  const int fd_;
};

absl::Status CheckOwner(int fd) {
  struct stat info;
  if (fstat(fd, &info) != 0) return Failed("stat");
  if (!S_ISREG(info.st_mode)) return Useless("not a plain file");
  if (info.st_uid != geteuid() || (info.st_mode & 022) != 0) {
    return Useless("another user owns it or may write it");
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> ReadAll(int fd, size_t max_bytes) {
  std::string text;
  char buffer[16 * 1024];
  while (true) {
    const ssize_t n = read(fd, buffer, sizeof(buffer));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return Failed("read");
    if (n == 0) return text;
    text.append(buffer, static_cast<size_t>(n));
    if (text.size() > max_bytes) return Useless("too large");
  }
}

absl::Status WriteAll(int fd, absl::string_view text) {
  while (!text.empty()) {
    const ssize_t n = write(fd, text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return Failed("write");
    text.remove_prefix(static_cast<size_t>(n));
  }
  if (fsync(fd) != 0) return Failed("fsync");
  return absl::OkStatus();
}

absl::Status SyncFolder(const std::string& folder) {
  const File file(folder, O_RDONLY | O_DIRECTORY);
  if (!file.is_open() || fsync(file.fd()) != 0) return Failed("fsync folder");
  return absl::OkStatus();
}

bool TakeString(const json::Value& object, absl::string_view name,
                std::string* out) {
  const json::Value* member = object.Find(name);
  const std::string* text = member == nullptr ? nullptr : member->as_string();
  if (text != nullptr) *out = *text;
  return text != nullptr;
}

absl::StatusOr<KeySetRecord> ParseRecord(absl::string_view text) {
  json::Limits limits;
  limits.max_bytes = text.size();
  limits.max_depth = 2;
  ASSIGN_OR_RETURN(const json::Value object, json::ParseObject(text, limits));
  KeySetRecord record;
  const json::Value* at = object.Find("fetched_at");
  const auto seconds = at == nullptr ? std::nullopt : at->as_int64();
  if (!seconds.has_value() || !TakeString(object, "id", &record.id) ||
      !TakeString(object, "jwks_uri", &record.jwks_uri) ||
      !TakeString(object, "etag", &record.etag) ||
      !TakeString(object, "document", &record.document)) {
    return Useless("a member is missing");
  }
  record.fetched_at = absl::FromUnixSeconds(*seconds);
  return record;
}

std::string WriteRecord(const KeySetRecord& record) {
  return json::Write(json::Value::Object{
      {"id", record.id},
      {"jwks_uri", record.jwks_uri},
      {"etag", record.etag},
      {"fetched_at", int64_t{absl::ToUnixSeconds(record.fetched_at)}},
      {"document", record.document}});
}

absl::StatusOr<KeySetRecord> ReadRecord(const std::string& path,
                                        size_t max_bytes) {
  const File file(path, O_RDONLY | O_NONBLOCK);
  if (!file.is_open()) {
    if (errno == ENOENT) return absl::NotFoundError("");
    return Failed("open");
  }
  RETURN_IF_ERROR(CheckOwner(file.fd()));
  ASSIGN_OR_RETURN(const std::string text, ReadAll(file.fd(), max_bytes));
  return ParseRecord(text);
}

}  // namespace

DiskCopy::DiskCopy(std::string folder, size_t max_document_bytes)
    : folder_(std::move(folder)), max_document_bytes_(max_document_bytes) {}

std::string DiskCopy::PathOf(absl::string_view id) const {
  return absl::StrCat(folder_, "/",
                      absl::BytesToHexString(AsStringView(Sha256(id))));
}

std::optional<KeySetRecord> DiskCopy::Load(absl::string_view id,
                                           absl::Time now) const {
  if (folder_.empty()) return std::nullopt;
  absl::StatusOr<KeySetRecord> record =
      ReadRecord(PathOf(id), max_document_bytes_ * kGrowth + kOverhead);
  if (absl::IsNotFound(record.status())) return std::nullopt;
  if (record.ok() && record->id != id) record = Useless("of another source");
  if (record.ok() && record->fetched_at > now + kClockSkew) {
    record = Useless("from the future");
  }
  if (!record.ok()) {
    Log(LogLevel::kWarning, "key_set_file_ignored",
        {{"source", id}, {"error", record.status().message()}});
    return std::nullopt;
  }
  record->fetched_at = std::min(record->fetched_at, now);
  return *std::move(record);
}

absl::Status DiskCopy::Save(const KeySetRecord& record) const {
  if (folder_.empty()) return absl::OkStatus();
  absl::MutexLock lock(&writing_);
  return Write(record);
}

absl::Status DiskCopy::Write(const KeySetRecord& record) const {
  if (mkdir(folder_.c_str(), 0700) != 0 && errno != EEXIST) {
    return Failed("mkdir");
  }
  const std::string path = PathOf(record.id);
  const std::string temporary = absl::StrCat(path, ".tmp");
  unlink(temporary.c_str());  // left by a crash, perhaps with another mode
  {
    const File file(temporary, O_WRONLY | O_CREAT | O_EXCL);
    if (!file.is_open()) return Failed("create");
    RETURN_IF_ERROR(WriteAll(file.fd(), WriteRecord(record)));
  }
  if (rename(temporary.c_str(), path.c_str()) != 0) return Failed("rename");
  return SyncFolder(folder_);
}

absl::Status DiskCopy::Renew(absl::string_view id, absl::string_view etag,
                             absl::Time now) const {
  absl::MutexLock lock(&writing_);
  std::optional<KeySetRecord> record = Load(id, now);
  if (!record.has_value() || record->etag != etag) return absl::OkStatus();
  record->fetched_at = now;
  return Write(*record);
}

}  // namespace latchkey
