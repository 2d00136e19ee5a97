// MailTemplate is the text of one kind of mail, with places to fill in.
#ifndef LATCHKEY_CORE_MAIL_MAIL_TEMPLATE_H_
#define LATCHKEY_CORE_MAIL_MAIL_TEMPLATE_H_

#include <string>

#include "absl/strings/string_view.h"

namespace latchkey {

// MailTemplate: UTF-8. Places are {{link}}, {{token}}, {{token_id}}, {{email}}
// and {{app}}.
struct MailTemplate {
  std::string subject;    // one line; {{email}} and {{app}} only
  std::string from_name;  // may be empty
  std::string text;       // never empty
  std::string html;       // empty: text only
};

// What the places stand for. `token` and `link` are secrets of the addressee.
struct MailFields {
  std::string link;
  std::string token;
  std::string token_id;
  std::string email;
  std::string app;
};

enum class Escape { kNone, kHtml };

// FillIn replaces the places of `text`. What is filled in is not looked at for
// places again, and with kHtml cannot become markup. Unknown places stay.
std::string FillIn(absl::string_view text, const MailFields& fields,
                   Escape escape);

// UnknownPlace is the first {{word}} in `text` that FillIn does not know, or
// that `subject` may not have; empty when there is none.
enum class TemplatePart { kSubject, kBody };
std::string UnknownPlace(absl::string_view text, TemplatePart part);

// The texts that are used when an app has none of its own.
MailTemplate DefaultConfirmationMail();
MailTemplate DefaultResetMail();

}  // namespace latchkey

#endif  // LATCHKEY_CORE_MAIL_MAIL_TEMPLATE_H_
