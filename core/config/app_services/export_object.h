// ExportObject reads a JSON object of an export strictly, and knows what of it
// nobody has asked for.
#ifndef LATCHKEY_CORE_CONFIG_APP_SERVICES_EXPORT_OBJECT_H_
#define LATCHKEY_CORE_CONFIG_APP_SERVICES_EXPORT_OBJECT_H_

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "core/config/app_services/findings.h"
#include "core/json/json.h"

namespace latchkey {

// ExportObject borrows the value and the findings. A member that is absent and
// one that is null are the same. A member of another type than asked for is
// refused, and counts as absent. Thread-compatible.
class ExportObject final {
 public:
  // `object` may be null: nothing is there.
  ExportObject(const json::Value* object, ExportPlace place,
               Findings* findings);

  const ExportPlace& place() const { return place_; }
  ExportPlace PlaceOf(absl::string_view name) const {
    return place_.Field(name);
  }
  Findings* findings() const { return findings_; }
  bool is_there() const { return object_ != nullptr; }

  // Has: something is there that is not null, "", [], {} or false.
  bool Has(absl::string_view name);
  // Texts are one line of UTF-8 without control characters.
  std::string Text(absl::string_view name);
  bool Flag(absl::string_view name);
  // A list of texts; a single text is a list of one, "" an empty list.
  std::vector<std::string> Texts(absl::string_view name);
  ExportObject Object(absl::string_view name);
  // A list of objects.
  std::vector<ExportObject> Objects(absl::string_view name);
  // The value, whatever it is; null when absent.
  const json::Value* Value(absl::string_view name);

  // Names gives all member names, in the order of the file.
  std::vector<std::string> Names() const;

  // NoteUnknown notes every member that was never asked for and is not empty.
  void NoteUnknown(const std::string& target) const;
  // The names of those.
  std::vector<std::string> Unasked() const;

 private:
  bool CheckText(const std::string& text, const ExportPlace& place) const;

  const json::Value* object_;
  ExportPlace place_;
  Findings* findings_;
  std::set<std::string> asked_;
};

// ParseExportFile gives the JSON in `text`; nullopt after refusing the file.
std::optional<json::Value> ParseExportFile(const std::string& file,
                                           absl::string_view text,
                                           Findings* findings);

}  // namespace latchkey

#endif  // LATCHKEY_CORE_CONFIG_APP_SERVICES_EXPORT_OBJECT_H_
