#include "server/flags.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "server/version.h"

namespace latchkey {
namespace {

constexpr char kHelp[] =
    "latchkeyd: logs users into gRPC backends.\n"
    "\n"
    "  latchkeyd --config=FILE              serve\n"
    "  latchkeyd --config=FILE --validate   check the file and exit\n"
    "  latchkeyd --version\n"
    "\n"
    "SIGTERM and SIGINT drain and stop; a second one stops at once.\n"
    "SIGHUP reads the apps of the configuration again.\n"
    "A commented example is config/example.yaml.\n";

ParsedFlags Done(int exit_code, std::string output) {
  ParsedFlags parsed;
  parsed.done = true;
  parsed.exit_code = exit_code;
  parsed.output = std::move(output);
  return parsed;
}

ParsedFlags Wrong(absl::string_view what) {
  return Done(2, absl::StrCat("latchkeyd: ", what, "; try --help\n"));
}

}  // namespace

ParsedFlags ParseFlags(int argc, const char* const* argv) {
  constexpr absl::string_view kConfig = "--config=";
  ParsedFlags parsed;
  for (int i = 1; i < argc; ++i) {
    const absl::string_view arg = argv[i];
    if (arg == "--help" || arg == "-h") return Done(0, kHelp);
    if (arg == "--version") {
      return Done(0, absl::StrCat("latchkeyd ", kVersion, "\n"));
    }
    if (arg == "--validate") {
      parsed.flags.validate = true;
    } else if (absl::StartsWith(arg, kConfig)) {
      parsed.flags.config = std::string(arg.substr(kConfig.size()));
    } else if (arg == "--config" && i + 1 < argc) {
      parsed.flags.config = argv[++i];
    } else {
      return Wrong(absl::StrCat("unknown argument ", arg));
    }
  }
  if (parsed.flags.config.empty()) return Wrong("--config=FILE is required");
  return parsed;
}

}  // namespace latchkey
