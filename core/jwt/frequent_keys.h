// FrequentKeys makes the keys that are used often cheaper to use.
#ifndef LATCHKEY_CORE_JWT_FREQUENT_KEYS_H_
#define LATCHKEY_CORE_JWT_FREQUENT_KEYS_H_

#include <functional>
#include <memory>
#include <vector>

#include "absl/time/time.h"
#include "core/base/background_task.h"
#include "core/base/clock.h"
#include "core/jwt/key_table.h"

namespace latchkey {

// FrequentKeys looks at the keys of its tables again and again and builds what
// they want (PublicKey::BuildTable), those of the first table first, on a
// thread of its own ("lk-key-tables"). A key that gets none is checked without,
// which is slower and says the same. Stops in its destructor.
class FrequentKeys final {
 public:
  struct Options {
    // Tables at most, 150 KiB each; 0: none. Those of keys that are gone count
    // no longer.
    int max_tables = 32;
    absl::Duration interval = absl::Seconds(1);
  };
  // Tables gives the key tables in use now; called on the thread.
  using Tables = std::function<std::vector<std::shared_ptr<const KeyTable>>()>;

  FrequentKeys(Options options, Tables tables, Clock* clock);

 private:
  absl::Time Run();

  const Options options_;
  const Tables tables_;
  Clock* const clock_;
  BackgroundTask task_;  // last: uses all the others
};

// BuildWantedTables builds tables for the keys that want one, as long as the
// keys have fewer than `max_tables`. Returns how many there are now.
int BuildWantedTables(
    const std::vector<std::shared_ptr<const KeyTable>>& tables, int max_tables);

}  // namespace latchkey

#endif  // LATCHKEY_CORE_JWT_FREQUENT_KEYS_H_
