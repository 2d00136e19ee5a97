// ExportFiles is what an exported App Services app is made of: its folder, or
// an archive of it.
#ifndef LATCHKEY_CORE_CONFIG_APP_SERVICES_EXPORT_FILES_H_
#define LATCHKEY_CORE_CONFIG_APP_SERVICES_EXPORT_FILES_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "absl/strings/string_view.h"
#include "core/config/problems.h"

namespace latchkey {

constexpr size_t kMaxExportEntries = 20'000;
constexpr size_t kMaxExportPathBytes = 1024;
constexpr size_t kMaxExportDepth = 32;
// Of one file that is read, and of all of them.
constexpr size_t kMaxExportFileBytes = 1024 * 1024;
constexpr size_t kMaxExportBytes = 32 * 1024 * 1024;

// Paths count from the top of the app, with slashes: "auth/providers.json".
struct ExportFiles {
  // Files that say something about authentication, with their texts.
  std::map<std::string, std::string> texts;
  // All others, and folders that were not looked into ("node_modules/").
  std::set<std::string> others;

  const std::string* Find(const std::string& path) const;
  bool Has(const std::string& path) const;
};

using ExportResult = std::variant<ExportFiles, std::vector<ConfigProblem>>;

// Which texts are wanted besides those about authentication: none, or what a
// host of the functions reads (functions/, values/, environments/).
enum class ExportContent { kSettings, kSettingsAndFunctions };

struct ExportEntry {
  std::string path;
  bool is_plain_file = true;  // false: a link, a device, encrypted
};

// Gives the text of the entry at `index`, cut at kMaxExportFileBytes + 1 bytes;
// nullopt: it cannot be read.
using ExportEntryReader = std::function<std::optional<std::string>(size_t)>;

// CollectExport reads what is wanted of `entries`, which are the files of a
// folder or an archive. A folder that holds all of them is taken for the top.
// Refuses, with the path of the entry: paths that lead out of the folder or
// are no clean UTF-8, the same path twice, wanted entries that are no plain
// files, and what passes the limits above.
ExportResult CollectExport(const std::vector<ExportEntry>& entries,
                           ExportContent content,
                           const ExportEntryReader& read);

// ReadExportFolder reads the folder at `folder`. Links are followed as long as
// they stay inside (Kubernetes mounts files as links).
ExportResult ReadExportFolder(const std::string& folder, ExportContent content);

}  // namespace latchkey

#endif  // LATCHKEY_CORE_CONFIG_APP_SERVICES_EXPORT_FILES_H_
