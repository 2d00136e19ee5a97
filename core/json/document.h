// A JSON text read in place, for the paths where each allocation counts.
#ifndef LATCHKEY_CORE_JSON_DOCUMENT_H_
#define LATCHKEY_CORE_JSON_DOCUMENT_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "core/json/json.h"

namespace latchkey::json {

// Node is a view of one value of a Document: cheap to copy, valid until that
// document reads its next text or is destroyed.
class Node {
 public:
  enum class Type : uint8_t { kNull, kBool, kNumber, kString, kArray, kObject };

  Type type() const { return entry_->type; }
  bool is_object() const { return type() == Type::kObject; }
  bool is_array() const { return type() == Type::kArray; }
  // Each is nullopt when the value is of another type.
  std::optional<bool> as_bool() const;
  std::optional<absl::string_view> as_string() const;  // unescaped
  std::optional<absl::string_view> as_number() const;  // its text

  // The name under which an object has this value; else empty.
  absl::string_view name() const { return entry_->name; }

  // Find gives the member `name` of an object; nullopt when there is none, or
  // the value is no object.
  std::optional<Node> Find(absl::string_view name) const;

  // children are an array's elements or an object's members, in the order of
  // the text.
  class Children;
  Children children() const;

  // ToValue copies the value out of the document.
  Value ToValue() const;

 private:
  friend class Document;
  // A value and, behind it in the same row, all that is inside it.
  struct Entry {
    Type type = Type::kNull;
    bool flag = false;       // of a kBool
    uint32_t span = 1;       // entries of the value, itself included
    absl::string_view text;  // of a kString or kNumber
    absl::string_view name;
  };
  explicit Node(const Entry* entry) : entry_(entry) {}

  const Entry* entry_;
};

// For range-based for loops.
class Node::Children {
 public:
  class Iterator {
   public:
    Node operator*() const { return Node(entry_); }
    Iterator& operator++() {
      entry_ += entry_->span;
      return *this;
    }
    friend bool operator==(Iterator a, Iterator b) {
      return a.entry_ == b.entry_;
    }
    friend bool operator!=(Iterator a, Iterator b) { return !(a == b); }

   private:
    friend class Children;
    explicit Iterator(const Entry* entry) : entry_(entry) {}
    const Entry* entry_;
  };

  Iterator begin() const { return Iterator(begin_); }
  Iterator end() const { return Iterator(end_); }

 private:
  friend class Node;
  Children(const Entry* begin, const Entry* end) : begin_(begin), end_(end) {}
  const Entry* begin_;
  const Entry* end_;
};

// Document reads one text after the other, with the rules of Parse (json.h).
// Its buffers stay: once it has read longer texts with more values, reading
// allocates nothing. Thread-compatible.
class Document final {
 public:
  Document();
  ~Document();
  Document(Document&&) noexcept;
  Document& operator=(Document&&) noexcept;

  // Errors as for Parse and ParseObject; the document is then empty.
  absl::Status Parse(absl::string_view text, const Limits& limits = {});
  absl::Status ParseObject(absl::string_view text, const Limits& limits = {});

  // root is the whole value; null when empty.
  Node root() const;

 private:
  class Reader;
  struct Buffers;
  std::unique_ptr<Buffers> buffers_;
};

}  // namespace latchkey::json

#endif  // LATCHKEY_CORE_JSON_DOCUMENT_H_
