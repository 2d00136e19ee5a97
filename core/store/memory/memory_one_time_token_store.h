// OneTimeTokenStore in memory.
#ifndef LATCHKEY_CORE_STORE_MEMORY_MEMORY_ONE_TIME_TOKEN_STORE_H_
#define LATCHKEY_CORE_STORE_MEMORY_MEMORY_ONE_TIME_TOKEN_STORE_H_

#include <functional>
#include <map>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "core/store/one_time_token_store.h"

namespace latchkey {

// Thread-safe; never blocks on I/O; holds everything until destroyed.
class MemoryOneTimeTokenStore final : public OneTimeTokenStore {
 public:
  absl::Status Insert(const OneTimeToken& token) override;
  absl::StatusOr<OneTimeToken> Find(const AppId& app,
                                    absl::string_view id) override;
  absl::StatusOr<size_t> RemoveExpired(absl::Time now) override;

  // UseUp removes the token and its like (same password, same purpose) when
  // `effect` gives OK, all in one step.
  absl::Status UseUp(const AppId& app, absl::string_view id,
                     const std::function<absl::Status()>& effect);

 private:
  using Key = std::pair<AppId, std::string>;

  absl::Mutex mu_;
  std::map<Key, OneTimeToken> tokens_ ABSL_GUARDED_BY(mu_);
};

}  // namespace latchkey

#endif  // LATCHKEY_CORE_STORE_MEMORY_MEMORY_ONE_TIME_TOKEN_STORE_H_
