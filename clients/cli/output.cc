#include "clients/cli/output.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "clients/cli/failure.h"
#include "google/protobuf/util/json_util.h"

namespace latchkey {
namespace {

constexpr char kBold[] = "\x1b[1m";
constexpr char kRed[] = "\x1b[31m";
constexpr char kPlain[] = "\x1b[0m";
constexpr char kEmptyCell[] = "-";
constexpr size_t kMaxAnswerBytes = 8 * 1024 * 1024;

std::string Paint(const char* color, absl::string_view text, bool colors) {
  return colors ? absl::StrCat(color, text, kPlain) : std::string(text);
}

const json::Value* FindPath(const json::Value& row, absl::string_view path) {
  const json::Value* value = &row;
  for (absl::string_view part : absl::StrSplit(path, '.')) {
    if (value != nullptr) value = value->Find(part);
  }
  return value;
}

std::string Cell(const json::Value* value) {
  if (value == nullptr || value->is_null()) return kEmptyCell;
  if (const std::string* text = value->as_string()) {
    return text->empty() ? kEmptyCell : Printable(*text);
  }
  if (value->as_array() != nullptr && value->as_array()->empty()) {
    return kEmptyCell;
  }
  return Printable(json::Write(*value));
}

// Members of members get dotted names, so that a nested answer is readable.
void Flatten(const json::Value& value, const std::string& name,
             std::vector<std::pair<std::string, std::string>>* rows) {
  const json::Value::Object* object = value.as_object();
  if (object == nullptr) {
    rows->emplace_back(Printable(name), Cell(&value));
    return;
  }
  for (const auto& member : *object) {
    Flatten(member.second,
            name.empty() ? member.first : absl::StrCat(name, ".", member.first),
            rows);
  }
}

void AppendPadded(absl::string_view text, size_t width, std::string* line) {
  absl::StrAppend(line, text);
  if (text.size() < width) line->append(width - text.size(), ' ');
}

std::string Line(const std::vector<std::string>& cells,
                 const std::vector<size_t>& widths) {
  std::string line;
  for (size_t i = 0; i < cells.size(); ++i) {
    if (i > 0) absl::StrAppend(&line, "  ");
    AppendPadded(cells[i], i + 1 < cells.size() ? widths[i] : 0, &line);
  }
  return line;
}

json::Value FailureJson(const Failure& failure) {
  json::Value::Array fields;
  for (const auto& field : failure.fields) {
    fields.push_back(json::Value::Object{{"field", field.first},
                                         {"description", field.second}});
  }
  json::Value::Object error{{"code", failure.code},
                            {"reason", failure.reason},
                            {"message", failure.message},
                            {"fields", std::move(fields)}};
  if (failure.retry_after.has_value()) {
    error.emplace_back("retryDelay",
                       absl::FormatDuration(*failure.retry_after));
  }
  return json::Value::Object{{"error", std::move(error)}};
}

}  // namespace

json::Value MessageJson(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.always_print_primitive_fields = true;
  std::string text;
  if (!google::protobuf::util::MessageToJsonString(message, &text, options)
           .ok()) {
    return json::Value::Object{};
  }
  json::Limits limits;
  limits.max_bytes = kMaxAnswerBytes;
  limits.max_depth = 128;
  limits.max_members = kMaxAnswerBytes;
  absl::StatusOr<json::Value> value = json::ParseObject(text, limits);
  return value.ok() ? *std::move(value) : json::Value(json::Value::Object{});
}

std::string Printable(absl::string_view text) {
  std::string clean(text);
  for (size_t i = 0; i < clean.size(); ++i) {
    const auto byte = static_cast<unsigned char>(clean[i]);
    const unsigned char next =
        i + 1 < clean.size() ? static_cast<unsigned char>(clean[i + 1]) : 0;
    if (byte < 0x20 || byte == 0x7F) {
      clean[i] = '?';
    } else if (byte == 0xC2 && next >= 0x80 && next < 0xA0) {  // C1
      clean.replace(i, 2, "?");
    }
  }
  return clean;
}

void Output::PrintObject(const json::Value& object) {
  if (is_json()) {
    *out_ << json::Write(object) << "\n";
    return;
  }
  std::vector<std::pair<std::string, std::string>> rows;
  Flatten(object, "", &rows);
  size_t width = 0;
  for (const auto& row : rows) width = std::max(width, row.first.size());
  for (const auto& row : rows) {
    std::string name;
    AppendPadded(row.first, width, &name);
    *out_ << Paint(kBold, name, style_.colors_out) << "  " << row.second
          << "\n";
  }
}

void Output::PrintList(const json::Value& answer, absl::string_view name,
                       const std::vector<Column>& columns) {
  if (is_json()) return PrintObject(answer);
  std::vector<std::vector<std::string>> lines(1);
  std::vector<size_t> widths;
  for (const Column& column : columns) {
    lines[0].push_back(column.title);
    widths.push_back(column.title.size());
  }
  const json::Value* list = answer.Find(name);
  const json::Value::Array none;
  const json::Value::Array* rows = list ? list->as_array() : &none;
  for (const json::Value& row : rows ? *rows : none) {
    std::vector<std::string> cells;
    for (size_t i = 0; i < columns.size(); ++i) {
      cells.push_back(Cell(FindPath(row, columns[i].path)));
      widths[i] = std::max(widths[i], cells[i].size());
    }
    lines.push_back(std::move(cells));
  }
  *out_ << Paint(kBold, Line(lines[0], widths), style_.colors_out) << "\n";
  for (size_t i = 1; i < lines.size(); ++i) {
    *out_ << Line(lines[i], widths) << "\n";
  }
}

void Output::Say(absl::string_view text) {
  if (!is_json()) *out_ << Printable(text) << "\n";
}

void Output::Tell(absl::string_view text) {
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    *err_ << Printable(line) << "\n";
  }
  *err_ << std::flush;
}

void Output::Warn(absl::string_view text) {
  *err_ << "warning: " << Printable(text) << "\n";
}

void Output::PrintFailure(const absl::Status& status) {
  const Failure failure = ReadFailure(status);
  if (is_json()) {
    *err_ << json::Write(FailureJson(failure)) << "\n";
    return;
  }
  *err_ << Paint(kRed, "error:", style_.colors_err) << " "
        << Printable(failure.message);
  if (!failure.reason.empty()) {
    *err_ << " (" << Printable(failure.reason) << ")";
  }
  *err_ << "\n";
  for (const auto& field : failure.fields) {
    *err_ << "  " << Printable(field.first) << ": " << Printable(field.second)
          << "\n";
  }
  if (failure.retry_after.has_value()) {
    *err_ << "  try again in " << absl::FormatDuration(*failure.retry_after)
          << "\n";
  }
}

}  // namespace latchkey
