#include "core/config/secret_table.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "core/config/section.h"

namespace latchkey {
namespace {

constexpr size_t kMaxSecretBytes = 64 * 1024;

void DropNewline(std::string* text) {
  if (!text->empty() && text->back() == '\n') text->pop_back();
  if (!text->empty() && text->back() == '\r') text->pop_back();
}

std::optional<std::string> ReadFileAt(const std::string& path,
                                      const FileReader& read_file,
                                      const Place& place) {
  std::optional<std::string> value = read_file(path);
  if (!value.has_value()) {
    place.Report("the file cannot be read");
    return value;
  }
  DropNewline(&*value);
  return value;
}

Secret Hold(std::optional<std::string> value, const Place& place) {
  if (!value.has_value()) return Secret();
  if (value->empty()) {
    place.Report("the secret is empty");
  } else if (value->size() > kMaxSecretBytes) {
    place.Report("the secret is larger than 64 KiB");
    WipeString(&*value);
  }
  return Secret::TakeFrom(&*value);
}

std::optional<std::string> ReadFrom(const config::v1::Secret& secret,
                                    const EnvReader& env,
                                    const FileReader& read_file,
                                    const Place& place) {
  if (secret.file().empty() == secret.env().empty()) {
    place.Report("exactly one of file and env must be set");
    return std::nullopt;
  }
  if (!secret.env().empty()) {
    if (!IsEnvName(secret.env())) {
      place.Field("env").Report("must be the name of an environment variable");
      return std::nullopt;
    }
    std::optional<std::string> value = env(secret.env());
    if (!value.has_value()) {
      place.Field("env").Report(absl::StrCat("the environment variable ",
                                             secret.env(), " is not set"));
    }
    return value;
  }
  return ReadFileAt(secret.file(), read_file, place.Field("file"));
}

}  // namespace

SecretTable::SecretTable(const config::v1::Config& config, const EnvReader& env,
                         const FileReader& read_file, Problems* problems) {
  const Place list = Place(problems).Field("secrets");
  for (int i = 0; i < config.secrets_size(); ++i) {
    Read(config.secrets(i), env, read_file, list.At(i));
  }
}

void SecretTable::Read(const config::v1::Secret& secret, const EnvReader& env,
                       const FileReader& read_file, const Place& place) {
  CheckName(secret.name(), place.Field("name"));
  Secret held = Hold(ReadFrom(secret, env, read_file, place), place);
  if (secret.name().empty()) return;
  if (!secrets_.try_emplace(secret.name(), std::move(held)).second) {
    place.Field("name").Report("another secret has this name");
  }
}

const Secret* SecretTable::Find(const std::string& name,
                                const Place& place) const {
  const auto found = secrets_.find(name);
  if (found == secrets_.end()) {
    // Without the name: it may be the secret itself, put in the wrong place.
    place.Report("names no entry of `secrets`");
    return nullptr;
  }
  return found->second.empty() ? nullptr : &found->second;
}

Secret ReadSecretFile(const std::string& path, const FileReader& read_file,
                      const Place& place) {
  return Hold(ReadFileAt(path, read_file, place), place);
}

}  // namespace latchkey
