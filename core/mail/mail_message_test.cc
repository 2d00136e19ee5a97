// What mails look like on the wire.
#include "core/mail/mail_message.h"

#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "core/mail/mail_template.h"
#include "core/testing/fake_random.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

MailFields Fields() {
  return {"https://a.b/c?token=t&tokenId=i", "t0k3n", "i", "ann@example.com",
          "app<1>"};
}

std::string Build(const MailTemplate& mail, const MailFields& fields) {
  FakeRandom random;
  return std::string(BuildMessage(mail, fields, "login@example.org",
                                  absl::FromUnixSeconds(1'700'000'000), &random)
                         .data.RevealSecret());
}

// The text of the n-th base64 body.
std::string Body(const std::string& message, size_t n) {
  const std::vector<std::string> parts =
      absl::StrSplit(message, "Content-Transfer-Encoding: base64\r\n\r\n");
  EXPECT_GT(parts.size(), n + 1);
  std::string text;
  const std::string encoded = absl::StrReplaceAll(
      parts[n + 1].substr(0, parts[n + 1].find("\r\n--")), {{"\r\n", ""}});
  EXPECT_TRUE(absl::Base64Unescape(encoded, &text));
  return text;
}

TEST(MailTemplateTest, FillsInEveryPlaceOnce) {
  MailFields fields = Fields();
  fields.email = "{{token}}@example.com";
  EXPECT_EQ(FillIn("{{link}} {{token}} {{token_id}} {{email}} {{app}} {{x}} {{",
                   fields, Escape::kNone),
            "https://a.b/c?token=t&tokenId=i t0k3n i {{token}}@example.com "
            "app<1> {{x}} {{");
}

TEST(MailTemplateTest, HtmlCannotBeBroken) {
  MailFields fields = Fields();
  fields.email = "\"><script>'&@x";
  EXPECT_EQ(FillIn("<a href=\"{{link}}\">{{email}}</a>", fields, Escape::kHtml),
            "<a href=\"https://a.b/c?token=t&amp;tokenId=i\">"
            "&quot;&gt;&lt;script&gt;&#39;&amp;@x</a>");
}

TEST(MailTemplateTest, NamesUnknownPlaces) {
  EXPECT_EQ(UnknownPlace("{{link}} {{lnk}} {{x}}", TemplatePart::kBody),
            "{{lnk}}");
  EXPECT_THAT(UnknownPlace("{{token}}{{token_id}}", TemplatePart::kBody),
              IsEmpty());
  EXPECT_EQ(UnknownPlace("{{app}} {{token}}", TemplatePart::kSubject),
            "{{token}}");
}

TEST(MailMessageTest, DefaultsNameLinkAndAddress) {
  for (const MailTemplate& mail :
       {DefaultConfirmationMail(), DefaultResetMail()}) {
    const std::string text = Body(Build(mail, Fields()), 0);
    EXPECT_THAT(text, AllOf(HasSubstr(Fields().link), HasSubstr("ann@example"),
                            Not(HasSubstr("{{"))));
  }
}

TEST(MailMessageTest, TextAloneIsOnePart) {
  const std::string message =
      Build({"Hi {{app}}", "", "line 1\nline 2 {{link}}\n", ""}, Fields());
  EXPECT_THAT(message, StartsWith("From: login@example.org\r\n"
                                  "To: ann@example.com\r\n"
                                  "Subject: Hi app<1>\r\n"
                                  "Date: Tue, 14 Nov 2023 22:13:20 +0000\r\n"
                                  "Message-ID: <"));
  EXPECT_THAT(message, HasSubstr("@example.org>\r\n"
                                 "Auto-Submitted: auto-generated\r\n"
                                 "MIME-Version: 1.0\r\n"
                                 "Content-Type: text/plain; charset=utf-8"));
  EXPECT_EQ(Body(message, 0),
            "line 1\r\nline 2 https://a.b/c?token=t&tokenId=i\r\n");
  EXPECT_THAT(message, Not(HasSubstr("multipart")));
}

TEST(MailMessageTest, TextAndHtmlAreAlternatives) {
  const std::string message =
      Build({"Hi", "Łatch \"key\"", "t {{token}}", "<p>{{app}}</p>"}, Fields());
  EXPECT_THAT(message, HasSubstr("multipart/alternative; boundary=\"lk-"));
  EXPECT_EQ(Body(message, 0), "t t0k3n");
  EXPECT_EQ(Body(message, 1), "<p>app&lt;1&gt;</p>");
  EXPECT_THAT(message, HasSubstr("From: =?utf-8?B?"));
  EXPECT_THAT(message, HasSubstr("?= <login@example.org>\r\n"));
}

TEST(MailMessageTest, EveryLineIsShortAndEndsInCrlf) {
  const std::string message =
      Build({"Grüße " + std::string(300, 'x'), "n", std::string(9000, 'y'), ""},
            Fields());
  const std::vector<std::string> lines = absl::StrSplit(message, "\r\n");
  for (const std::string& line : lines) {
    EXPECT_LE(line.size(), 100u);
    EXPECT_EQ(line.find_first_of("\r\n"), std::string::npos);
  }
}

TEST(MailMessageTest, SubjectsAreEncodedByWholeCharacters) {
  EXPECT_EQ(EncodeHeaderText("plain"), "plain");
  std::string text;
  for (int i = 0; i < 40; ++i) text += "\xE2\x82\xAC";  // €
  const std::string encoded = EncodeHeaderText(text);
  std::string decoded;
  for (absl::string_view word : absl::StrSplit(encoded, "\r\n ")) {
    EXPECT_LE(word.size(), 75u);
    std::string bytes;
    ASSERT_TRUE(
        absl::Base64Unescape(word.substr(10, word.size() - 12), &bytes));
    EXPECT_EQ(bytes.size() % 3, 0u) << "a character is cut";
    decoded += bytes;
  }
  EXPECT_EQ(decoded, text);
  // What looks encoded is encoded, so that nothing is read into it.
  EXPECT_THAT(EncodeHeaderText("=?utf-8?Q?x?="), StartsWith("=?utf-8?B?"));
}

TEST(MailMessageTest, NothingBreaksOutOfAHeader) {
  EXPECT_EQ(EncodeHeaderText("a\r\nBcc: b@c.d\n"), "a  Bcc: b@c.d ");
  MailFields fields = Fields();
  fields.app = "x\r\nBcc: victim@example.com\r\n\r\nbody";
  const std::string message =
      Build({"Hi {{app}}", "n\r\nBcc: y@z", "t {{link}}", ""}, fields);
  const std::string head = message.substr(0, message.find("\r\n\r\n"));
  for (const std::string& line :
       std::vector<std::string>(absl::StrSplit(head, "\r\n"))) {
    EXPECT_FALSE(absl::StartsWithIgnoreCase(line, "bcc")) << line;
  }
}

TEST(MailMessageTest, KnowsAddressesThatMeanNothingElse) {
  for (const char* good :
       {"a@b", "ann.lee+x@mail.example.com", "o'hara@x.y", "jörg@exämple.de"}) {
    EXPECT_TRUE(IsMailAddress(good)) << good;
  }
  for (const char* bad : {"a@b>,<c", "a>b@c", "\"a\"@b", "a b@c", "a@b c",
                          ".a@b", "a..b@c", "a@[127.0.0.1]", "a@b,c", "a(x)@b",
                          "@b", "a@", "a", "a@b\r\nDATA", "a@b@c", "a\xff@b"}) {
    EXPECT_FALSE(IsMailAddress(bad)) << bad;
  }
  EXPECT_FALSE(IsMailAddress(std::string(65, 'a') + "@b"));
}

}  // namespace
}  // namespace latchkey
