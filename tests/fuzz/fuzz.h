// What a fuzz target is made of.
#ifndef LATCHKEY_TESTS_FUZZ_FUZZ_H_
#define LATCHKEY_TESTS_FUZZ_FUZZ_H_

#include "absl/strings/string_view.h"

namespace latchkey {

// FuzzOne is what each target defines: any bytes go in, and what must hold for
// all of them is checked with FUZZ_CHECK. Called many times in one process.
void FuzzOne(absl::string_view input);

// FuzzFailed says what did not hold and aborts, which is a finding.
[[noreturn]] void FuzzFailed(const char* file, int line, const char* what);

}  // namespace latchkey

#define FUZZ_CHECK(condition) \
  ((condition) ? (void)0      \
               : ::latchkey::FuzzFailed(__FILE__, __LINE__, #condition))

#endif  // LATCHKEY_TESTS_FUZZ_FUZZ_H_
