#include "core/jwks/form_body.h"

#include <cstddef>
#include <utility>

#include "absl/strings/ascii.h"
#include "core/base/secret.h"

namespace latchkey {
namespace {

constexpr char kHex[] = "0123456789ABCDEF";
constexpr size_t kLongestEncoding = 3;

bool IsPlain(unsigned char byte) {
  return absl::ascii_isalnum(byte) || byte == '-' || byte == '.' ||
         byte == '_' || byte == '~';
}

void Append(absl::string_view text, std::string* out) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (IsPlain(byte)) {
      out->push_back(c);
    } else {
      out->push_back('%');
      out->push_back(kHex[byte >> 4]);
      out->push_back(kHex[byte & 15]);
    }
  }
}

// Makes room for `more` bytes and wipes the buffer that was too small.
void Reserve(size_t more, std::string* text) {
  if (text->capacity() - text->size() >= more) return;
  std::string larger;
  larger.reserve(2 * text->size() + more);
  larger.append(*text);
  WipeString(text);
  *text = std::move(larger);
}

}  // namespace

std::string FormEncode(absl::string_view text) {
  std::string encoded;
  encoded.reserve(text.size() * kLongestEncoding);
  Append(text, &encoded);
  return encoded;
}

FormBody::~FormBody() { WipeString(&text_); }

void FormBody::AppendEncoded(absl::string_view text) {
  Reserve(text.size() * kLongestEncoding + 1, &text_);
  Append(text, &text_);
}

void FormBody::Add(absl::string_view name, absl::string_view value) {
  if (!text_.empty()) {
    Reserve(1, &text_);
    text_.push_back('&');
  }
  AppendEncoded(name);
  text_.push_back('=');
  AppendEncoded(value);
}

std::shared_ptr<const std::string> FormBody::Take() {
  auto* const body = new std::string(std::move(text_));
  text_.clear();
  return std::shared_ptr<const std::string>(body, [](std::string* held) {
    WipeString(held);
    delete held;
  });
}

}  // namespace latchkey
