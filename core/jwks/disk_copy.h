// The last good key sets on disk, so that a restart needs no network.
#ifndef LATCHKEY_CORE_JWKS_DISK_COPY_H_
#define LATCHKEY_CORE_JWKS_DISK_COPY_H_

#include <cstddef>
#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace latchkey {

// KeySetRecord is one file's content.
struct KeySetRecord {
  std::string id;  // KeySourceSpec::id()
  std::string jwks_uri;
  std::string etag;
  absl::Time fetched_at;  // last time the issuer confirmed it; whole seconds
  std::string document;   // the JWKS as it came
};

// DiskCopy keeps one file for each id, named by its SHA-256, mode 0600; sources
// with the same id share it, and the last one to write wins. Thread-safe. Keys
// from here are believed, so a file that another user owns or may write is
// ignored.
class DiskCopy final {
 public:
  // `folder` is made when missing (its parent must exist); empty: nothing is
  // kept. Documents are at most `max_document_bytes`.
  DiskCopy(std::string folder, size_t max_document_bytes);

  // Load returns nullopt when there is no file, and, with a log line, when it
  // is of no use: corrupt, foreign, of another source, or from the future.
  std::optional<KeySetRecord> Load(absl::string_view id, absl::Time now) const;

  // Save replaces the file in one step that survives a crash. INTERNAL with
  // the cause on failure; the old file then stays.
  absl::Status Save(const KeySetRecord& record) const;

  // Renew notes that the set with that ETag was confirmed at `now`. Does
  // nothing when the file holds another set.
  absl::Status Renew(absl::string_view id, absl::string_view etag,
                     absl::Time now) const;

 private:
  std::string PathOf(absl::string_view id) const;
  absl::Status Write(const KeySetRecord& record) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(writing_);

  const std::string folder_;
  const size_t max_document_bytes_;
  // One write at a time: two of one id would use the same temporary file.
  mutable absl::Mutex writing_;
};

}  // namespace latchkey

#endif  // LATCHKEY_CORE_JWKS_DISK_COPY_H_
