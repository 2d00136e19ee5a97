// MailMessage is a mail as it goes over the wire, and how it is built.
#ifndef LATCHKEY_CORE_MAIL_MAIL_MESSAGE_H_
#define LATCHKEY_CORE_MAIL_MAIL_MESSAGE_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "core/base/random.h"
#include "core/base/secret.h"
#include "core/mail/mail_template.h"

namespace latchkey {

struct MailMessage {
  std::string from;  // envelope addresses, without brackets
  std::string to;
  Secret data;  // RFC 5322 text with CRLF; holds a token
};

// IsMailAddress: a dot-atom or non-ASCII local part of at most 64 bytes and a
// domain name (RFC 5321 §4.1.2, RFC 6531), 254 bytes together. Narrower than
// what may be registered: nothing in it has a meaning in a header or in SMTP.
bool IsMailAddress(absl::string_view address);

// EncodeHeaderText is `text` as a header's value may hold it: as it is when it
// is printable ASCII, else as encoded words (RFC 2047) of at most 75
// characters, on lines of their own. Control characters become blanks.
std::string EncodeHeaderText(absl::string_view text);

// BuildMessage fills in the template and makes a message of it: text, or
// multipart/alternative with text and HTML, in base64 (RFC 2045 §6.8), marked
// as automatic (RFC 3834). `from` and fields.email are mail addresses.
MailMessage BuildMessage(const MailTemplate& mail, const MailFields& fields,
                         const std::string& from, absl::Time now,
                         Random* random);

}  // namespace latchkey

#endif  // LATCHKEY_CORE_MAIL_MAIL_MESSAGE_H_
