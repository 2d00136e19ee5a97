// smtp, the modes of e-mail/password, and what mails say.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/config/config.h"
#include "core/config/config_test_yaml.h"
#include "core/mail/mail_template.h"
#include "core/mail/smtp_options.h"

namespace latchkey {
namespace {

using ::testing::ElementsAre;
using ::testing::StartsWith;
using Confirmation = EmailPasswordSettings::Confirmation;
using Reset = EmailPasswordSettings::Reset;

constexpr char kSmtp[] = "host: mail.example.com, from: login@example.com";

ConfigOptions Options() {
  return TestOptions(
      {{"PASSWORD", "s3cret"}},
      {{"ca.pem", "pem"}, {"t.txt", "Hi {{email}}: {{link}}"}, {"empty", ""}});
}

// A file with these fields of smtp on line 4, and of an email_password provider
// and of `mail` on lines 7 and 8.
std::string File(absl::string_view smtp, absl::string_view provider,
                 absl::string_view mail) {
  std::string file = absl::StrCat(kTop, "smtp: {", smtp, "}\n");
  absl::StrAppend(&file, "apps:\n- id: app\n  providers: [email_password: {",
                  provider, "}]\n");
  if (!mail.empty()) absl::StrAppend(&file, "  mail: {", mail, "}\n");
  return file + "secrets: [{name: pw, env: PASSWORD}]\n";
}

Config Read(const std::string& yaml) {
  auto result = ParseConfig(yaml, Options());
  if (auto* problems = std::get_if<std::vector<ConfigProblem>>(&result)) {
    ADD_FAILURE() << FormatProblems("FILE", *problems);
    return Config();
  }
  return std::move(std::get<Config>(result));
}

EmailPasswordSettings Email(const Config& config) {
  if (config.apps.empty()) return EmailPasswordSettings();
  return std::get<EmailPasswordSettings>(config.apps[0].providers[0].arm);
}

TEST(MailConfigTest, Defaults) {
  const Config config =
      Read(File(kSmtp, "confirmation_url: https://a.b/c", ""));
  ASSERT_TRUE(config.mail.has_value());
  const SmtpOptions& smtp = config.mail->smtp;
  EXPECT_EQ(smtp.host, "mail.example.com");
  EXPECT_EQ(smtp.port, 587);
  EXPECT_EQ(smtp.tls, SmtpTls::kStartTls);
  EXPECT_EQ(smtp.total_timeout, absl::Seconds(30));
  EXPECT_EQ(config.mail->queue.from, "login@example.com");
  EXPECT_EQ(config.mail->queue.length, 1000u);
  EXPECT_EQ(config.mail->limits.resend_interval, absl::Minutes(1));
  const EmailPasswordSettings email = Email(config);
  EXPECT_EQ(email.confirmation, Confirmation::kMail);
  EXPECT_EQ(email.reset, Reset::kNone);
  ASSERT_NE(email.confirmation_mail, nullptr);
  EXPECT_EQ(email.confirmation_mail->subject, "Confirm your address");
  EXPECT_FALSE(Read(absl::StrCat(kTop, kApp)).mail.has_value());
}

TEST(MailConfigTest, EverythingSet) {
  const Config config = Read(File(
      "host: '::1', port: 2525, tls: none, username: u, password: pw, from: "
      "a@b, ca_file: ca.pem, connect_timeout: 1s, total_timeout: 2s, "
      "queue_length: 3, max_retries: 4, retry_delay: 20ms, max_retry_delay: "
      "6s, resend_interval: 0s, address_mails_per_hour: 7, app_mails_per_hour: "
      "8",
      "auto_confirm: true, reset_url: 'http://127.0.0.1/r?x=1', reset_subject: "
      "'{{app}}'",
      "from_name: Ann, reset: {text_file: t.txt, html: '<a href={{link}}>'}"));
  ASSERT_TRUE(config.mail.has_value());
  EXPECT_EQ(config.mail->smtp.tls, SmtpTls::kNone);
  EXPECT_EQ(config.mail->smtp.port, 2525);
  EXPECT_EQ(config.mail->smtp.username, "u");
  EXPECT_EQ(config.mail->smtp.password.RevealSecret(), "s3cret");
  EXPECT_EQ(config.mail->smtp.ca_file, "ca.pem");
  EXPECT_EQ(config.mail->queue.max_retries, 4);
  EXPECT_EQ(config.mail->queue.retry_delay, absl::Milliseconds(20));
  EXPECT_EQ(config.mail->queue.app_mails_per_hour, 8u);
  EXPECT_EQ(config.mail->limits.per_hour, 7u);
  const EmailPasswordSettings email = Email(config);
  EXPECT_EQ(email.confirmation, Confirmation::kAutomatic);
  EXPECT_EQ(email.reset, Reset::kMail);
  ASSERT_NE(email.reset_mail, nullptr);
  EXPECT_EQ(email.reset_mail->subject, "{{app}}");
  EXPECT_EQ(email.reset_mail->from_name, "Ann");
  EXPECT_EQ(email.reset_mail->text, "Hi {{email}}: {{link}}");
  EXPECT_EQ(email.reset_mail->html, "<a href={{link}}>");
}

TEST(MailConfigTest, Functions) {
  const EmailPasswordSettings email = Email(
      Read(File(kSmtp,
                "confirmation_function: c, reset_function: r, function_target: "
                "'unix:f', function_timeout: 9s, max_concurrency: 3",
                "")));
  EXPECT_EQ(email.confirmation, Confirmation::kFunction);
  EXPECT_EQ(email.reset, Reset::kFunction);
  EXPECT_EQ(email.function_target, "unix:f");
  EXPECT_EQ(email.function_timeout, absl::Seconds(9));
  EXPECT_EQ(email.max_concurrency, 3);
}

TEST(MailConfigTest, EveryMistakeIsNamed) {
  EXPECT_THAT(
      ProblemsOf(
          File("port: 0, tls: none, host: mail.example.com, username: u, from: "
               "'a b', ca_file: nope, retry_delay: 9s, max_retry_delay: 8s",
               "auto_confirm: true, confirmation_url: 'http://x.y', "
               "confirmation_subject: '{{token}}', reset_subject: s",
               "confirmation: {subject: x, text: 'no place', text_file: t.txt},"
               " reset: {html_file: empty, text: '{{link}} {{lnk}}'}"),
          Options()),
      ElementsAre(
          "4 smtp.tls: \"none\" is for a server on loopback only: mails hold "
          "tokens",
          "4 smtp.port: must be from 1 to 65535",
          "4 smtp.password: username and password need each other",
          "4 smtp.from: must be the address that mail comes from",
          "4 smtp.ca_file: cannot be read",
          "4 smtp.max_retry_delay: must be at least retry_delay",
          "7 apps[0].providers[0].email_password: only one of auto_confirm, "
          "confirmation_function and confirmation_url can be set",
          StartsWith("7 apps[0].providers[0].email_password.confirmation_url: "
                     "must be https"),
          "7 apps[0].providers[0].email_password.reset_subject: needs "
          "reset_url",
          StartsWith(
              "7 apps[0].providers[0].email_password.confirmation_subject: can "
              "have the places {{email}} and {{app}} only"),
          "8 apps[0].mail.reset: needs reset_url",
          "8 apps[0].mail.confirmation.subject: the provider has a "
          "confirmation_subject already",
          "8 apps[0].mail.confirmation.text_file: only one of text and "
          "text_file can be set",
          StartsWith("8 apps[0].mail.reset.text: has a place other than"),
          "8 apps[0].mail.reset.html_file: cannot be read, or is empty"));
}

TEST(MailConfigTest, WhatNeedsSomethingElse) {
  const auto problem = [](absl::string_view provider, absl::string_view mail) {
    const auto all = ProblemsOf(File(kSmtp, provider, mail), Options());
    return all.size() == 1 ? all[0] : absl::StrCat(all.size(), " problems");
  };
  EXPECT_EQ(problem("reset_function: f", ""),
            "7 apps[0].providers[0].email_password.function_target: is "
            "required with a function");
  EXPECT_EQ(problem("function_target: 'unix:f'", ""),
            "7 apps[0].providers[0].email_password.function_target: needs "
            "confirmation_function or reset_function");
  EXPECT_EQ(problem("reset_url: 'https://a.b'", "reset: {html: '{{link}}'}"),
            "8 apps[0].mail.reset.text: must be set beside html");
  EXPECT_EQ(problem("reset_url: 'https://a.b'", "reset: {text: hello}"),
            "8 apps[0].mail.reset.text: must have {{link}} or {{token}}");
  EXPECT_THAT(ProblemsOf(absl::StrCat(
                  kTop,
                  "apps: [{id: a, providers: [email_password: {reset_url:"
                  " 'https://a.b'}]}]\n")),
              ElementsAre("4 apps[0].providers[0].email_password.reset_url: "
                          "needs smtp"));
}

}  // namespace
}  // namespace latchkey
