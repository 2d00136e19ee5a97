// Webhook tells one endpoint of an app's events, in their order.
#ifndef LATCHKEY_CORE_EVENTS_WEBHOOK_H_
#define LATCHKEY_CORE_EVENTS_WEBHOOK_H_

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "core/base/background_task.h"
#include "core/base/clock.h"
#include "core/base/random.h"
#include "core/events/event_options.h"
#include "core/jwks/http_fetcher.h"
#include "core/store/event_store.h"
#include "core/store/user_store.h"

namespace latchkey {

// Webhook: thread-safe. One thread of its own ("lk-webhook") reads the event
// trail from where this webhook is and posts one event after the other: nobody
// waits for an endpoint but its own later events. Each is delivered at least
// once: where the webhook is, is stored after a page of events, so that a crash
// repeats some. A webhook that was never there before begins with what comes.
//
// An answer of 2xx takes the event. One of 4xx (but 408, 425 and 429) refuses
// it: it is given up after max_refusals. Anything else is the endpoint's
// trouble: the event is tried again until it is too old, and then the next one,
// after the same wait.
class Webhook final {
 public:
  struct Deps {  // borrowed
    EventStore* events;
    UserStore* users;
    HttpFetcher* http;
    Clock* clock;
    Random* random;
  };
  Webhook(WebhookSettings settings, Deps deps);
  // Ends a request that is under way.
  ~Webhook();

  // Wake: there are new events. Never blocks.
  void Wake() { task_.Wake(); }

  const std::string& name() const { return settings_.name; }

  struct Figures {
    uint64_t delivered = 0;
    uint64_t retries = 0;
    uint64_t given_up = 0;
    uint64_t missed = 0;  // removed from the trail before their turn
    uint64_t cursor = 0;  // id of the last event that was looked at
  };
  Figures figures() const;

 private:
  enum class Answer { kTaken, kRefused, kTrouble };

  // Deliver sends what may be sent now; returns when to go on.
  absl::Time Deliver();
  absl::Status FindPlace();
  // DeliverPage: true when the page went through.
  bool DeliverPage(const EventPage& page);
  // DeliverOne: false when the event is to be tried again.
  bool DeliverOne(const EventRecord& event);
  FetchOptions RequestFor(const EventRecord& event,
                          const UserRecord* user) const;
  Answer Post(const EventRecord& event, std::string* cause);
  void Save();
  bool Wanted(const EventRecord& event) const;
  absl::Duration Backoff();

  const WebhookSettings settings_;
  const Deps deps_;
  const EventFilter filter_;
  std::atomic<bool> stopping_{false};
  // The thread's own.
  std::optional<uint64_t> cursor_;
  uint64_t saved_ = 0;
  int failures_ = 0;  // in a row
  int refusals_ = 0;  // of the next event
  absl::Time resume_at_ = absl::InfinitePast();

  mutable absl::Mutex mu_;
  Figures figures_ ABSL_GUARDED_BY(mu_);
  BackgroundTask task_;  // last: uses all the others
};

// SignWebhook gives "v1=" and the HMAC-SHA256, in hex, of the timestamp, a dot
// and the body: what Latchkey-Signature says.
std::string SignWebhook(const Secret& secret, absl::string_view timestamp,
                        absl::string_view body);

// WebhookBody is the JSON object that is posted. `user` is null when it is
// gone.
std::string WebhookBody(const WebhookSettings& settings,
                        const EventRecord& event, const UserRecord* user);

}  // namespace latchkey

#endif  // LATCHKEY_CORE_EVENTS_WEBHOOK_H_
