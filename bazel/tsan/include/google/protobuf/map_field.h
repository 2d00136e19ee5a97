// Under --config=tsan found before Debian's header of the same name, which
// there has a member more than in Debian's library: every message with a map
// would have two shapes.
#ifndef LATCHKEY_BAZEL_TSAN_MAP_FIELD_H_
#define LATCHKEY_BAZEL_TSAN_MAP_FIELD_H_

// The standard library looks at the macro here, once and for all.
#include <memory>

#pragma push_macro("__SANITIZE_THREAD__")
#undef __SANITIZE_THREAD__
#include_next <google/protobuf/map_field.h>
#pragma pop_macro("__SANITIZE_THREAD__")

#endif  // LATCHKEY_BAZEL_TSAN_MAP_FIELD_H_
