#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/base/utf8.h"
#include "core/config/addresses.h"
#include "core/config/section.h"
#include "core/config/validate.h"
#include "core/mail/mail_message.h"
#include "core/mail/mail_template.h"

namespace latchkey {
namespace {

using Confirmation = EmailPasswordSettings::Confirmation;
using Reset = EmailPasswordSettings::Reset;

constexpr size_t kMaxHost = 253;
constexpr size_t kMaxUsername = 256;
constexpr size_t kMaxSubject = 256;
constexpr size_t kMaxFromName = 128;
constexpr size_t kMaxTemplate = 64 * 1024;
constexpr absl::Duration kLongestRetry = absl::Hours(1);

bool IsLoopback(const std::string& host) {
  const bool ipv6 = absl::StrContains(host, ":");
  const auto address = ParseSocketAddress(ipv6 ? absl::StrCat("[", host, "]:25")
                                               : absl::StrCat(host, ":25"));
  return address.has_value() && address->is_loopback;
}

void ReadTls(const Section& section, SmtpOptions* out) {
  const std::string tls = section.Text("tls");
  uint32_t port = 587;
  if (tls == "implicit") {
    out->tls = SmtpTls::kImplicit;
    port = 465;
  } else if (tls == "none") {
    out->tls = SmtpTls::kNone;
    port = 25;
    if (!IsLoopback(out->host)) {
      section.Field("tls").Report(
          "\"none\" is for a server on loopback only: mails hold tokens");
    }
  } else if (!tls.empty() && tls != "starttls") {
    section.Field("tls").Report(
        "must be \"starttls\", \"implicit\" or \"none\"");
  }
  out->port = static_cast<uint16_t>(section.Number("port", {port, 1, 65535}));
}

void ReadLogin(const Section& section, const SecretTable& secrets,
               SmtpOptions* out) {
  out->username = section.Text("username");
  const std::string name = section.Text("password");
  if (out->username.size() > kMaxUsername ||
      HasControlCharacters(out->username)) {
    section.Field("username")
        .Report("must be at most 256 bytes without control characters");
  }
  if (out->username.empty() != name.empty()) {
    section.Field(name.empty() ? "password" : "username")
        .Report("username and password need each other");
  }
  if (name.empty()) return;
  const Secret* secret = secrets.Find(name, section.Field("password"));
  if (secret != nullptr) out->password = secret->Clone();
}

void ReadServer(const Section& section, const SecretTable& secrets,
                const FileReader& read_file, SmtpOptions* out) {
  out->host = section.Required("host", kMaxHost);
  if (HasControlCharacters(out->host) ||
      out->host.find_first_of(" /?#@[]") != std::string::npos) {
    section.Field("host").Report("must be a host name or an IP address");
  }
  ReadTls(section, out);
  ReadLogin(section, secrets, out);
  out->from = section.Text("from");
  if (!IsMailAddress(out->from)) {
    section.Field("from").Report("must be the address that mail comes from");
  }
  out->ca_file = section.Text("ca_file");
  if (!out->ca_file.empty() && !read_file(out->ca_file).has_value()) {
    section.Field("ca_file").Report("cannot be read");
  }
  out->connect_timeout = section.Duration(
      "connect_timeout",
      {out->connect_timeout, absl::Milliseconds(1), absl::Minutes(5)});
  out->total_timeout = section.Duration(
      "total_timeout",
      {out->total_timeout, absl::Milliseconds(1), absl::Minutes(10)});
}

void ReadQueue(const Section& section, MailConfig* out) {
  MailQueueOptions& queue = out->queue;
  queue.from = out->smtp.from;
  queue.length = section.Number("queue_length", {1000, 1, 100'000});
  queue.max_retries =
      static_cast<int>(section.Number("max_retries", {8, 0, 100}));
  queue.retry_delay = section.Duration(
      "retry_delay",
      {queue.retry_delay, absl::Milliseconds(10), kLongestRetry});
  queue.max_retry_delay = section.Duration(
      "max_retry_delay",
      {queue.max_retry_delay, absl::Milliseconds(10), kLongestRetry});
  if (queue.max_retry_delay < queue.retry_delay) {
    section.Field("max_retry_delay").Report("must be at least retry_delay");
  }
  queue.app_mails_per_hour =
      section.Number("app_mails_per_hour", {1000, 0, 1'000'000});
  out->limits.resend_interval = section.Duration(
      "resend_interval",
      {out->limits.resend_interval, absl::ZeroDuration(), absl::Hours(1)});
  out->limits.per_hour =
      section.Number("address_mails_per_hour", {10, 0, 10'000});
}

// The text of `name`, or of the file that `name`_file names.
std::string ReadText(const Section& section, const std::string& name,
                     const FileReader& read_file) {
  std::string text = section.Text(name);
  Place place = section.Field(name);
  const std::string file = section.Text(absl::StrCat(name, "_file"));
  if (!file.empty()) {
    place = section.Field(absl::StrCat(name, "_file"));
    if (!text.empty()) {
      place.Report(absl::StrCat("only one of ", name, " and ", name,
                                "_file can be set"));
      return text;
    }
    std::optional<std::string> content = read_file(file);
    if (!content.has_value() || content->empty()) {
      place.Report("cannot be read, or is empty");
      return "";
    }
    text = *std::move(content);
  }
  if (text.empty()) return text;
  if (text.size() > kMaxTemplate || !IsValidUtf8(text)) {
    place.Report("must be at most 65536 bytes of UTF-8");
    return text;
  }
  const std::string unknown = UnknownPlace(text, TemplatePart::kBody);
  if (!unknown.empty()) {
    place.Report(
        "has a place other than {{link}}, {{token}}, {{token_id}}, {{email}}, "
        "{{app}}");
  } else if (!absl::StrContains(text, "{{link}}") &&
             !absl::StrContains(text, "{{token}}")) {
    place.Report("must have {{link}} or {{token}}");
  }
  return text;
}

void CheckSubject(const std::string& subject, const Place& place) {
  if (subject.size() > kMaxSubject || HasControlCharacters(subject)) {
    place.Report("must be at most 256 bytes without control characters");
  } else if (!UnknownPlace(subject, TemplatePart::kSubject).empty()) {
    place.Report("can have the places {{email}} and {{app}} only");
  }
}

// One of the two mails of an app.
struct MailPlaces {
  const Section* provider;  // email_password
  const char* url;          // "confirmation_url"
  const char* subject;      // "confirmation_subject"
  Place mail;               // of the template
};

std::shared_ptr<const MailTemplate> ReadTemplate(
    const config::v1::MailTemplate& file, const MailPlaces& places,
    const FileReader& read_file, MailTemplate out) {
  const Section section(file, places.mail);
  std::string subject = section.Text("subject");
  const std::string of_provider = places.provider->Text(places.subject);
  CheckSubject(subject, section.Field("subject"));
  CheckSubject(of_provider, places.provider->Field(places.subject));
  if (!subject.empty() && !of_provider.empty()) {
    section.Field("subject").Report(
        absl::StrCat("the provider has a ", places.subject, " already"));
  }
  if (subject.empty()) subject = of_provider;
  if (!subject.empty()) out.subject = subject;
  std::string text = ReadText(section, "text", read_file);
  out.html = ReadText(section, "html", read_file);
  if (text.empty() && !out.html.empty()) {
    section.Field("text").Report("must be set beside html");
  }
  if (!text.empty()) out.text = std::move(text);
  return std::make_shared<const MailTemplate>(std::move(out));
}

// AppMails reads what one app's mails say.
class AppMails {
 public:
  AppMails(const config::v1::App& file, Place place,
           const AppMailContext& context)
      : file_(file), place_(std::move(place)), context_(context) {}

  void Read(AppSettings* app) {
    from_name_ = file_.mail().from_name();
    if (from_name_.size() > kMaxFromName || HasControlCharacters(from_name_)) {
      place_.Field("mail")
          .Field("from_name")
          .Report("must be at most 128 bytes without control characters");
    }
    if (context_.email.has_value()) {
      if (!context_.can_send) NeedsSmtp(*context_.email);
      Fill(*context_.email, app);
    } else if (file_.has_mail()) {
      place_.Field("mail").Report("needs an email_password provider");
    }
  }

 private:
  static void NeedsSmtp(const Section& section) {
    for (const char* url : {"confirmation_url", "reset_url"}) {
      if (section.IsSet(url)) section.Field(url).Report("needs smtp");
    }
  }

  void CheckUsed(bool is_set, const Section& section, const char* url,
                 const char* subject, const char* name) {
    if (section.IsSet(url)) return;
    if (section.IsSet(subject)) {
      section.Field(subject).Report(absl::StrCat("needs ", url));
    }
    if (is_set) {
      place_.Field("mail").Field(name).Report(absl::StrCat("needs ", url));
    }
  }

  void Fill(const Section& section, AppSettings* app) {
    CheckUsed(file_.mail().has_confirmation(), section, "confirmation_url",
              "confirmation_subject", "confirmation");
    CheckUsed(file_.mail().has_reset(), section, "reset_url", "reset_subject",
              "reset");
    const Place mail = place_.Field("mail");
    const auto confirmation =
        ReadTemplate(file_.mail().confirmation(),
                     {&section, "confirmation_url", "confirmation_subject",
                      mail.Field("confirmation")},
                     context_.read_file, Named(DefaultConfirmationMail()));
    const auto reset = ReadTemplate(
        file_.mail().reset(),
        {&section, "reset_url", "reset_subject", mail.Field("reset")},
        context_.read_file, Named(DefaultResetMail()));
    for (ProviderSettings& provider : app->providers) {
      auto* email = std::get_if<EmailPasswordSettings>(&provider.arm);
      if (email == nullptr) continue;
      email->confirmation_mail = confirmation;
      email->reset_mail = reset;
    }
  }

  MailTemplate Named(MailTemplate mail) const {
    mail.from_name = from_name_;
    return mail;
  }

  const config::v1::App& file_;
  const Place place_;
  const AppMailContext& context_;
  std::string from_name_;
};

// How many of `fields` are set.
int CountSet(const Section& section,
             std::initializer_list<const char*> fields) {
  return static_cast<int>(
      std::count_if(fields.begin(), fields.end(),
                    [&](const char* name) { return section.IsSet(name); }));
}

void ReadFunctions(const Section& section, const ProviderContext& context,
                   EmailPasswordSettings* out) {
  out->function_target = section.Text("function_target");
  out->confirmation_function = section.Text("confirmation_function");
  out->reset_function = section.Text("reset_function");
  for (const char* name : {"confirmation_function", "reset_function"}) {
    if (section.IsSet(name)) CheckName(section.Text(name), section.Field(name));
  }
  const bool any =
      CountSet(section, {"confirmation_function", "reset_function"}) > 0;
  const Place target = section.Field("function_target");
  if (any && out->function_target.empty()) {
    target.Report("is required with a function");
  } else if (!any && !out->function_target.empty()) {
    target.Report("needs confirmation_function or reset_function");
  } else if (any) {
    CheckFunctionTarget(out->function_target, target);
  }
  out->function_timeout = section.Duration(
      "function_timeout",
      {out->function_timeout, absl::Milliseconds(1), absl::Seconds(300)});
  out->max_concurrency =
      ReadFunctionConcurrency(section, context.limits->remote_workers);
}

}  // namespace

EmailPasswordSettings ReadEmailPassword(const config::v1::EmailPassword& file,
                                        const ProviderContext& context,
                                        const Place& place) {
  const Section section(file, place);
  EmailPasswordSettings out;
  if (CountSet(section, {"auto_confirm", "confirmation_function",
                         "confirmation_url"}) > 1) {
    place.Report(
        "only one of auto_confirm, confirmation_function and confirmation_url "
        "can be set");
  }
  if (CountSet(section, {"reset_function", "reset_url"}) > 1) {
    place.Report("only one of reset_function and reset_url can be set");
  }
  ReadFunctions(section, context, &out);
  out.confirmation_url = section.Text("confirmation_url");
  out.reset_url = section.Text("reset_url");
  for (const char* url : {"confirmation_url", "reset_url"}) {
    if (section.IsSet(url)) CheckUrl(section.Text(url), section.Field(url));
  }
  if (file.auto_confirm()) {
    out.confirmation = Confirmation::kAutomatic;
  } else if (!out.confirmation_function.empty()) {
    out.confirmation = Confirmation::kFunction;
  } else if (!out.confirmation_url.empty()) {
    out.confirmation = Confirmation::kMail;
  }
  if (!out.reset_function.empty()) {
    out.reset = Reset::kFunction;
  } else if (!out.reset_url.empty()) {
    out.reset = Reset::kMail;
  }
  return out;
}

void ReadSmtp(const config::v1::Config& file, const SecretTable& secrets,
              const FileReader& read_file, const Place& root, Config* out) {
  if (!file.has_smtp()) return;
  const Section section(file.smtp(), root.Field("smtp"));
  MailConfig mail;
  ReadServer(section, secrets, read_file, &mail.smtp);
  ReadQueue(section, &mail);
  out->mail = std::move(mail);
}

void ReadAppMail(const config::v1::App& file, const Place& place,
                 const AppMailContext& context, AppSettings* app) {
  AppMails(file, place, context).Read(app);
}

}  // namespace latchkey
