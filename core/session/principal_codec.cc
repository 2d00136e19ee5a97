#include "core/session/principal_codec.h"

#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace latchkey {
namespace {

class Writer {
 public:
  explicit Writer(absl::Span<char> out) : out_(out) {}

  void Number(size_t n) {
    if (n > std::numeric_limits<uint16_t>::max()) fits_ = false;
    const auto narrow = static_cast<uint16_t>(n);
    Raw(absl::string_view(reinterpret_cast<const char*>(&narrow),
                          sizeof(narrow)));
  }

  void String(absl::string_view text) {
    Number(text.size());
    Raw(text);
  }

  void List(const std::vector<std::string>& list) {
    Number(list.size());
    for (const std::string& text : list) String(text);
  }

  std::optional<size_t> size() const {
    if (!fits_) return std::nullopt;
    return size_;
  }

 private:
  void Raw(absl::string_view bytes) {
    if (!fits_ || bytes.size() > out_.size() - size_) {
      fits_ = false;
      return;
    }
    if (!bytes.empty()) {
      std::memcpy(out_.data() + size_, bytes.data(), bytes.size());
    }
    size_ += bytes.size();
  }

  const absl::Span<char> out_;
  size_t size_ = 0;
  bool fits_ = true;
};

// Reader trusts the writer above, and still never reads past the end.
class Reader {
 public:
  explicit Reader(absl::Span<const char> bytes)
      : rest_(bytes.data(), bytes.size()) {}

  size_t Number() {
    uint16_t narrow = 0;
    if (rest_.size() < sizeof(narrow)) return 0;
    std::memcpy(&narrow, rest_.data(), sizeof(narrow));
    rest_.remove_prefix(sizeof(narrow));
    return narrow;
  }

  void String(std::string* out) {
    const size_t size = Number();
    const absl::string_view text = rest_.substr(0, size);
    out->assign(text.data(), text.size());
    rest_.remove_prefix(text.size());
  }

  void List(std::vector<std::string>* out) {
    out->resize(Number());
    for (std::string& text : *out) String(&text);
  }

 private:
  absl::string_view rest_;
};

}  // namespace

std::optional<size_t> EncodePrincipal(const Principal& principal,
                                      absl::Span<char> out) {
  Writer writer(out);
  writer.String(principal.user_id);
  writer.String(principal.app);
  writer.String(principal.session_id);
  writer.String(principal.provider);
  writer.String(principal.subject);
  writer.List(principal.roles);
  writer.List(principal.audience);
  return writer.size();
}

void DecodePrincipal(absl::Span<const char> bytes, Principal* out) {
  Reader reader(bytes);
  reader.String(&out->user_id);
  reader.String(&out->app);
  reader.String(&out->session_id);
  reader.String(&out->provider);
  reader.String(&out->subject);
  reader.List(&out->roles);
  reader.List(&out->audience);
}

}  // namespace latchkey
