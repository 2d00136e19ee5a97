#include "core/base/secret.h"

#include <string.h>

#include <utility>

#include "core/base/constant_time.h"

namespace latchkey {
namespace {

// Overwrites all the memory that `text` has, also behind its end.
void WipeCapacity(std::string* text) {
  text->resize(text->capacity());
  ::explicit_bzero(text->data(), text->size());
  text->clear();
}

}  // namespace

void WipeString(std::string* text) {
  WipeCapacity(text);
  // A string that outgrew its inline buffer keeps remains of it in the object.
  // Giving the heap buffer back makes that buffer the current one.
  std::string().swap(*text);
  WipeCapacity(text);
}

Secret::Secret(absl::string_view bytes) : bytes_(bytes) {}

Secret Secret::TakeFrom(std::string* bytes) {
  Secret secret;
  secret.bytes_ = std::move(*bytes);
  // A short string is copied by the move, and its source keeps the bytes.
  WipeString(bytes);
  return secret;
}

Secret::Secret(Secret&& other) noexcept : bytes_(std::move(other.bytes_)) {
  WipeString(&other.bytes_);
}

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this == &other) return *this;
  WipeString(&bytes_);
  bytes_ = std::move(other.bytes_);
  WipeString(&other.bytes_);
  return *this;
}

Secret::~Secret() { WipeString(&bytes_); }

Secret Secret::Clone() const { return Secret(RevealSecret()); }

bool operator==(const Secret& a, const Secret& b) {
  return ConstantTimeEquals(a.RevealSecret(), b.RevealSecret());
}

}  // namespace latchkey
