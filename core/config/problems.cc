#include "core/config/problems.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace latchkey {
namespace {

// Around cuts the last step off a path: "a.b[0]" -> "a.b" -> "a" -> "".
absl::string_view Around(absl::string_view path) {
  const size_t end = path.find_last_of(".[");
  return end == absl::string_view::npos ? "" : path.substr(0, end);
}

}  // namespace

std::string FormatProblems(absl::string_view file,
                           const std::vector<ConfigProblem>& problems) {
  std::vector<const ConfigProblem*> order;
  order.reserve(problems.size());
  for (const ConfigProblem& problem : problems) order.push_back(&problem);
  std::stable_sort(order.begin(), order.end(),
                   [](const ConfigProblem* a, const ConfigProblem* b) {
                     return a->line < b->line;
                   });
  std::string text;
  for (const ConfigProblem* problem : order) {
    absl::StrAppend(&text, file, ":");
    if (problem->line > 0) absl::StrAppend(&text, problem->line, ":");
    if (!problem->path.empty()) absl::StrAppend(&text, " ", problem->path, ":");
    absl::StrAppend(&text, " ", problem->message, "\n");
  }
  return text;
}

void Problems::NoteLine(const std::string& path, int line) {
  lines_.try_emplace(path, line);
}

void Problems::AddAtLine(const std::string& path, int line,
                         std::string message) {
  list_.push_back({path, line, std::move(message)});
}

void Problems::AddBroken(const std::string& path, int line,
                         std::string message) {
  broken_.insert(path);
  AddAtLine(path, line, std::move(message));
}

void Problems::Add(const std::string& path, std::string message) {
  if (IsBroken(path)) return;
  AddAtLine(path, LineOf(path), std::move(message));
}

int Problems::LineOf(absl::string_view path) const {
  for (; !path.empty(); path = Around(path)) {
    const auto found = lines_.find(path);
    if (found != lines_.end()) return found->second;
  }
  return 0;
}

bool Problems::IsBroken(absl::string_view path) const {
  for (; !path.empty(); path = Around(path)) {
    if (broken_.contains(path)) return true;
  }
  return false;
}

std::vector<ConfigProblem> Problems::Take() {
  std::stable_sort(list_.begin(), list_.end(),
                   [](const ConfigProblem& a, const ConfigProblem& b) {
                     return a.line < b.line;
                   });
  return std::exchange(list_, {});
}

Place::Place(Problems* problems, std::string path)
    : problems_(problems), path_(std::move(path)) {}

Place Place::Field(absl::string_view name) const {
  return Place(problems_, path_.empty() ? std::string(name)
                                        : absl::StrCat(path_, ".", name));
}

Place Place::At(size_t index) const {
  return Place(problems_, absl::StrCat(path_, "[", index, "]"));
}

void Place::Report(std::string message) const {
  problems_->Add(path_, std::move(message));
}

}  // namespace latchkey
