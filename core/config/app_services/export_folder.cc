#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/config/app_services/export_files.h"

namespace latchkey {
namespace {

namespace fs = std::filesystem;

std::optional<std::string> ReadStart(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return std::nullopt;
  std::string text(kMaxExportFileBytes + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad()) return std::nullopt;
  text.resize(static_cast<size_t>(in.gcount()));
  return text;
}

// Kubernetes keeps the files behind its links in "..data" and the like.
bool IsPassedOver(const std::string& name) {
  return absl::StartsWith(name, "..");
}

// Big, and never part of an app's settings.
bool IsClosed(const std::string& name) {
  return absl::StartsWith(name, ".") || name == "node_modules";
}

// Lister lists the files below a folder.
class Lister final {
 public:
  explicit Lister(fs::path root) : root_(std::move(root)) {}

  // False after a problem.
  bool List(const fs::path& folder, const std::string& prefix, size_t depth);

  const std::vector<ExportEntry>& entries() const { return entries_; }
  std::vector<ConfigProblem> TakeProblems() { return std::move(problems_); }

 private:
  bool Add(const fs::directory_entry& entry, const std::string& path,
           size_t depth);
  bool IsInside(const fs::path& path) const;
  bool Refuse(const std::string& path, std::string message) {
    problems_.push_back({path, 0, std::move(message)});
    return false;
  }

  const fs::path root_;  // canonical
  size_t folders_ = 0;   // looked into; links may lead into one many times
  std::vector<ExportEntry> entries_;
  std::vector<ConfigProblem> problems_;
};

bool Lister::IsInside(const fs::path& path) const {
  std::error_code error;
  const fs::path target = fs::canonical(path, error);
  if (error) return false;
  const auto [root_end, unused] =
      std::mismatch(root_.begin(), root_.end(), target.begin(), target.end());
  return root_end == root_.end();
}

bool Lister::Add(const fs::directory_entry& entry, const std::string& path,
                 size_t depth) {
  std::error_code error;
  const bool is_inside = !entry.is_symlink(error) || IsInside(entry.path());
  const std::string name = entry.path().filename().string();
  if (is_inside && entry.is_directory(error) && !IsClosed(name)) {
    return List(entry.path(), absl::StrCat(path, "/"), depth + 1);
  }
  if (entries_.size() > kMaxExportEntries) return true;  // refused later
  const bool is_folder = entry.is_directory(error);
  entries_.push_back({is_folder ? absl::StrCat(path, "/") : path,
                      is_inside && entry.is_regular_file(error)});
  return true;
}

bool Lister::List(const fs::path& folder, const std::string& prefix,
                  size_t depth) {
  if (depth > kMaxExportDepth) return Refuse(prefix, "is nested too deeply");
  if (++folders_ > kMaxExportEntries) {
    return Refuse("", absl::StrCat("more than ", kMaxExportEntries,
                                   " folders, links among them"));
  }
  std::error_code error;
  std::vector<fs::directory_entry> found;
  for (fs::directory_iterator it(folder, error), end; !error && it != end;
       it.increment(error)) {
    found.push_back(*it);
    if (found.size() > kMaxExportEntries) break;
  }
  if (error) {
    return Refuse(prefix, absl::StrCat("cannot be read: ", error.message()));
  }
  // The file system's order is nobody's.
  std::sort(found.begin(), found.end());
  for (const fs::directory_entry& entry : found) {
    const std::string name = entry.path().filename().string();
    if (IsPassedOver(name)) continue;
    if (!Add(entry, absl::StrCat(prefix, name), depth)) return false;
  }
  return true;
}

}  // namespace

ExportResult ReadExportFolder(const std::string& folder,
                              ExportContent content) {
  std::error_code error;
  const fs::path root = fs::canonical(folder, error);
  if (error) {
    return std::vector<ConfigProblem>{
        {"", 0, absl::StrCat("cannot be read: ", error.message())}};
  }
  Lister lister(root);
  if (!lister.List(root, "", 1)) return lister.TakeProblems();
  const std::vector<ExportEntry>& entries = lister.entries();
  return CollectExport(entries, content, [&](size_t index) {
    return ReadStart(root / entries[index].path);
  });
}

}  // namespace latchkey
