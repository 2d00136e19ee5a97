#include "server/rpc/event_watches.h"

#include <algorithm>
#include <utility>

#include "core/base/reason.h"
#include "server/rpc/event_codec.h"

namespace latchkey {
namespace {

constexpr size_t kPage = 100;

absl::Status Lost(bool was_fed) {
  return was_fed ? Error(Reason::kOverloaded, "the watcher reads too slowly")
                 : Error(Reason::kResourceNotFound, "events after it are gone");
}

}  // namespace

EventWatches::EventWatches(size_t max_watchers, EventStore* store, Clock* clock)
    : max_watchers_(max_watchers),
      store_(store),
      clock_(clock),
      task_("lk-event-watch", clock, [this] { return Feed(); }) {}

EventWatches::~EventWatches() {
  Stop();
  task_.Stop();
}

void EventWatches::Add(EventFilter filter, uint64_t after,
                       const std::shared_ptr<RpcStream>& stream) {
  auto watcher = std::make_shared<Watcher>();
  watcher->filter = std::move(filter);
  watcher->cursor = after;
  watcher->stream = stream;
  stream->Notify([this] { task_.Wake(); });
  bool taken = false;
  {
    absl::MutexLock lock(&mu_);
    // Streams whose peers have gone are swept out by the thread.
    taken = !stopped_ && watchers_.size() < max_watchers_;
    if (taken) watchers_.push_back(std::move(watcher));
  }
  if (taken) {
    task_.Wake();
  } else {
    stream->Finish(Error(Reason::kOverloaded, "too many watchers"));
  }
}

void EventWatches::Stop() {
  std::vector<std::shared_ptr<Watcher>> ended;
  {
    absl::MutexLock lock(&mu_);
    stopped_ = true;
    ended.swap(watchers_);
  }
  for (const auto& watcher : ended) {
    watcher->stream->Finish(Error(Reason::kOverloaded, "the service stops"));
  }
}

size_t EventWatches::count() const {
  absl::MutexLock lock(&mu_);
  return watchers_.size();
}

bool EventWatches::FeedOne(const EventRange& range, Watcher* watcher) {
  if (watcher->cursor + 1 < range.oldest || watcher->cursor > range.newest) {
    watcher->stream->Finish(Lost(watcher->fed));
    return false;
  }
  if (watcher->cursor == range.newest) return false;
  const absl::StatusOr<EventPage> page =
      store_->ListAfter(watcher->cursor, watcher->filter, kPage);
  if (!page.ok()) {
    watcher->stream->Finish(page.status());
    return false;
  }
  for (const EventRecord& event : page->events) {
    v1::WatchEventsResponse response;
    ToProto(event, response.mutable_event());
    watcher->stream->Send(response);
  }
  watcher->fed |= !page->events.empty();
  watcher->cursor = page->reached;
  return page->more && page->events.empty();
}

absl::Time EventWatches::Feed() {
  std::vector<std::shared_ptr<Watcher>> watchers;
  {
    absl::MutexLock lock(&mu_);
    watchers_.erase(std::remove_if(watchers_.begin(), watchers_.end(),
                                   [](const std::shared_ptr<Watcher>& one) {
                                     return one->stream->closed();
                                   }),
                    watchers_.end());
    watchers = watchers_;
  }
  if (watchers.empty()) return absl::InfiniteFuture();
  const absl::StatusOr<EventRange> range = store_->Range();
  bool more = false;
  for (const auto& watcher : watchers) {
    if (task_.Stopping()) break;
    if (watcher->stream->closed() || !watcher->stream->idle()) continue;
    if (range.ok()) {
      more |= FeedOne(*range, watcher.get());
    } else {
      watcher->stream->Finish(range.status());
    }
  }
  return more ? clock_->TimeNow() : absl::InfiniteFuture();
}

}  // namespace latchkey
