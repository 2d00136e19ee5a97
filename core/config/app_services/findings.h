// Findings is what a conversion of an App Services app has to say.
#ifndef LATCHKEY_CORE_CONFIG_APP_SERVICES_FINDINGS_H_
#define LATCHKEY_CORE_CONFIG_APP_SERVICES_FINDINGS_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "core/config/problems.h"

namespace latchkey {

// ExportPlace: a value in a JSON file of the export.
struct ExportPlace {
  std::string file;  // "auth/providers.json"
  std::string path;  // "custom-token.config.audience"; empty: the file

  ExportPlace Field(absl::string_view name) const;
  ExportPlace At(size_t index) const;
  // "auth/providers.json: custom-token.config.audience"
  std::string Text() const;
};

// ImportNote is one thing that a person should know.
struct ImportNote {
  enum class Kind {
    kNeedsYou,     // something to do or to decide
    kUnsupported,  // latchkey cannot do this
    kUnknown,      // nobody knows what this means
    kLeftOut,      // not in force there, or not about authentication
    kTaken,        // what it has become
  };
  Kind kind = Kind::kTaken;
  ExportPlace place;
  // What it is about in the App ("providers[1].custom_jwt.jwks_uri"); empty:
  // the app.
  std::string target;
  std::string message;  // one line
};

// "needs_you", "unsupported", "unknown", "left_out", "taken".
absl::string_view NameOf(ImportNote::Kind kind);
// NeedsHuman: all but kLeftOut and kTaken.
bool NeedsHuman(const ImportNote& note);

// Findings collects. Thread-compatible.
class Findings final {
 public:
  void Note(ImportNote note) { notes_.push_back(std::move(note)); }
  // Refuse: the export is malformed.
  void Refuse(const ExportPlace& place, std::string message);

  std::vector<ImportNote>* notes() { return &notes_; }
  std::vector<ConfigProblem>* problems() { return &problems_; }

 private:
  std::vector<ImportNote> notes_;
  std::vector<ConfigProblem> problems_;
};

// ShownName is a name from the file, cut and without anything but printable
// ASCII.
std::string ShownName(absl::string_view name);

}  // namespace latchkey

#endif  // LATCHKEY_CORE_CONFIG_APP_SERVICES_FINDINGS_H_
