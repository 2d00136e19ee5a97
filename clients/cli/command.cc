#include "clients/cli/command.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace latchkey {
namespace {

void SetExamples(CLI::App* command, const char* examples) {
  std::string footer = "Examples:";
  for (absl::string_view line : absl::StrSplit(examples, '\n')) {
    absl::StrAppend(&footer, "\n  ", line);
  }
  command->footer(footer);
}

}  // namespace

CLI::App* AddGroup(CLI::App* parent, const CommandText& text) {
  CLI::App* group = parent->add_subcommand(text.name, text.description);
  group->require_subcommand(1);
  SetExamples(group, text.examples);
  return group;
}

CLI::App* AddCommand(CLI::App* parent, const CommandText& text,
                     Context* context, Action action) {
  CLI::App* command = parent->add_subcommand(text.name, text.description);
  SetExamples(command, text.examples);
  command->callback(
      [context, action = std::move(action)] { context->action = action; });
  return command;
}

}  // namespace latchkey
