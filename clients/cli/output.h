// Output prints answers as tables for people or as JSON for programs, and
// failures likewise.
#ifndef LATCHKEY_CLIENTS_CLI_OUTPUT_H_
#define LATCHKEY_CLIENTS_CLI_OUTPUT_H_

#include <ostream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "core/json/json.h"
#include "google/protobuf/message.h"

namespace latchkey {

// Column of a table: its head, and the dotted path of its cells in each row.
struct Column {
  std::string title;
  std::string path;
};

// MessageJson gives protobuf's JSON of a message (lowerCamel names, as grpcurl
// shows it), members without a value included.
json::Value MessageJson(const google::protobuf::Message& message);

// Printable replaces control characters, which could drive a terminal, by "?".
std::string Printable(absl::string_view text);

// Output borrows its streams. Thread-compatible.
class Output final {
 public:
  enum class Format { kTable, kJson };
  struct Style {
    Format format = Format::kJson;
    bool colors_out = false;
    bool colors_err = false;
  };

  Output(std::ostream* out, std::ostream* err, Style style)
      : out_(out), err_(err), style_(style) {}

  bool is_json() const { return style_.format == Format::kJson; }

  // One answer: JSON on one line, or a line "name  value" for each member.
  void PrintObject(const json::Value& object);
  // The list `name` in `answer`: the whole answer as JSON, or a table.
  void PrintList(const json::Value& answer, absl::string_view name,
                 const std::vector<Column>& columns);
  // For people only.
  void Say(absl::string_view text);
  // What a person is to do, in lines, on the error stream, in every format.
  void Tell(absl::string_view text);
  // On the error stream, in every format.
  void Warn(absl::string_view text);
  // {"error":{code,reason,message,fields}} or lines, on the error stream.
  void PrintFailure(const absl::Status& status);

 private:
  std::ostream* const out_;
  std::ostream* const err_;
  const Style style_;
};

}  // namespace latchkey

#endif  // LATCHKEY_CLIENTS_CLI_OUTPUT_H_
