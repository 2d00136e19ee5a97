#include "core/config/app_services/import_yaml.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "core/json/json.h"

namespace latchkey {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr size_t kWidth = 80;
constexpr char kSecretsFolder[] = "secrets";

constexpr char kHead[] = R"(
# Needs you: the base URL under which clients reach this service.
issuer: http://127.0.0.1:8080

# Needs you: where it listens. Beyond loopback it needs tls.
listeners:
  - address: 127.0.0.1:7070
    services: [auth]
  - address: unix:data/admin.sock
    services: [auth, admin]
http:
  address: 127.0.0.1:8080

store:
  sqlite:
    path: data/latchkey.db

key_sources:
  cache_dir: data/jwks
)";

constexpr char kSmtp[] = R"(
# Needs you: the server for mails, which came from MongoDB before. latchkeyd
# refuses this file until host and from are set; docs/email-password.md.
smtp:
  host: ""
  from: ""
  # username: latchkey
  # password: smtp    # name of a secret
)";

// Lines of a comment, broken at blanks.
std::string Comment(absl::string_view text, size_t indent) {
  const std::string margin = absl::StrCat(std::string(indent, ' '), "#");
  std::string lines;
  std::string line = margin;
  for (const absl::string_view word : absl::StrSplit(text, ' ')) {
    if (line.size() + 1 + word.size() > kWidth && line != margin) {
      absl::StrAppend(&lines, line, "\n");
      line = margin;
    }
    absl::StrAppend(&line, " ", word);
  }
  return absl::StrCat(lines, line, "\n");
}

// IsPlain: the same to every reader of YAML without quotes.
bool IsPlain(absl::string_view text) {
  const auto is_safe = [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
           absl::StrContains("_-./:@+", absl::string_view(&c, 1));
  };
  static constexpr absl::string_view kWords[] = {"true", "false", "null", "yes",
                                                 "no",   "on",    "off"};
  return !text.empty() &&
         absl::ascii_isalpha(static_cast<unsigned char>(text.front())) &&
         text.back() != ':' && absl::c_all_of(text, is_safe) &&
         !absl::c_linear_search(kWords, absl::AsciiStrToLower(text));
}

// In quotes, without references to the environment.
std::string InQuotes(const std::string& text) {
  return json::Write(json::Value(absl::StrReplaceAll(text, {{"${", "$${"}})));
}

std::string Quoted(const std::string& text) {
  return IsPlain(text) ? text : InQuotes(text);
}

// Writer writes the fields of a message with the comments at their paths.
class Writer final {
 public:
  explicit Writer(const ConvertedApp& converted) : converted_(converted) {}

  std::string Write();

 private:
  void NotePaths(const Message& message, const std::string& path);
  void PlaceComments();
  std::string CommentsAt(const std::string& path, size_t indent) const;
  std::string Fields(const Message& message, const std::string& path,
                     size_t indent) const;
  std::string Field(const Message& message, const FieldDescriptor* field,
                    const std::string& path, size_t indent) const;
  std::string Items(const Message& message, const FieldDescriptor* field,
                    const std::string& path, size_t indent) const;

  const ConvertedApp& converted_;
  std::set<std::string> paths_;
  std::map<std::string, std::vector<std::string>> comments_;
};

std::string Join(const std::string& path, absl::string_view field) {
  return path.empty() ? std::string(field) : absl::StrCat(path, ".", field);
}

std::vector<const FieldDescriptor*> SetFields(const Message& message) {
  std::vector<const FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);
  return fields;
}

bool IsMessage(const FieldDescriptor* field) {
  return field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
}

void Writer::NotePaths(const Message& message, const std::string& path) {
  const auto* const reflection = message.GetReflection();
  for (const FieldDescriptor* const field : SetFields(message)) {
    const std::string here = Join(path, field->name());
    paths_.insert(here);
    if (!IsMessage(field)) continue;
    if (!field->is_repeated()) {
      NotePaths(reflection->GetMessage(message, field), here);
      continue;
    }
    for (int i = 0; i < reflection->FieldSize(message, field); ++i) {
      const std::string item = absl::StrCat(here, "[", i, "]");
      paths_.insert(item);
      NotePaths(reflection->GetRepeatedMessage(message, field, i), item);
    }
  }
}

// What is about a field that is not written goes to what is around it.
void Writer::PlaceComments() {
  for (const ImportNote& note : converted_.notes) {
    if (!NeedsHuman(note)) continue;
    std::string path = note.target;
    while (!path.empty() && paths_.count(path) == 0) {
      const size_t end = path.find_last_of(".[");
      path = end == std::string::npos ? "" : path.substr(0, end);
    }
    const std::string place = note.place.Text();
    comments_[path].push_back(
        absl::StrCat("Needs you: ", note.message,
                     place.empty() ? "" : absl::StrCat(" (", place, ")"), "."));
  }
}

std::string Writer::CommentsAt(const std::string& path, size_t indent) const {
  const auto found = comments_.find(path);
  if (found == comments_.end()) return "";
  std::string text;
  for (const std::string& comment : found->second) {
    absl::StrAppend(&text, Comment(comment, indent));
  }
  return text;
}

std::string Scalar(const Message& message, const FieldDescriptor* field) {
  const auto* const reflection = message.GetReflection();
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
      return reflection->GetBool(message, field) ? "true" : "false";
    case FieldDescriptor::CPPTYPE_UINT32:
      return absl::StrCat(reflection->GetUInt32(message, field));
    default:
      return Quoted(reflection->GetString(message, field));
  }
}

std::string Texts(const Message& message, const FieldDescriptor* field) {
  const auto* const reflection = message.GetReflection();
  std::vector<std::string> texts;
  for (int i = 0; i < reflection->FieldSize(message, field); ++i) {
    // A ":" inside of [...] is read differently by different readers.
    const std::string text = reflection->GetRepeatedString(message, field, i);
    texts.push_back(absl::StrContains(text, ':') ? InQuotes(text)
                                                 : Quoted(text));
  }
  return absl::StrCat("[", absl::StrJoin(texts, ", "), "]");
}

// The first line of an item has a dash; comments stay above it.
std::string Item(const std::string& lines, size_t indent) {
  std::string text;
  absl::string_view rest = lines;
  const std::string margin(indent, ' ');
  while (absl::StartsWith(absl::StripLeadingAsciiWhitespace(rest), "#")) {
    const size_t end = rest.find('\n') + 1;
    absl::StrAppend(&text, margin,
                    absl::StripLeadingAsciiWhitespace(rest.substr(0, end)));
    rest.remove_prefix(end);
  }
  if (rest.empty()) return absl::StrCat(text, margin, "- {}\n");
  return absl::StrCat(text, margin, "- ", rest.substr(indent + 2));
}

std::string Writer::Items(const Message& message, const FieldDescriptor* field,
                          const std::string& path, size_t indent) const {
  const auto* const reflection = message.GetReflection();
  std::string text;
  for (int i = 0; i < reflection->FieldSize(message, field); ++i) {
    const std::string item = absl::StrCat(path, "[", i, "]");
    absl::StrAppend(
        &text, CommentsAt(item, indent),
        Item(Fields(reflection->GetRepeatedMessage(message, field, i), item,
                    indent + 2),
             indent));
  }
  return text;
}

std::string Writer::Field(const Message& message, const FieldDescriptor* field,
                          const std::string& path, size_t indent) const {
  const std::string head = absl::StrCat(
      CommentsAt(path, indent), std::string(indent, ' '), field->name(), ":");
  if (field->is_repeated()) {
    if (!IsMessage(field)) {
      return absl::StrCat(head, " ", Texts(message, field), "\n");
    }
    return absl::StrCat(head, "\n", Items(message, field, path, indent + 2));
  }
  if (!IsMessage(field)) {
    return absl::StrCat(head, " ", Scalar(message, field), "\n");
  }
  const Message& inner = message.GetReflection()->GetMessage(message, field);
  if (SetFields(inner).empty()) return absl::StrCat(head, " {}\n");
  return absl::StrCat(head, "\n", Fields(inner, path, indent + 2));
}

std::string Writer::Fields(const Message& message, const std::string& path,
                           size_t indent) const {
  std::string text;
  for (const FieldDescriptor* const field : SetFields(message)) {
    absl::StrAppend(&text,
                    Field(message, field, Join(path, field->name()), indent));
  }
  return text;
}

std::string Writer::Write() {
  NotePaths(converted_.app, "");
  PlaceComments();
  return absl::StrCat(CommentsAt("", 2),
                      Item(Fields(converted_.app, "", 4), 2));
}

bool SendsMails(const config::v1::App& app) {
  return absl::c_any_of(app.providers(), [](const auto& provider) {
    const config::v1::EmailPassword& email = provider.email_password();
    return !email.confirmation_url().empty() || !email.reset_url().empty();
  });
}

std::string Secrets(const ConvertedApp& converted) {
  if (converted.secrets.empty()) return "";
  std::string text = "\nsecrets:\n";
  for (const ImportedSecret& secret : converted.secrets) {
    absl::StrAppend(
        &text,
        Comment(absl::StrCat("Needs you: put the value into this file: ",
                             secret.purpose, " (", secret.place.Text(), ")."),
                2),
        "  - {name: ", Quoted(secret.name),
        ", file: ", Quoted(ImportedSecretFile(secret.name)), "}\n");
  }
  return text;
}

std::string Functions(const ConvertedApp& converted, std::string folder) {
  for (char& c : folder) {
    if (absl::ascii_iscntrl(static_cast<unsigned char>(c))) c = '?';
  }
  if (converted.functions.empty()) return "";
  std::vector<std::string> names;
  for (const ImportedFunction& function : converted.functions) {
    names.push_back(ShownName(function.name));
  }
  return absl::StrCat(
      "#\n",
      Comment(absl::StrCat("Functions (", absl::StrJoin(names, ", "),
                           ") are served by clients/functions-node:"),
              0),
      "#   latchkey-functions --socket=PATH --app-dir=",
      ShownName(converted.app.id()), "=", folder, "\n");
}

}  // namespace

std::string ImportedSecretFile(absl::string_view name) {
  return absl::StrCat(kSecretsFolder, "/", name);
}

std::string WriteImportedYaml(const ConvertedApp& converted,
                              absl::string_view functions_folder) {
  return absl::StrCat(
      Comment(absl::StrCat("Configuration of latchkeyd, made of the App "
                           "Services app ",
                           ShownName(converted.app.id()),
                           " by `latchkey import app-services`."),
              0),
      Comment("Start latchkeyd in the folder of this file: paths are relative "
              "to it. All settings: config/example.yaml.",
              0),
      Functions(converted, std::string(functions_folder)), kHead,
      SendsMails(converted.app) ? kSmtp : "", Secrets(converted), "\napps:\n",
      Writer(converted).Write());
}

}  // namespace latchkey
