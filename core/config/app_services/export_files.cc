#include "core/config/app_services/export_files.h"

#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "core/base/utf8.h"

namespace latchkey {
namespace {

constexpr absl::string_view kTopFiles[] = {
    "realm_config.json", "root_config.json", "config.json", "stitch.json"};
constexpr absl::string_view kMacFolder = "__MACOSX/";
constexpr absl::string_view kSourceEndings[] = {".js", ".cjs", ".mjs", ".json"};

bool IsSafePath(absl::string_view path) {
  if (path.empty() || path.size() > kMaxExportPathBytes) return false;
  if (!IsValidUtf8(path) || HasControlCharacters(path)) return false;
  if (absl::StrContains(path, '\\')) return false;
  const std::vector<absl::string_view> steps = absl::StrSplit(path, '/');
  return steps.size() <= kMaxExportDepth &&
         absl::c_all_of(steps, [](absl::string_view step) {
           return !step.empty() && step != "." && step != "..";
         });
}

// What is shown of a path that may be anything.
std::string Shown(absl::string_view path) {
  std::string shown(path.substr(0, 128));
  for (char& c : shown) {
    if (c < 0x20 || c > 0x7E) c = '?';
  }
  return shown;
}

bool IsInFolder(absl::string_view path, absl::string_view folder) {
  return absl::StartsWith(path, folder) &&
         !absl::StrContains(path.substr(folder.size()), '/');
}

// What a host of the functions reads: them, and the values they may ask for.
bool IsOfFunctions(absl::string_view path) {
  if (IsInFolder(path, "values/") || IsInFolder(path, "environments/")) {
    return absl::EndsWith(path, ".json");
  }
  return absl::StartsWith(path, "functions/") &&
         !absl::StrContains(path, "/node_modules/") &&
         absl::c_any_of(kSourceEndings, [&](absl::string_view ending) {
           return absl::EndsWith(path, ending);
         });
}

bool IsWanted(absl::string_view path, ExportContent content) {
  if (absl::c_linear_search(kTopFiles, path)) return true;
  if (content == ExportContent::kSettingsAndFunctions && IsOfFunctions(path)) {
    return true;
  }
  return absl::EndsWith(path, ".json") &&
         (IsInFolder(path, "auth/") || IsInFolder(path, "auth_providers/") ||
          IsInFolder(path, "triggers/"));
}

bool IsTop(absl::string_view path) {
  return absl::c_linear_search(kTopFiles, path) ||
         absl::StartsWith(path, "auth/") ||
         absl::StartsWith(path, "auth_providers/");
}

// The folder, with its slash, that holds everything (but what macOS adds to
// archives), an app's settings among it; empty when none does or this is the
// top already.
std::string FolderAround(const std::vector<ExportEntry>& entries) {
  std::string folder;
  bool has_app = false;
  for (const ExportEntry& entry : entries) {
    absl::string_view path = entry.path;
    if (absl::StartsWith(path, kMacFolder)) continue;
    if (folder.empty()) folder = entry.path.substr(0, path.find('/') + 1);
    if (folder.empty() || IsTop(path)) return "";
    if (!absl::ConsumePrefix(&path, folder)) return "";
    has_app = has_app || IsTop(path);
  }
  return has_app ? folder : "";
}

class Collector final {
 public:
  explicit Collector(ExportContent content) : content_(content) {}

  bool CheckPaths(const std::vector<ExportEntry>& entries);
  void Read(const std::vector<ExportEntry>& entries,
            const ExportEntryReader& read);
  ExportResult Take();

 private:
  void ReadOne(absl::string_view path, size_t index, const ExportEntry& entry,
               const ExportEntryReader& read);
  bool Refuse(absl::string_view path, std::string message) {
    problems_.push_back({Shown(path), 0, std::move(message)});
    return false;
  }

  const ExportContent content_;
  ExportFiles files_;
  size_t bytes_ = 0;
  std::vector<ConfigProblem> problems_;
};

bool Collector::CheckPaths(const std::vector<ExportEntry>& entries) {
  if (entries.size() > kMaxExportEntries) {
    return Refuse("", absl::StrCat("more than ", kMaxExportEntries, " files"));
  }
  std::set<absl::string_view> seen;
  for (const ExportEntry& entry : entries) {
    const absl::string_view path = absl::StripSuffix(entry.path, "/");
    if (!IsSafePath(path)) {
      Refuse(path,
             "the path of this file leads out of the folder, or is too long, "
             "too deep or no clean UTF-8");
    } else if (!seen.insert(path).second) {
      Refuse(path, "there are two files of this path");
    }
  }
  return problems_.empty();
}

void Collector::ReadOne(absl::string_view path, size_t index,
                        const ExportEntry& entry,
                        const ExportEntryReader& read) {
  if (!entry.is_plain_file) {
    Refuse(path, "is a link out of the folder, encrypted, or no plain file");
    return;
  }
  std::optional<std::string> text = read(index);
  if (!text.has_value()) {
    Refuse(path, "cannot be read");
    return;
  }
  bytes_ += text->size();
  if (text->size() > kMaxExportFileBytes) {
    Refuse(path,
           absl::StrCat("is larger than ", kMaxExportFileBytes, " bytes"));
    return;
  }
  // Readers make room for the largest file there may be.
  text->shrink_to_fit();
  files_.texts.emplace(path, *std::move(text));
}

void Collector::Read(const std::vector<ExportEntry>& entries,
                     const ExportEntryReader& read) {
  const std::string around = FolderAround(entries);
  for (size_t i = 0; i < entries.size(); ++i) {
    absl::string_view path = entries[i].path;
    absl::ConsumePrefix(&path, around);
    if (!IsWanted(path, content_)) {
      files_.others.emplace(path);
      continue;
    }
    ReadOne(path, i, entries[i], read);
    if (bytes_ > kMaxExportBytes) {
      Refuse("", absl::StrCat("all files together are larger than ",
                              kMaxExportBytes, " bytes"));
      return;
    }
  }
}

ExportResult Collector::Take() {
  if (!problems_.empty()) return std::move(problems_);
  return std::move(files_);
}

}  // namespace

const std::string* ExportFiles::Find(const std::string& path) const {
  const auto found = texts.find(path);
  return found == texts.end() ? nullptr : &found->second;
}

bool ExportFiles::Has(const std::string& path) const {
  return texts.count(path) > 0 || others.count(path) > 0;
}

ExportResult CollectExport(const std::vector<ExportEntry>& entries,
                           ExportContent content,
                           const ExportEntryReader& read) {
  Collector collector(content);
  if (collector.CheckPaths(entries)) collector.Read(entries, read);
  return collector.Take();
}

}  // namespace latchkey
