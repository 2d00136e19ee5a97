// What nearly every file of latchkey includes, compiled once: see
// docs/adr/0026. Each file still includes what it uses; the clang builds
// compile without this.
#ifndef LATCHKEY_BAZEL_PCH_PRODUCT_H_
#define LATCHKEY_BAZEL_PCH_PRODUCT_H_

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "absl/types/span.h"

#endif  // LATCHKEY_BAZEL_PCH_PRODUCT_H_
