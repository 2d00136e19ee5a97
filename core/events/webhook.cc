#include "core/events/webhook.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "core/base/log.h"
#include "core/base/reason.h"
#include "core/base/status_macros.h"

namespace latchkey {
namespace {

constexpr size_t kPage = 100;
// Events that are not for this webhook are passed; how far is stored so often.
constexpr uint64_t kSaveEvery = 1000;
constexpr size_t kMaxAnswer = 64 * 1024;
constexpr int kMaxDoublings = 20;
constexpr absl::Duration kStoreRetry = absl::Seconds(5);

EventFilter FilterOf(const WebhookSettings& settings) {
  EventFilter filter;
  filter.app = settings.app;
  filter.actions = settings.actions;
  return filter;
}

// The endpoint says that this event is not for it, whoever asks again.
bool IsRefusal(int status) {
  return status >= 400 && status < 500 && status != 408 && status != 425 &&
         status != 429;
}

}  // namespace

Webhook::Webhook(WebhookSettings settings, Deps deps)
    : settings_(std::move(settings)),
      deps_(deps),
      filter_(FilterOf(settings_)),
      task_("lk-webhook", deps.clock, [this] { return Deliver(); }) {}

Webhook::~Webhook() {
  stopping_ = true;
  task_.Stop();
  Save();
}

Webhook::Figures Webhook::figures() const {
  absl::MutexLock lock(&mu_);
  return figures_;
}

absl::Status Webhook::FindPlace() {
  ASSIGN_OR_RETURN(const EventRange range, deps_.events->Range());
  if (!cursor_.has_value()) {
    ASSIGN_OR_RETURN(cursor_, deps_.events->LoadCursor(settings_.name));
    const bool is_new = !cursor_.has_value();
    // A store that was put back to an older state has not come so far yet.
    if (is_new || *cursor_ > range.newest) cursor_ = range.newest;
    saved_ = *cursor_;
    if (is_new) {
      RETURN_IF_ERROR(deps_.events->SaveCursor(settings_.name, *cursor_));
    }
  }
  if (*cursor_ + 1 < range.oldest) {
    const uint64_t missed = range.oldest - 1 - *cursor_;
    Log(LogLevel::kError, "webhook_missed_events",
        {{"webhook", settings_.name}, {"at_most", missed}});
    cursor_ = range.oldest - 1;
    absl::MutexLock lock(&mu_);
    figures_.missed += missed;
  }
  return absl::OkStatus();
}

void Webhook::Save() {
  if (!cursor_.has_value() || *cursor_ == saved_) return;
  // Should it fail, events come twice after a restart.
  if (deps_.events->SaveCursor(settings_.name, *cursor_).ok()) {
    saved_ = *cursor_;
  }
}

absl::Time Webhook::Deliver() {
  while (!stopping_) {
    if (deps_.clock->TimeNow() < resume_at_) return resume_at_;
    const absl::Status place = FindPlace();
    if (!place.ok()) return deps_.clock->TimeNow() + kStoreRetry;
    const absl::StatusOr<EventPage> page =
        deps_.events->ListAfter(*cursor_, filter_, kPage);
    if (!page.ok()) return deps_.clock->TimeNow() + kStoreRetry;
    if (!DeliverPage(*page)) continue;
    if (!page->more) return absl::InfiniteFuture();
  }
  return absl::InfiniteFuture();
}

bool Webhook::DeliverPage(const EventPage& page) {
  bool whole = true;
  bool sent = false;
  for (const EventRecord& event : page.events) {
    if (Wanted(event)) {
      sent = true;
      whole = !stopping_ && DeliverOne(event);
      if (!whole) break;
    }
    cursor_ = event.id;
    // An endpoint that is away is not asked for each old event at once.
    whole = deps_.clock->TimeNow() >= resume_at_;
    if (!whole) break;
  }
  if (whole) cursor_ = page.reached;
  {
    absl::MutexLock lock(&mu_);
    figures_.cursor = *cursor_;
  }
  if (sent || *cursor_ >= saved_ + kSaveEvery) Save();
  return whole;
}

bool Webhook::DeliverOne(const EventRecord& event) {
  std::string cause;
  const Answer answer = Post(event, &cause);
  if (stopping_ && answer != Answer::kTaken) return false;
  const absl::Time now = deps_.clock->TimeNow();
  if (answer == Answer::kRefused) ++refusals_;
  const bool give_up =
      answer != Answer::kTaken && (refusals_ >= settings_.max_refusals ||
                                   event.time + settings_.give_up_after <= now);
  {
    absl::MutexLock lock(&mu_);
    if (answer == Answer::kTaken) {
      ++figures_.delivered;
    } else if (give_up) {
      ++figures_.given_up;
    } else {
      ++figures_.retries;
    }
  }
  const bool done = answer == Answer::kTaken || give_up;
  if (done) refusals_ = 0;
  if (done && answer != Answer::kTrouble) {
    failures_ = 0;
  } else {
    ++failures_;
    resume_at_ = now + Backoff();
  }
  if (answer != Answer::kTaken) {
    Log(LogLevel::kWarning, give_up ? "webhook_gave_up" : "webhook_failed",
        {{"webhook", settings_.name}, {"event", event.id}, {"cause", cause}});
  }
  return done;
}

FetchOptions Webhook::RequestFor(const EventRecord& event,
                                 const UserRecord* user) const {
  FetchOptions fetch;
  fetch.total_timeout = settings_.timeout;
  fetch.connect_timeout = std::min(fetch.connect_timeout, settings_.timeout);
  fetch.max_body_bytes = kMaxAnswer;
  fetch.allow_private_addresses = settings_.allow_private_addresses;
  fetch.ca_pem = settings_.ca_pem;
  fetch.cancelled = &stopping_;
  fetch.post_body =
      std::make_shared<const std::string>(WebhookBody(settings_, event, user));
  const std::string timestamp =
      absl::StrCat(absl::ToUnixSeconds(deps_.clock->TimeNow()));
  fetch.headers = {
      {"Content-Type", "application/json"},
      {"Latchkey-Webhook", settings_.name},
      {"Latchkey-Event-Id", absl::StrCat(event.id)},
      {"Latchkey-Timestamp", timestamp},
      {"Latchkey-Signature",
       SignWebhook(settings_.secret, timestamp, *fetch.post_body)}};
  return fetch;
}

Webhook::Answer Webhook::Post(const EventRecord& event, std::string* cause) {
  const absl::StatusOr<UserRecord> user =
      deps_.users->Find(event.app, event.user);
  if (!user.ok() && GetReason(user.status()) != Reason::kUserNotFound) {
    *cause = std::string(user.status().message());
    return Answer::kTrouble;
  }
  const FetchOptions fetch = RequestFor(event, user.ok() ? &*user : nullptr);
  const absl::StatusOr<HttpResponse> response =
      deps_.http->Fetch(settings_.url, fetch);
  if (!response.ok()) {
    *cause = std::string(response.status().message());
    return Answer::kTrouble;
  }
  if (response->status >= 200 && response->status < 300) {
    return Answer::kTaken;
  }
  *cause = absl::StrCat("status ", response->status);
  return IsRefusal(response->status) ? Answer::kRefused : Answer::kTrouble;
}

bool Webhook::Wanted(const EventRecord& event) const {
  if (settings_.providers.empty()) return true;
  const std::string& names =
      event.providers.empty() ? event.provider.value() : event.providers;
  const std::vector<std::string> of_event = absl::StrSplit(names, ',');
  return std::any_of(settings_.providers.begin(), settings_.providers.end(),
                     [&](const ProviderName& provider) {
                       return std::find(of_event.begin(), of_event.end(),
                                        provider.value()) != of_event.end();
                     });
}

// Twice as long each time, and from half of it on: endpoints that come back
// are not met by everybody at once.
absl::Duration Webhook::Backoff() {
  absl::Duration delay = settings_.retry_delay;
  for (int i = 1; i < std::min(failures_, kMaxDoublings); ++i) delay *= 2;
  delay = std::min(delay, settings_.max_retry_delay);
  const int64_t half = absl::ToInt64Microseconds(delay / 2);
  return absl::Microseconds(half) +
         absl::Microseconds(static_cast<int64_t>(
             deps_.random->Uniform(static_cast<uint64_t>(half) + 1)));
}

}  // namespace latchkey
