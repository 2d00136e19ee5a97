// Command line of latchkeyd.
#ifndef LATCHKEY_SERVER_FLAGS_H_
#define LATCHKEY_SERVER_FLAGS_H_

#include <string>

namespace latchkey {

struct Flags {
  std::string config;     // --config=FILE
  bool validate = false;  // --validate
};

// ParsedFlags: when `done`, print `output` and exit with `exit_code`.
struct ParsedFlags {
  Flags flags;
  bool done = false;
  int exit_code = 0;
  std::string output;
};

// ParseFlags knows --config=FILE (or --config FILE), --validate, --version and
// --help; anything else is an error with exit code 2.
ParsedFlags ParseFlags(int argc, const char* const* argv);

}  // namespace latchkey

#endif  // LATCHKEY_SERVER_FLAGS_H_
