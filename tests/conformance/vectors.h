// Reading the published vectors under tests/conformance/vectors.
#ifndef LATCHKEY_TESTS_CONFORMANCE_VECTORS_H_
#define LATCHKEY_TESTS_CONFORMANCE_VECTORS_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "core/json/json.h"

namespace latchkey {

// ReadVectorText gives the bytes of a file, its path below vectors/. A missing
// file fails the running test and reads as empty.
std::string ReadVectorText(absl::string_view path);

// ReadVectors gives a file of JSON; null, and a failed test, when it is none.
json::Value ReadVectors(absl::string_view path);

// ListVectorFiles gives the sorted names of the files in a folder.
std::vector<std::string> ListVectorFiles(absl::string_view folder);

// The following read a member that must be there; an absent one fails the
// running test and reads as empty.
const json::Value& Member(const json::Value& object, absl::string_view name);
const json::Value::Array& List(const json::Value& object,
                               absl::string_view name);
const std::string& Text(const json::Value& object, absl::string_view name);
int Number(const json::Value& object, absl::string_view name);
// HexBytes decodes the hexadecimal text of a member.
std::string HexBytes(const json::Value& object, absl::string_view name);

}  // namespace latchkey

#endif  // LATCHKEY_TESTS_CONFORMANCE_VECTORS_H_
