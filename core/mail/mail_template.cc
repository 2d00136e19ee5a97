#include "core/mail/mail_template.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace latchkey {
namespace {

constexpr absl::string_view kOpen = "{{";
constexpr absl::string_view kClose = "}}";

constexpr char kConfirmationText[] =
    R"(Hello,

somebody registered this address ({{email}}) with {{app}}. If it was you, confirm it here within 30 minutes:

{{link}}

If it was not you, ignore this mail: nothing happens without the link.
)";
constexpr char kResetText[] =
    R"(Hello,

somebody asked for a new password for {{email}} at {{app}}. If it was you, choose one here within 30 minutes:

{{link}}

If it was not you, ignore this mail: your password stays as it is.
)";

// The value of a place; null for a word that is none.
const std::string* ValueOf(absl::string_view word, const MailFields& fields) {
  if (word == "link") return &fields.link;
  if (word == "token") return &fields.token;
  if (word == "token_id") return &fields.token_id;
  if (word == "email") return &fields.email;
  if (word == "app") return &fields.app;
  return nullptr;
}

std::string EscapeHtml(absl::string_view text) {
  return absl::StrReplaceAll(text, {{"&", "&amp;"},
                                    {"<", "&lt;"},
                                    {">", "&gt;"},
                                    {"\"", "&quot;"},
                                    {"'", "&#39;"}});
}

// Calls `plain` with the text between places and `place` with their words.
template <typename Plain, typename Place>
void Walk(absl::string_view text, Plain plain, Place place) {
  while (true) {
    const size_t open = text.find(kOpen);
    const size_t close = open == absl::string_view::npos
                             ? open
                             : text.find(kClose, open + kOpen.size());
    if (close == absl::string_view::npos) break;
    plain(text.substr(0, open));
    place(text.substr(open + kOpen.size(), close - open - kOpen.size()));
    text.remove_prefix(close + kClose.size());
  }
  plain(text);
}

}  // namespace

std::string FillIn(absl::string_view text, const MailFields& fields,
                   Escape escape) {
  std::string out;
  Walk(
      text, [&](absl::string_view plain) { absl::StrAppend(&out, plain); },
      [&](absl::string_view word) {
        const std::string* value = ValueOf(word, fields);
        if (value == nullptr) {
          absl::StrAppend(&out, kOpen, word, kClose);
        } else if (escape == Escape::kHtml) {
          absl::StrAppend(&out, EscapeHtml(*value));
        } else {
          absl::StrAppend(&out, *value);
        }
      });
  return out;
}

std::string UnknownPlace(absl::string_view text, TemplatePart part) {
  std::string unknown;
  Walk(
      text, [](absl::string_view) {},
      [&](absl::string_view word) {
        // Subjects are seen by more eyes than bodies.
        const bool known = part == TemplatePart::kSubject
                               ? word == "email" || word == "app"
                               : ValueOf(word, MailFields()) != nullptr;
        if (!known && unknown.empty()) {
          unknown = absl::StrCat(kOpen, word, kClose);
        }
      });
  return unknown;
}

MailTemplate DefaultConfirmationMail() {
  return {"Confirm your address", "", kConfirmationText, ""};
}

MailTemplate DefaultResetMail() {
  return {"Reset your password", "", kResetText, ""};
}

}  // namespace latchkey
