// Distinct types for the ids that would otherwise all be strings.
#ifndef LATCHKEY_CORE_BASE_IDS_H_
#define LATCHKEY_CORE_BASE_IDS_H_

#include <string>
#include <utility>

#include "absl/strings/string_view.h"

namespace latchkey {

// StringId is a string of one meaning; ids of different Tags do not mix.
// A value type; not checked for shape (Parse functions do that).
template <typename Tag>
class StringId {
 public:
  StringId() = default;
  explicit StringId(std::string value) : value_(std::move(value)) {}
  explicit StringId(absl::string_view value) : value_(value) {}
  explicit StringId(const char* value) : value_(value) {}

  const std::string& value() const { return value_; }
  bool empty() const { return value_.empty(); }

  friend bool operator==(const StringId& a, const StringId& b) {
    return a.value_ == b.value_;
  }
  friend bool operator!=(const StringId& a, const StringId& b) {
    return !(a == b);
  }
  friend bool operator<(const StringId& a, const StringId& b) {
    return a.value_ < b.value_;
  }
  template <typename H>
  friend H AbslHashValue(H h, const StringId& id) {
    return H::combine(std::move(h), id.value_);
  }

 private:
  std::string value_;
};

using AppId = StringId<struct AppIdTag>;          // "myapp-abcde"
using UserId = StringId<struct UserIdTag>;        // 24 lower-case hex digits
using SessionId = StringId<struct SessionIdTag>;  // 22 base64url characters
using ProviderName = StringId<struct ProviderNameTag>;
using ApiKeyId = StringId<struct ApiKeyIdTag>;  // 24 lower-case hex digits

class Clock;
class Random;

// NewObjectId makes 24 lower-case hex digits: 4 bytes of seconds since 1970,
// then 8 random bytes. The shape of a MongoDB ObjectId.
std::string NewObjectId(Clock* clock, Random* random);
// IsObjectId says whether `text` is 24 lower-case hex digits.
bool IsObjectId(absl::string_view text);

// NewSessionId makes a session id of 128 random bits.
SessionId NewSessionId(Random* random);
// IsSessionId says whether `text` has a session id's shape.
bool IsSessionId(absl::string_view text);

}  // namespace latchkey

#endif  // LATCHKEY_CORE_BASE_IDS_H_
