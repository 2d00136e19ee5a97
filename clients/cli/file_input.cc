#include "clients/cli/file_input.h"

#include <fstream>
#include <optional>
#include <streambuf>
#include <utility>

#include "absl/strings/str_cat.h"
#include "clients/cli/failure.h"
#include "core/base/status_macros.h"

namespace latchkey {

absl::StatusOr<std::string> ReadInputFile(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return UsageError(absl::StrCat(file, ": cannot be opened"));
  std::string text(kMaxInputBytes + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(in.gcount()));
  if (in.bad() || (in.fail() && !in.eof())) {
    return UsageError(absl::StrCat(file, ": cannot be read"));
  }
  if (text.size() > kMaxInputBytes) {
    WipeString(&text);
    return UsageError(
        absl::StrCat(file, ": larger than ", kMaxInputBytes, " bytes"));
  }
  return text;
}

absl::StatusOr<Secret> ReadSecretInputFile(const std::string& file) {
  ASSIGN_OR_RETURN(std::string text, ReadInputFile(file));
  if (!text.empty() && text.back() == '\n') text.pop_back();
  if (text.empty()) return UsageError(absl::StrCat(file, ": is empty"));
  return Secret::TakeFrom(&text);
}

bool ReadLine(std::istream* in, std::string* line) {
  line->clear();
  bool any = false;
  // The buffer itself: a checked get() for each byte is slow.
  std::streambuf* const buffer = in->rdbuf();
  constexpr auto kEnd = std::streambuf::traits_type::eof();
  for (int c = buffer->sbumpc(); c != kEnd; c = buffer->sbumpc()) {
    any = true;
    if (c == '\n') break;
    if (line->size() <= kMaxInputBytes) line->push_back(static_cast<char>(c));
  }
  if (!line->empty() && line->back() == '\r') line->pop_back();
  return any;
}

absl::StatusOr<Secret> ReadSecret(const SecretSource& source,
                                  absl::string_view prompt,
                                  absl::string_view flags,
                                  const CliWorld& world) {
  if (!source.file.empty() && source.from_stdin) {
    return UsageError(absl::StrCat("give one of ", flags));
  }
  if (!source.file.empty()) return ReadSecretInputFile(source.file);
  if (source.from_stdin) {
    std::string line;
    if (!ReadLine(world.in, &line) || line.empty()) {
      return UsageError("nothing came on standard input");
    }
    return Secret::TakeFrom(&line);
  }
  std::optional<Secret> answer;
  if (world.ask_secret) answer = world.ask_secret(std::string(prompt));
  if (!answer.has_value()) {
    return UsageError(
        absl::StrCat("there is no terminal to ask; give ", flags));
  }
  if (answer->empty()) return UsageError("nothing was typed");
  return *std::move(answer);
}

}  // namespace latchkey
