#include "core/outbound/outbound_credentials.h"

#include <algorithm>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "core/base/log.h"
#include "core/base/reason.h"
#include "core/outbound/token_reply.h"

namespace latchkey {
namespace {

// The scheduler looks at least this often, so that a clock that was set back
// does not postpone refreshes; and so soon while somebody waits who may go
// away.
constexpr absl::Duration kLongestSleep = absl::Seconds(60);
constexpr absl::Duration kSleepWithWaiters = absl::Seconds(1);
constexpr size_t kFetchQueueLength = 4096;
// When calls that wait are too many.
constexpr absl::Duration kOverloadedRetry = absl::Milliseconds(500);

using TokenOr = OutboundCredentials::TokenOr;

bool IsAllowed(const std::vector<std::string>& allowed,
               absl::string_view caller) {
  return allowed.empty() || absl::c_linear_search(allowed, caller);
}

absl::Status NotFound() {
  return Error(Reason::kResourceNotFound, "outbound credential");
}
absl::Status NotAllowed() {
  return Error(Reason::kCallerNotAllowed, "not a caller of the credential");
}

void LogFailure(const OutboundSettings& settings, const absl::Status& failure) {
  Log(LogLevel::kWarning, "outbound_fetch_failed",
      {{"credential", settings.name},
       {"reason", GetReasonInfo(GetReason(failure)).name},
       {"detail", failure.message()}});
}

}  // namespace

OutboundCredentials::OutboundCredentials(OutboundOptions options,
                                         HttpFetcher* fetcher, Clock* clock,
                                         Random* random)
    : options_(std::move(options)),
      fetcher_(fetcher),
      clock_(clock),
      random_(random) {
  WorkQueue::Options queue;
  queue.name = "lk-out-fetch";
  queue.threads = options_.fetch_threads;
  queue.length = kFetchQueueLength;
  pool_ = std::make_unique<WorkQueue>(std::move(queue));
  scheduler_ = std::make_unique<BackgroundTask>("lk-outbound", clock_,
                                                [this] { return Tick(); });
}

OutboundCredentials::~OutboundCredentials() {
  stopping_ = true;
  scheduler_->Stop();
  pool_.reset();  // the last jobs still wake the scheduler
  Answers answers;
  {
    absl::MutexLock lock(&mu_);
    for (auto& [number, entry] : entries_) {
      Release(
          &entry,
          [](const Request&) -> std::optional<TokenOr> {
            return Error(Reason::kIssuerUnavailable, "stopping");
          },
          &answers);
    }
  }
  Give(std::move(answers));
}

void OutboundCredentials::Give(Answers answers) {
  for (Answer& answer : answers) answer.done(answer.token);
}

uint64_t OutboundCredentials::FindNumber(absl::string_view name) const {
  for (const auto& [number, entry] : entries_) {
    if (entry.state.settings().name == name) return number;
  }
  return 0;
}

void OutboundCredentials::Replace(std::vector<OutboundSettings> credentials) {
  Answers answers;
  {
    absl::MutexLock lock(&mu_);
    std::map<uint64_t, Entry> old = std::move(entries_);
    entries_.clear();
    for (OutboundSettings& one : credentials) {
      auto settings = std::make_shared<const OutboundSettings>(std::move(one));
      const auto same = std::find_if(old.begin(), old.end(), [&](auto& entry) {
        const OutboundSettings& was = entry.second.state.settings();
        return was.name == settings->name && was.version == settings->version;
      });
      if (same == old.end()) {
        entries_.try_emplace(++last_number_, std::move(settings), &options_,
                             random_);
      } else {
        same->second.state.Reconfigure(std::move(settings));
        entries_.insert(old.extract(same));
      }
    }
    Publish();
    for (auto& [number, entry] : old) {
      for (Waiter& waiter : entry.waiters) {
        --waiting_;
        Enter(std::move(waiter.request), std::move(waiter.done), &answers);
      }
    }
  }
  Give(std::move(answers));
  scheduler_->Wake();
}

std::optional<absl::Status> OutboundCredentials::TryFetch(
    absl::string_view name, absl::string_view caller,
    absl::FunctionRef<void(const OutboundToken&)> use) {
  const PublishedTokens& all = published_.Get();
  const auto found = all.by_name.find(name);
  if (found == all.by_name.end()) return NotFound();
  const PublishedTokens::Entry& entry = found->second;
  if (!IsAllowed(entry.allowed_callers, caller)) return NotAllowed();
  const absl::Time now = clock_->TimeNow();
  if (entry.token == nullptr || now >= entry.usable_until) return std::nullopt;
  // Read first: a line that all threads write to is slow for all of them.
  if (!entry.used->load(std::memory_order_relaxed)) {
    entry.used->store(true, std::memory_order_relaxed);
    if (now >= entry.refresh_at) scheduler_->Wake();
  }
  use(*entry.token);
  return absl::OkStatus();
}

void OutboundCredentials::Fetch(Request request, Done done) {
  Answers answers;
  {
    absl::MutexLock lock(&mu_);
    Enter(std::move(request), std::move(done), &answers);
  }
  Give(std::move(answers));
  scheduler_->Wake();  // which knows nothing of its deadline yet
}

void OutboundCredentials::Enter(Request request, Done done, Answers* answers) {
  const auto answer = [&](TokenOr token) {
    answers->push_back({std::move(done), std::move(token)});
  };
  const uint64_t number = FindNumber(request.name);
  if (number == 0) return answer(NotFound());
  Entry& entry = entries_.at(number);
  CredentialState& state = entry.state;
  if (!IsAllowed(state.settings().allowed_callers, request.caller)) {
    return answer(NotAllowed());
  }
  const absl::Time now = clock_->TimeNow();
  if (!request.refused.empty()) {
    const absl::Status dropped = state.Drop(request.refused, now);
    if (!dropped.ok()) return answer(dropped);
    request.refused = Secret();
    Publish();
  }
  if (state.IsUsable(now)) {
    state.used()->store(true, std::memory_order_relaxed);
    return answer(state.token());
  }
  if (state.IsPaused(now)) return answer(state.Failure(now));
  if (state.is_fetching() && !state.CanAnswerBy(request.deadline)) {
    return answer(state.Failure(now));
  }
  if (waiting_ >= options_.max_waiters) {
    return answer(WithRetryAfter(
        Error(Reason::kOverloaded, "too many calls wait"), kOverloadedRetry));
  }
  ++waiting_;
  entry.waiters.push_back({std::move(request), std::move(done)});
  if (!state.is_fetching()) Start(number, &entry, answers);
}

void OutboundCredentials::Start(uint64_t number, Entry* entry,
                                Answers* answers) {
  const absl::Time now = clock_->TimeNow();
  const bool submitted =
      pool_->TrySubmit([this, number, attempt = entry->state.Begin(now)] {
        Try(number, attempt);
      });
  if (submitted) return;
  entry->state.Abandon(Error(Reason::kIssuerUnavailable, "the pool is full"),
                       now);
  ReleaseFailed(entry, answers);
}

void OutboundCredentials::Release(Entry* entry, Pick pick, Answers* answers) {
  std::vector<Waiter> left;
  for (Waiter& waiter : entry->waiters) {
    std::optional<TokenOr> token = pick(waiter.request);
    if (token.has_value()) {
      --waiting_;
      answers->push_back({std::move(waiter.done), *std::move(token)});
    } else {
      left.push_back(std::move(waiter));
    }
  }
  entry->waiters = std::move(left);
}

// Who has not the time for another try learns now why the last one failed.
void OutboundCredentials::ReleaseFailed(Entry* entry, Answers* answers) {
  const CredentialState& state = entry->state;
  const absl::Status failure = state.Failure(clock_->TimeNow());
  Release(
      entry,
      [&](const Request& request) -> std::optional<TokenOr> {
        if (state.is_fetching() && state.CanAnswerBy(request.deadline)) {
          return std::nullopt;
        }
        return failure;
      },
      answers);
}

void OutboundCredentials::Try(uint64_t number, const TokenTry& attempt) {
  TokenTryResult result{Error(Reason::kIssuerUnavailable, "stopping"), ""};
  if (!stopping_) {
    result =
        RunTokenTry(attempt, options_, {fetcher_, clock_, random_, &stopping_});
  }
  if (!result.token.ok()) LogFailure(*attempt.settings, result.token.status());
  Answers answers;
  {
    absl::MutexLock lock(&mu_);
    const auto found = entries_.find(number);
    if (found == entries_.end()) return;  // of a version that is gone
    Entry& entry = found->second;
    const std::shared_ptr<const OutboundToken> token = entry.state.End(
        std::move(result), !entry.waiters.empty(), clock_->TimeNow());
    if (token == nullptr) {
      ReleaseFailed(&entry, &answers);
    } else {
      Publish();
      Release(
          &entry,
          [&](const Request&) -> std::optional<TokenOr> { return token; },
          &answers);
    }
  }
  Give(std::move(answers));
  scheduler_->Wake();
}

absl::Time OutboundCredentials::Tick() {
  Answers answers;
  absl::Time next;
  {
    absl::MutexLock lock(&mu_);
    const absl::Time now = clock_->TimeNow();
    next = now + (waiting_ > 0 ? kSleepWithWaiters : kLongestSleep);
    for (auto& [number, entry] : entries_) {
      Release(
          &entry,
          [&](const Request& request) -> std::optional<TokenOr> {
            if (now >= request.deadline) {
              return Error(Reason::kDeadlineExceeded, "no token in time");
            }
            if (request.cancelled && request.cancelled()) {
              return Error(Reason::kCancelled, "the caller is gone");
            }
            return std::nullopt;
          },
          &answers);
      for (const Waiter& waiter : entry.waiters) {
        next = std::min(next, waiter.request.deadline);
      }
      if (!stopping_ && entry.state.IsDue(now)) {
        Start(number, &entry, &answers);
      }
      next = std::min(next, entry.state.NextDue(now));
    }
  }
  Give(std::move(answers));
  return next;
}

std::vector<OutboundStatus> OutboundCredentials::List() const {
  absl::MutexLock lock(&mu_);
  const absl::Time now = clock_->TimeNow();
  std::vector<OutboundStatus> all;
  for (const auto& [number, entry] : entries_) {
    const CredentialState& state = entry.state;
    OutboundStatus one;
    one.name = state.settings().name;
    one.endpoint = state.settings().token_url.empty()
                       ? state.settings().issuer
                       : state.settings().token_url;
    one.scopes = state.settings().scopes;
    if (state.IsUsable(now)) {
      one.expires_at = state.token()->expires_at;
      one.refresh_at = state.refresh_at();
    }
    const absl::Status failure = state.Failure(now);
    if (!failure.ok()) one.last_failure = GetReason(failure);
    one.tries = state.tries();
    one.failed_tries = state.failed_tries();
    all.push_back(std::move(one));
  }
  absl::c_sort(all,
               [](const auto& a, const auto& b) { return a.name < b.name; });
  return all;
}

std::vector<OutboundStatus> OutboundCredentials::List(
    absl::string_view caller) const {
  std::vector<OutboundStatus> all = List();
  const PublishedTokens& published = published_.Get();
  const auto hidden = [&](const OutboundStatus& one) {
    const auto found = published.by_name.find(one.name);
    return found == published.by_name.end() ||
           !IsAllowed(found->second.allowed_callers, caller);
  };
  all.erase(std::remove_if(all.begin(), all.end(), hidden), all.end());
  return all;
}

void OutboundCredentials::Publish() {
  auto all = std::make_shared<PublishedTokens>();
  for (const auto& [number, entry] : entries_) {
    const CredentialState& state = entry.state;
    all->by_name[state.settings().name] = {state.settings().allowed_callers,
                                           state.token(), state.usable_until(),
                                           state.refresh_at(), state.used()};
  }
  published_.Set(std::move(all));
}

}  // namespace latchkey
