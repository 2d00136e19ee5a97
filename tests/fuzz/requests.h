// The requests that are fuzzed, one of each shape.
#ifndef LATCHKEY_TESTS_FUZZ_REQUESTS_H_
#define LATCHKEY_TESTS_FUZZ_REQUESTS_H_

#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"

namespace latchkey {

// NewRequest takes the first byte of *input, which says which message.
std::unique_ptr<google::protobuf::Message> NewRequest(absl::string_view* input);

// InOneOrder serializes: maps always in the same order.
std::string InOneOrder(const google::protobuf::Message& message);

}  // namespace latchkey

#endif  // LATCHKEY_TESTS_FUZZ_REQUESTS_H_
