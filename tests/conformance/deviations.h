// Where latchkey knowingly judges otherwise than a published vector.
#ifndef LATCHKEY_TESTS_CONFORMANCE_DEVIATIONS_H_
#define LATCHKEY_TESTS_CONFORMANCE_DEVIATIONS_H_

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace latchkey {

// Deviation is one case of a file, or a whole class of its cases (the `group`
// that a suite gives to them) with the number of those that deviate.
struct Deviation {
  absl::string_view file;
  absl::string_view cases;  // an id or a group
  int count;
  absl::string_view reason;
};

// Deviations is the whole list. A Tally checks it to be exact: a case that
// deviates without being listed fails, as does a row that lists too many.
absl::Span<const Deviation> Deviations();

}  // namespace latchkey

#endif  // LATCHKEY_TESTS_CONFORMANCE_DEVIATIONS_H_
