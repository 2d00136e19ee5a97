// Problems collects what is wrong with a configuration, and where.
#ifndef LATCHKEY_CORE_CONFIG_PROBLEMS_H_
#define LATCHKEY_CORE_CONFIG_PROBLEMS_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/string_view.h"

namespace latchkey {

// ConfigProblem: where and what. `line` counts from 1; 0 when the place is not
// in the file (something is missing at the top).
struct ConfigProblem {
  std::string path;  // "apps[0].providers[3].custom_jwt.audience"
  int line = 0;
  std::string message;  // what is wrong and what to do
};

// "FILE:LINE: PATH: MESSAGE", a line each, in order of line. Without the line
// where it is 0, without the path where it is empty.
std::string FormatProblems(absl::string_view file,
                           const std::vector<ConfigProblem>& problems);

// Problems is filled in two passes. The first one, over the text, notes the
// line of every path and the paths whose shape is wrong; the second one, over
// what the text means, is silent about those: they have no meaning. Messages
// never hold values of the file, since any of them may be a secret put in the
// wrong place. Thread-compatible.
class Problems final {
 public:
  // First pass.
  void NoteLine(const std::string& path, int line);
  void AddAtLine(const std::string& path, int line, std::string message);
  void AddBroken(const std::string& path, int line, std::string message);

  // Second pass. The line is that of `path`, or of the nearest place around it
  // that is in the file.
  void Add(const std::string& path, std::string message);

  // IsNoted: `path` itself is in the file.
  bool IsNoted(const std::string& path) const { return lines_.contains(path); }

  // IsBroken: `path`, or a place around it, has a wrong shape.
  bool IsBroken(absl::string_view path) const;

  // Take gives the problems in order of line.
  std::vector<ConfigProblem> Take();
  bool empty() const { return list_.empty(); }

 private:
  int LineOf(absl::string_view path) const;

  std::vector<ConfigProblem> list_;
  absl::flat_hash_map<std::string, int> lines_;
  absl::flat_hash_set<std::string> broken_;
};

// Place is a path that problems can be reported at. A value; `problems` is
// borrowed.
class Place final {
 public:
  explicit Place(Problems* problems, std::string path = "");

  Place Field(absl::string_view name) const;
  Place At(size_t index) const;
  Place At(int index) const { return At(static_cast<size_t>(index)); }

  void Report(std::string message) const;

  const std::string& path() const { return path_; }
  Problems* problems() const { return problems_; }

 private:
  Problems* problems_;
  std::string path_;
};

}  // namespace latchkey

#endif  // LATCHKEY_CORE_CONFIG_PROBLEMS_H_
