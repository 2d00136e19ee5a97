// The grammar of JSON once more, as plainly as can be, to judge core/json by.
#ifndef LATCHKEY_CORE_TESTING_JSON_GRAMMAR_H_
#define LATCHKEY_CORE_TESTING_JSON_GRAMMAR_H_

#include "absl/strings/string_view.h"
#include "core/json/json.h"

namespace latchkey {

// FollowsGrammar says whether `text` is JSON (RFC 8259) within the limits:
// valid UTF-8, no byte order mark, no name twice in an object, no escape of
// half a surrogate pair.
bool FollowsGrammar(absl::string_view text, const json::Limits& limits);

}  // namespace latchkey

#endif  // LATCHKEY_CORE_TESTING_JSON_GRAMMAR_H_
