// anon-user, api-key, local-userpass, custom-function.
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "core/config/app_services/conversion.h"
#include "core/config/section.h"

namespace latchkey {
namespace {

using Kind = ImportNote::Kind;

constexpr char kAutoConfirmRules[] =
    "not in force: autoConfirm is on, which goes before this";
constexpr char kFunctionRules[] =
    "not in force: the function is on, which goes before this";
constexpr char kFunctionOff[] = "not in force: the function is switched off";

// What latchkey asks for: names have no "/".
std::string OurName(const std::string& function, absl::string_view otherwise) {
  std::string ours = absl::StrReplaceAll(function, {{"/", "-"}});
  return IsName(ours) ? ours : std::string(otherwise);
}

// NoteName says of a function that it has to be renamed, if it has to be.
void NoteName(const std::string& function, const std::string& ours,
              const ExportPlace& place, absl::string_view field,
              const ProviderDraft& draft) {
  if (ours == function) return;
  draft.Note(Kind::kNeedsYou, place, field,
             absl::StrCat("the function is asked for as ", ours, " and not as ",
                          ShownName(function)));
}

std::string HostText(const std::string& function, const std::string& target) {
  return absl::StrCat("the function ", ShownName(function),
                      " has to be served at ", target,
                      " (clients/functions-node does); check what it uses of "
                      "App Services' context");
}

// The two functions of local-userpass and the three mails around them.
struct EmailMethod {
  const char* run;  // flags and fields of App Services
  const char* function;
  const char* function_id;
  const char* url;
  const char* subject;
  const char* our_function;  // and ours
  const char* our_url;
  const char* our_subject;
  const char* without;  // what follows when none of them is set
};

constexpr EmailMethod kConfirmation = {
    "runConfirmationFunction",
    "confirmationFunctionName",
    "confirmationFunctionId",
    "emailConfirmationUrl",
    "confirmEmailSubject",
    "confirmation_function",
    "confirmation_url",
    "confirmation_subject",
    "without auto_confirm, confirmation_url or confirmation_function nobody "
    "can register: administrators make the users"};
constexpr EmailMethod kReset = {
    "runResetFunction",
    "resetFunctionName",
    "resetFunctionId",
    "resetPasswordUrl",
    "resetPasswordSubject",
    "reset_function",
    "reset_url",
    "reset_subject",
    "without reset_url or reset_function no password is reset"};

void SetText(ProviderDraft* draft, absl::string_view field,
             const std::string& text) {
  auto* const message = draft->out->mutable_email_password();
  message->GetReflection()->SetString(
      message, message->GetDescriptor()->FindFieldByName(std::string(field)),
      text);
}

// False: the function is off.
bool TakeFunction(const EmailMethod& method, ProviderDraft* draft) {
  ExportObject& config = draft->config;
  config.Value(method.function_id);  // the name says it
  if (!config.Flag(method.run)) {
    draft->LeaveOut(&config, method.function, kFunctionOff);
    return false;
  }
  const ExportPlace place = config.PlaceOf(method.function);
  const std::string name = config.Text(method.function);
  draft->LeaveOut(&config, method.url, kFunctionRules);
  draft->LeaveOut(&config, method.subject, kFunctionRules);
  if (name.empty()) {
    draft->Note(Kind::kNeedsYou, place, "",
                absl::StrCat(method.run, " is on, but names no function; set ",
                             method.our_function, " and function_target"));
    return true;
  }
  const std::string& target = draft->conversion->options.functions_target;
  const std::string ours = OurName(name, method.our_function);
  SetText(draft, method.our_function, ours);
  draft->From(method.our_function, place);
  draft->out->mutable_email_password()->set_function_target(target);
  draft->From("function_target", place);
  draft->Note(Kind::kNeedsYou, place, method.our_function,
              HostText(name, target));
  NoteName(name, ours, place, method.our_function, *draft);
  draft->conversion->UseFunction({ours, name, method.our_function}, place,
                                 draft->At(method.our_function));
  return true;
}

void TakeMail(const EmailMethod& method, ProviderDraft* draft) {
  ExportObject& config = draft->config;
  const std::string url = config.Text(method.url);
  const std::string subject = config.Text(method.subject);
  if (url.empty()) {
    draft->Note(
        Kind::kNeedsYou, config.PlaceOf(method.url), "",
        absl::StrCat(method.url,
                     " is empty, and no other method is on: ", method.without));
    return;
  }
  SetText(draft, method.our_url, url);
  draft->From(method.our_url, config.PlaceOf(method.url));
  draft->Note(Kind::kNeedsYou, config.PlaceOf(method.url), method.our_url,
              "mails came from MongoDB and now come from a mail server of "
              "yours: set smtp");
  if (subject.empty()) return;
  SetText(draft, method.our_subject, subject);
  draft->From(method.our_subject, config.PlaceOf(method.subject));
}

void TakeMethod(const EmailMethod& method, ProviderDraft* draft) {
  if (!TakeFunction(method, draft)) TakeMail(method, draft);
}

}  // namespace

bool ConvertAnonymous(ProviderDraft* draft) {
  draft->out->mutable_anonymous();
  return true;
}

bool ConvertApiKey(ProviderDraft* draft) {
  draft->out->mutable_api_key();
  return true;
}

bool ConvertEmailPassword(ProviderDraft* draft) {
  ExportObject& config = draft->config;
  auto* const out = draft->out->mutable_email_password();
  // App Services' order: autoConfirm, then the function, then the mail.
  if (config.Flag("autoConfirm")) {
    out->set_auto_confirm(true);
    draft->From("auto_confirm", config.PlaceOf("autoConfirm"));
    config.Flag(kConfirmation.run);
    config.Value(kConfirmation.function_id);
    for (const char* const field : {kConfirmation.run, kConfirmation.function,
                                    kConfirmation.url, kConfirmation.subject}) {
      draft->LeaveOut(&config, field, kAutoConfirmRules);
    }
  } else {
    TakeMethod(kConfirmation, draft);
  }
  TakeMethod(kReset, draft);
  draft->Note(Kind::kTaken, draft->top.place(), "",
              "new passwords need 6 characters where clients of App Services "
              "set them, as before, and passwords.min_length (8) elsewhere");
  return true;
}

bool ConvertFunction(ProviderDraft* draft) {
  const ExportPlace place = draft->config.PlaceOf("authFunctionName");
  const std::string name = draft->config.Text("authFunctionName");
  draft->config.Value("authFunctionId");
  if (name.empty()) {
    draft->Note(Kind::kNeedsYou, place, "",
                "authFunctionName names no function; the provider is left out");
    return false;
  }
  const std::string ours = OurName(name, draft->type);
  const std::string& target = draft->conversion->options.functions_target;
  auto* const out = draft->out->mutable_function();
  out->set_name(ours);
  out->set_target(target);
  draft->From("name", place);
  draft->From("target", place);
  draft->Note(Kind::kNeedsYou, place, "target", HostText(name, target));
  NoteName(name, ours, place, "name", *draft);
  draft->conversion->UseFunction({ours, name, "custom-function"}, place,
                                 draft->At("name"));
  return true;
}

}  // namespace latchkey
