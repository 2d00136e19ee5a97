// ServedApps knows which apps are in the configuration now.
#ifndef LATCHKEY_CORE_SESSION_SERVED_APPS_H_
#define LATCHKEY_CORE_SESSION_SERVED_APPS_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/string_view.h"
#include "core/base/ids.h"
#include "core/base/snapshot.h"

namespace latchkey {

// ServedApps: the ids alone, so that a thread may keep what it last read; the
// apps themselves hold secrets. Empty at first. Thread-safe.
class ServedApps final {
 public:
  ServedApps() : ids_(std::make_shared<const Ids>()) {}

  void Set(const std::vector<AppId>& apps) {
    auto ids = std::make_shared<Ids>();
    for (const AppId& app : apps) ids->insert(app.value());
    ids_.Set(std::move(ids));
  }

  // Serves: no lock but after a Set, no allocation.
  bool Serves(absl::string_view app) const { return ids_.Get().contains(app); }

 private:
  using Ids = absl::flat_hash_set<std::string>;
  Snapshot<Ids> ids_;
};

}  // namespace latchkey

#endif  // LATCHKEY_CORE_SESSION_SERVED_APPS_H_
