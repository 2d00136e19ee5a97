// MailQueue sends mails in the background.
#ifndef LATCHKEY_CORE_MAIL_MAIL_QUEUE_H_
#define LATCHKEY_CORE_MAIL_MAIL_QUEUE_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "core/base/background_task.h"
#include "core/base/clock.h"
#include "core/base/random.h"
#include "core/mail/mail_message.h"
#include "core/mail/mail_sender.h"
#include "core/mail/mail_template.h"
#include "core/mail/smtp_options.h"
#include "core/policy/rate_limiter.h"

namespace latchkey {

// Mail is what is to be sent; the message is built when its turn has come.
struct Mail {
  std::shared_ptr<const MailTemplate> text;
  MailFields fields;
  std::string target;        // for the log, which never has addresses
  absl::Time useless_after;  // not sent later: its token has expired
};

// MailQueue: thread-safe. One thread ("lk-mail") sends one mail after the
// other. A server that cannot be reached gets time, doubling, before anything
// is tried again; a mail that it cannot take now waits alone. What is in the
// queue when it is destroyed is lost, and said in the log.
class MailQueue final {
 public:
  // `sender`, `clock` and `random` are borrowed.
  MailQueue(MailQueueOptions options, MailSender* sender, Clock* clock,
            Random* random);
  ~MailQueue();
  MailQueue(const MailQueue&) = delete;
  MailQueue& operator=(const MailQueue&) = delete;

  // Enqueue never blocks. A full queue, or an app over its limit, drops the
  // mail with a log line and a figure: the caller must not be told, since only
  // known addresses get mail.
  void Enqueue(Mail mail);

  // Drain waits until every mail was tried once or the server is known to be
  // away, until `deadline` at most.
  void Drain(absl::Time deadline);

  struct Figures {
    size_t waiting = 0;
    uint64_t sent = 0;
    uint64_t retries = 0;
    uint64_t failed = 0;   // given up
    uint64_t dropped = 0;  // never tried
  };
  Figures figures() const;

 private:
  struct Job {
    Mail mail;
    int tries = 0;
  };

  // SendDue sends what may be sent now and returns when to go on.
  absl::Time SendDue();
  // TakeDue gives the next job; when there is none, *next is when to ask again.
  std::optional<Job> TakeDue(absl::Time* next);
  SendResult Send(const Job& job);
  void Judge(Job job, const SendResult& result);
  absl::Duration Backoff(int failures);
  void Drop(const Mail& mail, absl::string_view cause)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  bool NothingFresh() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    return fresh_ == 0 || failures_in_a_row_ > 0;
  }

  const MailQueueOptions options_;
  MailSender* const sender_;
  Clock* const clock_;
  Random* const random_;
  RateLimiter app_limit_;
  std::atomic<bool> stopping_{false};
  mutable absl::Mutex mu_;
  // By the time they are due; those of one time in the order they came.
  std::multimap<absl::Time, Job> jobs_ ABSL_GUARDED_BY(mu_);
  size_t fresh_ ABSL_GUARDED_BY(mu_) = 0;  // never tried to the end
  int failures_in_a_row_ ABSL_GUARDED_BY(mu_) = 0;
  absl::Time resume_at_ ABSL_GUARDED_BY(mu_) = absl::InfinitePast();
  Figures figures_ ABSL_GUARDED_BY(mu_);
  BackgroundTask task_;  // last: it starts at once
};

}  // namespace latchkey

#endif  // LATCHKEY_CORE_MAIL_MAIL_QUEUE_H_
