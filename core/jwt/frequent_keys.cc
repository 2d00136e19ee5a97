#include "core/jwt/frequent_keys.h"

#include <utility>

#include "core/crypto/public_key.h"

namespace latchkey {

FrequentKeys::FrequentKeys(Options options, Tables tables, Clock* clock)
    : options_(options),
      tables_(std::move(tables)),
      clock_(clock),
      task_("lk-key-tables", clock, [this] { return Run(); }) {}

absl::Time FrequentKeys::Run() {
  if (options_.max_tables <= 0) return absl::InfiniteFuture();
  BuildWantedTables(tables_(), options_.max_tables);
  return clock_->TimeNow() + options_.interval;
}

int BuildWantedTables(
    const std::vector<std::shared_ptr<const KeyTable>>& tables,
    int max_tables) {
  int count = 0;
  for (const auto& table : tables) {
    for (const PublicKey& key : table->keys()) count += key.HasTable() ? 1 : 0;
  }
  for (const auto& table : tables) {
    for (const PublicKey& key : table->keys()) {
      if (count >= max_tables) return count;
      if (key.WantsTable() && key.BuildTable()) ++count;
    }
  }
  return count;
}

}  // namespace latchkey
