#include "clients/cli/zip_file.h"

#include <sys/stat.h>
#include <zip.h>

#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <system_error>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace latchkey {
namespace {

constexpr zip_uint32_t kUnixModeShift = 16;

struct DiscardArchive {
  void operator()(zip_t* archive) const { zip_discard(archive); }
};
struct CloseEntry {
  void operator()(zip_file_t* entry) const { zip_fclose(entry); }
};
using Archive = std::unique_ptr<zip_t, DiscardArchive>;
using Entry = std::unique_ptr<zip_file_t, CloseEntry>;

std::vector<ConfigProblem> Refusal(std::string message) {
  return {{"", 0, std::move(message)}};
}

std::string OpenError(int code) {
  zip_error_t error;
  zip_error_init_with_code(&error, code);
  std::string text = zip_error_strerror(&error);
  zip_error_fini(&error);
  return text;
}

bool IsLinkOrDevice(zip_t* archive, zip_uint64_t index) {
  zip_uint8_t system = 0;
  zip_uint32_t attributes = 0;
  if (zip_file_get_external_attributes(archive, index, 0, &system,
                                       &attributes) != 0 ||
      system != ZIP_OPSYS_UNIX) {
    return false;
  }
  const mode_t mode = attributes >> kUnixModeShift;
  // Some programs store permissions alone.
  return (mode & S_IFMT) != 0 && !S_ISREG(mode);
}

bool IsEncrypted(zip_t* archive, zip_uint64_t index) {
  zip_stat_t stat;
  zip_stat_init(&stat);
  return zip_stat_index(archive, index, 0, &stat) != 0 ||
         ((stat.valid & ZIP_STAT_ENCRYPTION_METHOD) != 0 &&
          stat.encryption_method != ZIP_EM_NONE);
}

// Checksum and all, or nothing.
std::optional<std::string> ReadEntry(zip_t* archive, zip_uint64_t index) {
  const Entry entry(zip_fopen_index(archive, index, 0));
  if (entry == nullptr) return std::nullopt;
  std::string text(kMaxExportFileBytes + 1, '\0');
  size_t length = 0;
  while (length < text.size()) {
    const zip_int64_t count =
        zip_fread(entry.get(), &text[length], text.size() - length);
    if (count < 0) return std::nullopt;
    if (count == 0) break;
    length += static_cast<size_t>(count);
  }
  text.resize(length);
  return text;
}

std::optional<std::string> CheckSize(const std::string& path) {
  std::error_code error;
  const auto bytes = std::filesystem::file_size(path, error);
  if (error) return absl::StrCat("cannot be read: ", error.message());
  if (bytes <= kMaxArchiveBytes) return std::nullopt;
  return absl::StrCat("the archive is larger than ", kMaxArchiveBytes,
                      " bytes");
}

// The files among the entries, and which entry each of them is.
struct Listing {
  std::vector<ExportEntry> entries;
  std::vector<zip_uint64_t> indices;
};

std::optional<Listing> List(zip_t* archive) {
  Listing listing;
  const zip_int64_t count = zip_get_num_entries(archive, 0);
  for (zip_int64_t i = 0; i < count; ++i) {
    const auto index = static_cast<zip_uint64_t>(i);
    // Raw: what is no UTF-8 is refused and not guessed.
    const char* const name = zip_get_name(archive, index, ZIP_FL_ENC_RAW);
    if (name == nullptr) return std::nullopt;
    if (absl::EndsWith(name, "/")) continue;  // nothing is made of folders
    listing.entries.push_back({name, !IsLinkOrDevice(archive, index) &&
                                         !IsEncrypted(archive, index)});
    listing.indices.push_back(index);
  }
  return listing;
}

}  // namespace

ExportResult ReadExportArchive(const std::string& path, ExportContent content) {
  if (const auto problem = CheckSize(path); problem.has_value()) {
    return Refusal(*problem);
  }
  int code = 0;
  const Archive archive(
      zip_open(path.c_str(), ZIP_RDONLY | ZIP_CHECKCONS, &code));
  if (archive == nullptr) {
    return Refusal(
        absl::StrCat("is no ZIP archive that can be read: ", OpenError(code)));
  }
  const std::optional<Listing> listing = List(archive.get());
  if (!listing.has_value()) return Refusal("its directory cannot be read");
  return CollectExport(listing->entries, content, [&](size_t i) {
    return ReadEntry(archive.get(), listing->indices[i]);
  });
}

}  // namespace latchkey
