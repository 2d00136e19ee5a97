#include "core/mail/mail_message.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "core/base/utf8.h"

namespace latchkey {
namespace {

constexpr size_t kMaxAddress = 254;
constexpr size_t kMaxLocalPart = 64;  // RFC 5321 §4.5.3.1.1
constexpr size_t kMaxBase64Line = 76;
// Bytes whose encoded word is at most 75 characters (RFC 2047 §2).
constexpr size_t kMaxWordBytes = 45;
// A line may have 998 characters (RFC 5322 §2.1.1); ours stay far below.
constexpr size_t kMaxPlainHeader = 200;
constexpr size_t kIdBytes = 16;

bool IsNonAscii(char c) { return static_cast<unsigned char>(c) >= 0x80; }

bool IsAlnum(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c));
}

bool IsDotAtom(absl::string_view text, absl::string_view others) {
  if (text.empty() || text.front() == '.' || text.back() == '.') return false;
  if (text.find("..") != absl::string_view::npos) return false;
  return std::all_of(text.begin(), text.end(), [&](char c) {
    return IsAlnum(c) || IsNonAscii(c) || c == '.' ||
           others.find(c) != absl::string_view::npos;
  });
}

bool IsPlain(absl::string_view text) {
  return text.size() <= kMaxPlainHeader &&
         text.find("=?") == absl::string_view::npos &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return absl::ascii_isprint(static_cast<unsigned char>(c));
         });
}

// The length of the longest start of `text` that has at most `max` bytes and
// ends with a character.
size_t WholeCharacters(absl::string_view text, size_t max) {
  if (text.size() <= max) return text.size();
  size_t end = max;
  while (end > 1 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) {
    --end;
  }
  return end;
}

// Line breaks as mail has them, whatever the template's are.
std::string WithCrlf(absl::string_view text) {
  const std::string bare =
      absl::StrReplaceAll(text, {{"\r\n", "\n"}, {"\r", "\n"}});
  return absl::StrReplaceAll(bare, {{"\n", "\r\n"}});
}

std::string Base64Lines(absl::string_view bytes) {
  const std::string all = absl::Base64Escape(bytes);
  std::string lines;
  for (size_t i = 0; i < all.size(); i += kMaxBase64Line) {
    absl::StrAppend(&lines, all.substr(i, kMaxBase64Line), "\r\n");
  }
  return lines;
}

std::string Part(absl::string_view type, absl::string_view body) {
  return absl::StrCat("Content-Type: text/", type,
                      "; charset=utf-8\r\n"
                      "Content-Transfer-Encoding: base64\r\n\r\n",
                      Base64Lines(WithCrlf(body)));
}

std::string Alternatives(absl::string_view text, absl::string_view html,
                         absl::string_view boundary) {
  return absl::StrCat("Content-Type: multipart/alternative; boundary=\"",
                      boundary, "\"\r\n\r\n--", boundary, "\r\n",
                      Part("plain", text), "--", boundary, "\r\n",
                      Part("html", html), "--", boundary, "--\r\n");
}

// "Name <address>". A plain name is quoted.
std::string Mailbox(absl::string_view name, absl::string_view address) {
  if (name.empty()) return std::string(address);
  const std::string shown =
      IsPlain(name) ? absl::StrCat("\"",
                                   absl::StrReplaceAll(
                                       name, {{"\\", "\\\\"}, {"\"", "\\\""}}),
                                   "\"")
                    : EncodeHeaderText(name);
  return absl::StrCat(shown, " <", address, ">");
}

}  // namespace

bool IsMailAddress(absl::string_view address) {
  if (address.size() > kMaxAddress || !IsValidUtf8(address)) return false;
  const size_t at = address.find('@');
  if (at == absl::string_view::npos || at > kMaxLocalPart) return false;
  return IsDotAtom(address.substr(0, at), "!#$%&'*+-/=?^_`{|}~") &&
         IsDotAtom(address.substr(at + 1), "-");
}

std::string EncodeHeaderText(absl::string_view text) {
  std::string clean(text);
  for (char& c : clean) {
    if (absl::ascii_iscntrl(static_cast<unsigned char>(c))) c = ' ';
  }
  if (IsPlain(clean)) return clean;
  std::string encoded;
  absl::string_view left = clean;
  while (!left.empty()) {
    const size_t size = WholeCharacters(left, kMaxWordBytes);
    absl::StrAppend(&encoded, encoded.empty() ? "" : "\r\n ", "=?utf-8?B?",
                    absl::Base64Escape(left.substr(0, size)), "?=");
    left.remove_prefix(size);
  }
  return encoded;
}

MailMessage BuildMessage(const MailTemplate& mail, const MailFields& fields,
                         const std::string& from, absl::Time now,
                         Random* random) {
  const std::string id = absl::BytesToHexString(random->Bytes(kIdBytes));
  const std::string domain = from.substr(from.find('@') + 1);
  std::string text = FillIn(mail.text, fields, Escape::kNone);
  std::string html = FillIn(mail.html, fields, Escape::kHtml);
  std::string body = html.empty()
                         ? Part("plain", text)
                         : Alternatives(text, html, absl::StrCat("lk-", id));
  std::string data = absl::StrCat(
      "From: ", Mailbox(mail.from_name, from), "\r\nTo: ", fields.email,
      "\r\nSubject: ",
      EncodeHeaderText(FillIn(mail.subject, fields, Escape::kNone)),
      "\r\nDate: ",
      absl::FormatTime("%a, %d %b %Y %H:%M:%S +0000", now, absl::UTCTimeZone()),
      "\r\nMessage-ID: <", id, "@", domain,
      ">\r\nAuto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n", body);
  MailMessage message = {from, fields.email, Secret::TakeFrom(&data)};
  for (std::string* secret : {&text, &html, &body}) WipeString(secret);
  return message;
}

}  // namespace latchkey
