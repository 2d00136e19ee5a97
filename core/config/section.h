// Section reads one message of the configuration with its rules.
#ifndef LATCHKEY_CORE_CONFIG_SECTION_H_
#define LATCHKEY_CORE_CONFIG_SECTION_H_

#include <google/protobuf/message.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "core/config/problems.h"

namespace latchkey {

struct NumberRule {
  uint32_t preset;  // when the field is not set
  uint32_t min;
  uint32_t max;
};

struct DurationRule {
  absl::Duration preset;
  absl::Duration min;
  absl::Duration max;
};

// How the fields of a message are spelled in the file: as in the .proto file,
// or by their JSON names.
enum class Spelling { kProto, kJson };

// Section is a view of `message`, which stands at `place`. Fields go by their
// names in the .proto file; a name that is not there ends the process. What
// breaks a rule is reported, and the preset given instead.
class Section final {
 public:
  Section(const google::protobuf::Message& message, Place place,
          Spelling spelling = Spelling::kProto)
      : message_(message), place_(std::move(place)), spelling_(spelling) {}

  const Place& place() const { return place_; }
  Place Field(absl::string_view name) const {
    return place_.Field(NameOf(name));
  }
  // NameOf is the field's name as the file spells it.
  std::string NameOf(absl::string_view name) const;

  uint32_t Number(absl::string_view name, const NumberRule& rule) const;
  absl::Duration Duration(absl::string_view name,
                          const DurationRule& rule) const;
  // Text gives the value as it is; empty when unset.
  std::string Text(absl::string_view name) const;
  // Required reports an empty text, or one over `max_bytes`.
  std::string Required(absl::string_view name, size_t max_bytes) const;
  bool IsSet(absl::string_view name) const;
  // IsInFile: the field stands there, if only as an empty list.
  bool IsInFile(absl::string_view name) const;

  // Unsupported reports each of `names` that is set: this version cannot do
  // what it asks for, and must not look as if it did.
  void Unsupported(const std::vector<std::string>& names) const;

 private:
  const google::protobuf::FieldDescriptor* Find(absl::string_view name) const;

  const google::protobuf::Message& message_;
  const Place place_;
  const Spelling spelling_;
};

// UnsupportedText is what Unsupported reports.
std::string UnsupportedText(absl::string_view what);

// IsName: 1-64 ASCII letters, digits, "_", "-".
bool IsName(absl::string_view text);
// Reports a `name` that is none.
void CheckName(absl::string_view name, const Place& place);

}  // namespace latchkey

#endif  // LATCHKEY_CORE_CONFIG_SECTION_H_
