#include "core/mail/mail_queue.h"

#include <algorithm>
#include <utility>

#include "core/base/log.h"
#include "core/base/secret.h"

namespace latchkey {
namespace {

using Outcome = SendResult::Outcome;

constexpr int kMaxDoublings = 20;

RateLimiter::Options AppLimit(uint32_t per_hour) {
  RateLimiter::Options options;
  options.per_minute = per_hour / 60.0;
  options.burst = per_hour;
  return options;
}

void Forget(Mail* mail) {
  WipeString(&mail->fields.link);
  WipeString(&mail->fields.token);
}

void LogMail(LogLevel level, absl::string_view event, const Mail& mail,
             absl::string_view cause) {
  Log(level, event,
      {{"app", mail.fields.app}, {"target", mail.target}, {"cause", cause}});
}

}  // namespace

MailQueue::MailQueue(MailQueueOptions options, MailSender* sender, Clock* clock,
                     Random* random)
    : options_(std::move(options)),
      sender_(sender),
      clock_(clock),
      random_(random),
      app_limit_(AppLimit(options_.app_mails_per_hour)),
      task_("lk-mail", clock, [this] { return SendDue(); }) {}

MailQueue::~MailQueue() {
  stopping_ = true;
  task_.Stop();
  absl::MutexLock lock(&mu_);
  for (auto& [due, job] : jobs_) Forget(&job.mail);
  if (!jobs_.empty()) {
    Log(LogLevel::kWarning, "mails_lost", {{"count", jobs_.size()}});
  }
}

void MailQueue::Drop(const Mail& mail, absl::string_view cause) {
  ++figures_.dropped;
  LogMail(LogLevel::kWarning, "mail_dropped", mail, cause);
}

void MailQueue::Enqueue(Mail mail) {
  const absl::Time now = clock_->TimeNow();
  {
    absl::MutexLock lock(&mu_);
    if (jobs_.size() >= options_.length) {
      Drop(mail, "the queue is full");
      Forget(&mail);
      return;
    }
    if (!app_limit_.Admit(mail.fields.app, now)) {
      Drop(mail, "the app has sent its mails of this hour");
      Forget(&mail);
      return;
    }
    jobs_.emplace(now, Job{std::move(mail)});
    ++fresh_;
  }
  task_.Wake();
}

void MailQueue::Drain(absl::Time deadline) {
  absl::MutexLock lock(&mu_);
  clock_->AwaitWithDeadline(
      &mu_, absl::Condition(this, &MailQueue::NothingFresh), deadline);
}

MailQueue::Figures MailQueue::figures() const {
  absl::MutexLock lock(&mu_);
  Figures figures = figures_;
  figures.waiting = jobs_.size();
  return figures;
}

absl::Time MailQueue::SendDue() {
  absl::Time next = absl::InfiniteFuture();
  while (!stopping_) {
    std::optional<Job> job = TakeDue(&next);
    if (!job.has_value()) break;
    const SendResult result = Send(*job);
    Judge(*std::move(job), result);
  }
  return next;
}

std::optional<MailQueue::Job> MailQueue::TakeDue(absl::Time* next) {
  const absl::Time now = clock_->TimeNow();
  absl::MutexLock lock(&mu_);
  *next = absl::InfiniteFuture();
  if (jobs_.empty()) return std::nullopt;
  *next = std::max(jobs_.begin()->first, resume_at_);
  if (*next > now) return std::nullopt;
  Job job = std::move(jobs_.begin()->second);
  jobs_.erase(jobs_.begin());
  return job;
}

SendResult MailQueue::Send(const Job& job) {
  const absl::Time now = clock_->TimeNow();
  if (now > job.mail.useless_after) {
    return {Outcome::kRefused, "its token has expired"};
  }
  const MailMessage message = BuildMessage(*job.mail.text, job.mail.fields,
                                           options_.from, now, random_);
  return sender_->Send(message, &stopping_);
}

void MailQueue::Judge(Job job, const SendResult& result) {
  const absl::Time now = clock_->TimeNow();
  absl::MutexLock lock(&mu_);
  if (job.tries++ == 0) --fresh_;
  const bool away = result.outcome == Outcome::kUnreachable;
  failures_in_a_row_ = away ? failures_in_a_row_ + 1 : 0;
  if (away) resume_at_ = now + Backoff(failures_in_a_row_);
  const bool again = away || result.outcome == Outcome::kTryLater;
  if (result.outcome == Outcome::kSent) {
    ++figures_.sent;
    LogMail(LogLevel::kDebug, "mail_sent", job.mail, "");
  } else if (again && job.tries <= options_.max_retries) {
    ++figures_.retries;
    LogMail(LogLevel::kWarning, "mail_retry", job.mail, result.cause);
    // Behind the others, in case it is the mail that the server cannot stand.
    const absl::Time due = away ? now : now + Backoff(job.tries);
    jobs_.emplace(due, std::move(job));
    return;
  } else {
    ++figures_.failed;
    LogMail(LogLevel::kError, "mail_failed", job.mail, result.cause);
  }
  Forget(&job.mail);
}

// A quarter more or less, so that several services do not come together.
absl::Duration MailQueue::Backoff(int failures) {
  const int doublings = std::min(failures - 1, kMaxDoublings);
  const absl::Duration delay =
      std::min(options_.retry_delay * (int64_t{1} << doublings),
               options_.max_retry_delay);
  return delay * (0.75 + static_cast<double>(random_->Uniform(500)) / 1000);
}

}  // namespace latchkey
