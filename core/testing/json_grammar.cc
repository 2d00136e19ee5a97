#include "core/testing/json_grammar.h"

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>

#include "absl/strings/ascii.h"
#include "core/base/utf8.h"

namespace latchkey {
namespace {

void AppendUtf8(uint32_t code, std::string* out) {
  if (code < 0x80) {
    out->push_back(static_cast<char>(code));
  } else if (code < 0x800) {
    out->push_back(static_cast<char>(0xc0 | code >> 6));
    out->push_back(static_cast<char>(0x80 | (code & 0x3f)));
  } else if (code < 0x10000) {
    out->push_back(static_cast<char>(0xe0 | code >> 12));
    out->push_back(static_cast<char>(0x80 | (code >> 6 & 0x3f)));
    out->push_back(static_cast<char>(0x80 | (code & 0x3f)));
  } else {
    out->push_back(static_cast<char>(0xf0 | code >> 18));
    out->push_back(static_cast<char>(0x80 | (code >> 12 & 0x3f)));
    out->push_back(static_cast<char>(0x80 | (code >> 6 & 0x3f)));
    out->push_back(static_cast<char>(0x80 | (code & 0x3f)));
  }
}

// Each member function reads one rule of the grammar from the front of the
// text; false: the text does not follow it.
class Grammar {
 public:
  Grammar(absl::string_view text, const json::Limits& limits)
      : left_(text), limits_(limits) {}

  bool Text() {
    Blanks();
    if (!Value(0)) return false;
    Blanks();
    return left_.empty();
  }

 private:
  char Next() const { return left_.empty() ? '\0' : left_.front(); }

  bool Take(absl::string_view what) {
    if (left_.substr(0, what.size()) != what) return false;
    left_.remove_prefix(what.size());
    return true;
  }

  void Blanks() {
    while (Take(" ") || Take("\t") || Take("\n") || Take("\r")) {
    }
  }

  bool Value(int depth) {
    if (++values_ > limits_.max_members) return false;
    if (Next() == '{') return depth < limits_.max_depth && Object(depth);
    if (Next() == '[') return depth < limits_.max_depth && Array(depth);
    std::string unused;
    if (Next() == '"') return String(&unused);
    return Take("true") || Take("false") || Take("null") || Number();
  }

  bool Object(int depth) {
    std::set<std::string> names;
    Take("{");
    Blanks();
    if (Take("}")) return true;
    do {
      std::string name;
      Blanks();
      if (!String(&name) || !names.insert(name).second) return false;
      Blanks();
      if (!Take(":")) return false;
      Blanks();
      if (!Value(depth + 1)) return false;
      Blanks();
    } while (Take(","));
    return Take("}");
  }

  bool Array(int depth) {
    Take("[");
    Blanks();
    if (Take("]")) return true;
    do {
      Blanks();
      if (!Value(depth + 1)) return false;
      Blanks();
    } while (Take(","));
    return Take("]");
  }

  bool String(std::string* out) {
    if (!Take("\"")) return false;
    while (!Take("\"")) {
      if (static_cast<unsigned char>(Next()) < 0x20) return false;
      if (Take("\\")) {
        if (!Escape(out)) return false;
      } else {
        out->push_back(Next());
        left_.remove_prefix(1);
      }
    }
    return true;
  }

  bool Escape(std::string* out) {
    constexpr absl::string_view kLetters = "\"\\/bfnrt";
    constexpr absl::string_view kMeanings = "\"\\/\b\f\n\r\t";
    for (size_t i = 0; i < kLetters.size(); ++i) {
      if (Take(kLetters.substr(i, 1))) {
        out->push_back(kMeanings[i]);
        return true;
      }
    }
    uint32_t code = 0;
    if (!Take("u") || !Hex(&code)) return false;
    if (code >= 0xdc00 && code < 0xe000) return false;
    if (code >= 0xd800 && code < 0xdc00) {
      uint32_t low = 0;
      if (!Take("\\u") || !Hex(&low) || low < 0xdc00 || low >= 0xe000) {
        return false;
      }
      code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
    }
    AppendUtf8(code, out);
    return true;
  }

  bool Hex(uint32_t* code) {
    for (int i = 0; i < 4; ++i) {
      const auto c = static_cast<unsigned char>(Next());
      if (!absl::ascii_isxdigit(c)) return false;
      *code = *code * 16 +
              (absl::ascii_isdigit(c)
                   ? c - uint32_t{'0'}
                   : static_cast<unsigned char>(absl::ascii_tolower(c)) -
                         uint32_t{'a'} + 10);
      left_.remove_prefix(1);
    }
    return true;
  }

  bool Digits() {
    if (!absl::ascii_isdigit(static_cast<unsigned char>(Next()))) return false;
    while (absl::ascii_isdigit(static_cast<unsigned char>(Next()))) {
      left_.remove_prefix(1);
    }
    return true;
  }

  bool Number() {
    Take("-");
    if (!Take("0") && !Digits()) return false;
    if (Take(".") && !Digits()) return false;
    if (Take("e") || Take("E")) {
      if (!Take("+")) Take("-");
      return Digits();
    }
    return true;
  }

  absl::string_view left_;
  const json::Limits limits_;
  size_t values_ = 0;
};

}  // namespace

bool FollowsGrammar(absl::string_view text, const json::Limits& limits) {
  return text.size() <= limits.max_bytes && IsValidUtf8(text) &&
         text.substr(0, 3) != "\xEF\xBB\xBF" && Grammar(text, limits).Text();
}

}  // namespace latchkey
