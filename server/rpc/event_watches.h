// EventWatches feeds the streams of WatchEvents from the store.
#ifndef LATCHKEY_SERVER_RPC_EVENT_WATCHES_H_
#define LATCHKEY_SERVER_RPC_EVENT_WATCHES_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "core/base/background_task.h"
#include "core/base/clock.h"
#include "core/store/event_store.h"
#include "server/rpc/rpc_stream.h"

namespace latchkey {

// EventWatches: thread-safe. One thread ("lk-event-watch") reads a page for
// each stream that has taken its last one, so that a slow reader costs no more
// memory than a page, and nobody else's time. It reads on from where it is in
// the store; when that has been removed meanwhile, it is cut off.
class EventWatches final {
 public:
  // `store` and `clock` are borrowed.
  EventWatches(size_t max_watchers, EventStore* store, Clock* clock);
  ~EventWatches();

  // Add takes over the stream: events after the id `after` that match, as
  // v1::WatchEventsResponse, until the peer goes. Ends it with OVERLOADED when
  // there are too many, RESOURCE_NOT_FOUND when events after `after` are gone.
  // Never blocks.
  void Add(EventFilter filter, uint64_t after,
           const std::shared_ptr<RpcStream>& stream);

  // Wake: there are new events.
  void Wake() { task_.Wake(); }

  // Stop ends every stream, and each that comes later, with OVERLOADED.
  void Stop();

  size_t count() const;

 private:
  struct Watcher {
    EventFilter filter;
    uint64_t cursor = 0;
    std::shared_ptr<RpcStream> stream;
    bool fed = false;
  };

  absl::Time Feed();
  // True: go on with this one at once.
  bool FeedOne(const EventRange& range, Watcher* watcher);

  const size_t max_watchers_;
  EventStore* const store_;
  Clock* const clock_;
  mutable absl::Mutex mu_;
  bool stopped_ ABSL_GUARDED_BY(mu_) = false;
  std::vector<std::shared_ptr<Watcher>> watchers_ ABSL_GUARDED_BY(mu_);
  BackgroundTask task_;  // last: uses all the others
};

}  // namespace latchkey

#endif  // LATCHKEY_SERVER_RPC_EVENT_WATCHES_H_
