#include "core/json/document.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/base/reason.h"
#include "core/base/status_macros.h"
#include "core/base/utf8.h"
#include "core/json/decimal.h"
#include "simdjson.h"

namespace latchkey::json {
namespace {

namespace ondemand = simdjson::ondemand;

// What longer texts need is given back with the next one.
constexpr size_t kKeptBytes = 16 * 1024;
// Ceiling of Limits::max_depth: reading recurses.
constexpr int kHardMaxDepth = 512;
// Up to here, comparing each pair of names is quicker than sorting.
constexpr size_t kFewMembers = 16;

// BitOf is below 64 and the same for equal names.
unsigned BitOf(absl::string_view name) {
  if (name.empty()) return 0;
  const auto first = static_cast<unsigned char>(name.front());
  const auto middle = static_cast<unsigned char>(name[name.size() / 2]);
  const auto last = static_cast<unsigned char>(name.back());
  return (first + 3u * middle + 7u * last + 13u * name.size()) % 64;
}

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

template <typename View>
absl::string_view ToAbsl(View view) {
  return absl::string_view(view.data(), view.size());
}

}  // namespace

struct Document::Buffers {
  ondemand::parser parser;
  std::string padded;
  std::vector<Node::Entry> entries;
  std::vector<absl::string_view> names;  // to sort
};

// Reader turns what simdjson finds into entries, within the limits. simdjson's
// On-Demand interface is used because the DOM rounds numbers and refuses large
// integers; every value is visited, so every byte is checked.
class Document::Reader {
 public:
  // Without a backslash in the text, each string is what stands between its
  // quotes: simdjson has checked UTF-8 and control characters of the text. With
  // one, a string may unescape to bad UTF-8.
  Reader(const Limits& limits, bool has_escapes, Buffers* out)
      : max_depth_(std::min(limits.max_depth, kHardMaxDepth)),
        members_left_(limits.max_members),
        has_escapes_(has_escapes),
        out_(out) {}

  bool Read(ondemand::value& value, int depth, absl::string_view name) {
    if (members_left_ == 0) return Bad("too many values");
    --members_left_;
    ondemand::json_type type;
    if (const auto error = value.type().get(type)) return Bad(error);
    const size_t index = out_->entries.size();
    out_->entries.emplace_back().name = name;
    const bool read = ReadAs(type, value, depth + 1, index);
    out_->entries[index].span =
        static_cast<uint32_t>(out_->entries.size() - index);
    return read;
  }

  // Bad returns false; the first problem is kept.
  bool Bad(const char* problem) {
    if (problem_ == nullptr) problem_ = problem;
    return false;
  }
  bool Bad(simdjson::error_code code) {
    return Bad(simdjson::error_message(code));
  }
  const char* problem() const { return problem_; }

 private:
  bool ReadAs(ondemand::json_type type, ondemand::value& value, int depth,
              size_t index) {
    switch (type) {
      case ondemand::json_type::object:
        out_->entries[index].type = Node::Type::kObject;
        return ReadObject(value, depth, index);
      case ondemand::json_type::array:
        out_->entries[index].type = Node::Type::kArray;
        return ReadArray(value, depth);
      case ondemand::json_type::string:
        return ReadString(value, &out_->entries[index]);
      case ondemand::json_type::number:
        return ReadNumber(value, &out_->entries[index]);
      case ondemand::json_type::boolean:
        return ReadBool(value, &out_->entries[index]);
      case ondemand::json_type::null:
        return ReadNull(value);
    }
    return Bad("unknown type");
  }

  bool ReadObject(ondemand::value& value, int depth, size_t index) {
    if (depth > max_depth_) return Bad("nested too deeply");
    ondemand::object object;
    if (const auto error = value.get_object().get(object)) return Bad(error);
    for (auto field : object) {
      if (field.error()) return Bad(field.error());
      ondemand::field& member = field.value_unsafe();
      absl::string_view name;
      if (!ReadName(&member, &name)) return false;
      if (!Read(member.value(), depth, name)) return false;
    }
    return !HasDuplicate(index) || Bad("duplicate member name");
  }

  bool ReadArray(ondemand::value& value, int depth) {
    if (depth > max_depth_) return Bad("nested too deeply");
    ondemand::array array;
    if (const auto error = value.get_array().get(array)) return Bad(error);
    for (auto element : array) {
      if (element.error()) return Bad(element.error());
      if (!Read(element.value_unsafe(), depth, {})) return false;
    }
    return true;
  }

  bool ReadName(ondemand::field* field, absl::string_view* name) {
    if (!has_escapes_) {
      const char* const begin = field->key().raw();
      // Between the name and its value: quote, blanks, colon, blanks.
      const char* end = field->value().raw_json_token().data();
      do --end;
      while (*end != '"');
      *name = absl::string_view(begin, static_cast<size_t>(end - begin));
      return true;
    }
    auto text = field->unescaped_key();
    if (text.error()) return Bad(text.error());
    *name = ToAbsl(text.value_unsafe());
    return IsText(*name);
  }

  bool ReadString(ondemand::value& value, Node::Entry* entry) {
    entry->type = Node::Type::kString;
    if (!has_escapes_) {
      // Up to the next token, so that only blanks can follow the quote.
      const absl::string_view token = ToAbsl(value.raw_json_token());
      // simdjson would pass over a string that was not taken with a colon and
      // whatever comes then, as if it were a name.
      ondemand::raw_json_string taken;
      if (const auto error = value.get_raw_json_string().get(taken)) {
        return Bad(error);
      }
      size_t end = token.size();
      while (token[end - 1] != '"') --end;
      entry->text = token.substr(1, end - 2);
      return true;
    }
    auto text = value.get_string();
    if (text.error()) return Bad(text.error());
    entry->text = ToAbsl(text.value_unsafe());
    return IsText(entry->text);
  }

  // Numbers stay text: simdjson's own range does not bind us.
  bool ReadNumber(ondemand::value& value, Node::Entry* entry) {
    const absl::string_view token = ToAbsl(value.raw_json_token());
    size_t end = token.size();
    while (end > 0 && IsBlank(token[end - 1])) --end;
    entry->type = Node::Type::kNumber;
    entry->text = token.substr(0, end);
    // simdjson passes over what was not taken.
    return IsNumber(entry->text) || Bad("malformed number");
  }

  bool ReadBool(ondemand::value& value, Node::Entry* entry) {
    auto flag = value.get_bool();
    if (flag.error()) return Bad(flag.error());
    entry->type = Node::Type::kBool;
    entry->flag = flag.value_unsafe();
    return true;
  }

  bool ReadNull(ondemand::value& value) {
    bool null = false;
    if (const auto error = value.is_null().get(null)) return Bad(error);
    return null || Bad("malformed literal");
  }

  // Refuses what an unescaped lone surrogate would leave.
  bool IsText(absl::string_view text) {
    return !has_escapes_ || IsValidUtf8(text) ||
           Bad("invalid UTF-8 in a string");
  }

  bool HasDuplicate(size_t index) {
    const Node::Entry* const object = &out_->entries[index];
    const Node::Entry* const end = out_->entries.data() + out_->entries.size();
    std::vector<absl::string_view>& names = out_->names;
    names.clear();
    uint64_t seen = 0;  // one bit for all names that share it
    for (const Node::Entry* member = object + 1; member != end;
         member += member->span) {
      const uint64_t bit = uint64_t{1} << BitOf(member->name);
      if (names.size() < kFewMembers && (seen & bit) != 0 &&
          absl::c_linear_search(names, member->name)) {
        return true;
      }
      seen |= bit;
      names.push_back(member->name);
    }
    if (names.size() <= kFewMembers) return false;
    std::sort(names.begin(), names.end());
    return std::adjacent_find(names.begin(), names.end()) != names.end();
  }

  const int max_depth_;
  size_t members_left_;
  const bool has_escapes_;
  Buffers* const out_;
  const char* problem_ = nullptr;
};

Document::Document() = default;
Document::~Document() = default;
Document::Document(Document&&) noexcept = default;
Document& Document::operator=(Document&&) noexcept = default;

absl::Status Document::Parse(absl::string_view text, const Limits& limits) {
  const auto bad = [](absl::string_view what) {
    return Error(Reason::kInvalidRequest, absl::StrCat("JSON: ", what));
  };
  if (buffers_ == nullptr || buffers_->padded.capacity() > 2 * kKeptBytes) {
    buffers_ = std::make_unique<Buffers>();
  }
  Buffers* const work = buffers_.get();
  work->entries.clear();
  if (text.size() > limits.max_bytes) return bad("larger than the limit");
  if (absl::StartsWith(text, "\xEF\xBB\xBF")) return bad("byte order mark");

  // As the one element of an array, any value is read the same way, and text
  // behind it is an error.
  work->padded.clear();
  work->padded.reserve(text.size() + 2 + simdjson::SIMDJSON_PADDING);
  absl::StrAppend(&work->padded, "[", text, "]");
  Reader reader(limits, absl::StrContains(text, '\\'), work);
  const auto read = [&] {
    ondemand::document document;
    if (const auto error =
            work->parser
                .iterate(work->padded.data(), work->padded.size(),
                         work->padded.capacity())
                .get(document)) {
      return reader.Bad(error);
    }
    ondemand::array array;
    if (const auto error = document.get_array().get(array)) {
      return reader.Bad(error);
    }
    bool found = false;
    for (auto element : array) {
      if (element.error()) return reader.Bad(element.error());
      if (found) return reader.Bad("text behind the value");
      if (!reader.Read(element.value_unsafe(), 0, {})) return false;
      found = true;
    }
    if (!found) return reader.Bad("no value");
    return document.current_location().error() == simdjson::OUT_OF_BOUNDS ||
           reader.Bad("text behind the value");
  };
  if (read()) return absl::OkStatus();
  work->entries.clear();
  return bad(reader.problem());
}

absl::Status Document::ParseObject(absl::string_view text,
                                   const Limits& limits) {
  RETURN_IF_ERROR(Parse(text, limits));
  if (root().is_object()) return absl::OkStatus();
  buffers_->entries.clear();
  return Error(Reason::kInvalidRequest, "JSON: not an object");
}

Node Document::root() const {
  static const Node::Entry kNothing;
  if (buffers_ == nullptr || buffers_->entries.empty()) return Node(&kNothing);
  return Node(buffers_->entries.data());
}

}  // namespace latchkey::json
