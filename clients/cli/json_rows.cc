#include "clients/cli/json_rows.h"

#include <streambuf>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "clients/cli/failure.h"
#include "core/base/status_macros.h"

namespace latchkey {
namespace {

constexpr auto kEnd = std::streambuf::traits_type::eof();

bool IsBlank(char c) {
  return absl::ascii_isspace(static_cast<unsigned char>(c));
}

// Whether what was read of an object so far is the head of the wrapper.
bool IsWrapperHead(absl::string_view text) {
  std::string packed;
  for (const char c : text) {
    if (!IsBlank(c)) packed.push_back(c);
    if (packed.size() > 16) return false;
  }
  return packed == "{\"users\":[";
}

}  // namespace

absl::Status JsonRows::Unexpected() const {
  return UsageError(
      absl::StrCat("byte ", offset_, ": not JSON objects, one after another"));
}

// What may come between objects, and where it leads.
absl::Status JsonRows::Step(char c) {
  if (c == '[' && place_ == Place::kTop && !in_wrapper_) {
    place_ = Place::kArrayStart;
  } else if (c == ',' && place_ == Place::kAfterElement) {
    place_ = Place::kAfterComma;
  } else if (c == ']' &&
             (place_ == Place::kAfterElement || place_ == Place::kArrayStart)) {
    place_ = Place::kTop;
  } else if (c == '}' && place_ == Place::kTop && in_wrapper_) {
    in_wrapper_ = false;
  } else {
    return Unexpected();
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> JsonRows::AtEnd() const {
  if (in_->bad()) return UsageError("the file cannot be read");
  if (place_ == Place::kTop && !in_wrapper_) return false;
  return UsageError("the file ends in the middle");
}

absl::StatusOr<bool> JsonRows::FindObject() {
  std::streambuf* const buffer = in_->rdbuf();
  for (int c = buffer->sbumpc(); c != kEnd; c = buffer->sbumpc()) {
    ++offset_;
    const char byte = static_cast<char>(c);
    if (IsBlank(byte)) continue;
    if (byte != '{') {
      RETURN_IF_ERROR(Step(byte));
    } else if (place_ == Place::kAfterElement ||
               (place_ == Place::kTop && in_wrapper_)) {
      return Unexpected();
    } else {
      return true;
    }
  }
  return AtEnd();
}

absl::StatusOr<bool> JsonRows::ReadObject(std::string* row) {
  std::streambuf* const buffer = in_->rdbuf();
  *row = "{";
  int depth = 1;
  bool in_string = false;
  bool escaped = false;
  while (depth > 0) {
    const int c = buffer->sbumpc();
    if (c == kEnd) return UsageError("the file ends in the middle");
    ++offset_;
    const char byte = static_cast<char>(c);
    if (row->size() <= kMaxRowBytes) row->push_back(byte);
    if (in_string) {
      in_string = escaped || byte != '"';
      escaped = !escaped && byte == '\\';
      continue;
    }
    if (byte == '"') in_string = true;
    if (byte == '[' && depth == 1 && place_ == Place::kTop &&
        IsWrapperHead(*row)) {
      return true;
    }
    if (byte == '{' || byte == '[') ++depth;
    if (byte == '}' || byte == ']') --depth;
  }
  if (row->size() > kMaxRowBytes) row->clear();
  return false;
}

absl::StatusOr<bool> JsonRows::Next(std::string* row) {
  while (true) {
    ASSIGN_OR_RETURN(const bool found, FindObject());
    if (!found) return false;
    ASSIGN_OR_RETURN(const bool wrapper, ReadObject(row));
    if (wrapper) {
      in_wrapper_ = true;
      place_ = Place::kArrayStart;
      continue;
    }
    if (place_ != Place::kTop) place_ = Place::kAfterElement;
    return true;
  }
}

}  // namespace latchkey
