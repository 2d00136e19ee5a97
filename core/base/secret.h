// Secret is the one type for passwords, keys, tokens at rest and in flight.
#ifndef LATCHKEY_CORE_BASE_SECRET_H_
#define LATCHKEY_CORE_BASE_SECRET_H_

#include <cstddef>
#include <ostream>
#include <string>

#include "absl/strings/string_view.h"

namespace latchkey {

// Secret owns bytes that are wiped on destruction and cannot be printed,
// concatenated or copied by accident. Move-only; thread-compatible.
class Secret {
 public:
  Secret() = default;
  // Copies `bytes`; the caller wipes its own copy.
  explicit Secret(absl::string_view bytes);
  // Takes the buffer over without a copy and leaves `bytes` empty and wiped.
  static Secret TakeFrom(std::string* bytes);

  Secret(Secret&& other) noexcept;
  Secret& operator=(Secret&& other) noexcept;
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret();

  // Clone makes a second owner, said out loud.
  Secret Clone() const;

  size_t size() const { return bytes_.size(); }
  bool empty() const { return bytes_.empty(); }

  // RevealSecret gives the bytes; valid while this object lives unmoved.
  // The greppable word for every place that reads a secret.
  absl::string_view RevealSecret() const { return bytes_; }

  // Constant-time in the content (not in the length).
  friend bool operator==(const Secret& a, const Secret& b);
  friend bool operator!=(const Secret& a, const Secret& b) { return !(a == b); }

  friend std::ostream& operator<<(std::ostream&, const Secret&) = delete;

 private:
  std::string bytes_;
};

// WipeString overwrites and empties `text`, in a way that is not optimised
// away.
void WipeString(std::string* text);

}  // namespace latchkey

#endif  // LATCHKEY_CORE_BASE_SECRET_H_
