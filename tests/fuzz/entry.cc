// libFuzzer's entry point.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "tests/fuzz/fuzz.h"

namespace latchkey {

void FuzzFailed(const char* file, int line, const char* what) {
  std::fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, what);
  std::abort();
}

}  // namespace latchkey

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  // absl reads a null pointer as no text at all.
  const char* bytes = size == 0 ? "" : reinterpret_cast<const char*>(data);
  latchkey::FuzzOne(absl::string_view(bytes, size));
  return 0;
}
