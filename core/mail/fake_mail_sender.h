// FakeMailSender keeps mails in memory. For tests.
#ifndef LATCHKEY_CORE_MAIL_FAKE_MAIL_SENDER_H_
#define LATCHKEY_CORE_MAIL_FAKE_MAIL_SENDER_H_

#include <atomic>
#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "core/mail/mail_sender.h"

namespace latchkey {

// Thread-safe. Takes everything unless told otherwise.
class FakeMailSender final : public MailSender {
 public:
  struct Sent {
    std::string from;
    std::string to;
    std::string data;
  };

  SendResult Send(const MailMessage& message,
                  const std::atomic<bool>* /*cancelled*/) override {
    absl::MutexLock lock(&mu_);
    ++tries_;
    SendResult result;
    if (!results_.empty()) {
      result = results_.front();
      results_.pop_front();
    }
    if (result.outcome == SendResult::Outcome::kSent) {
      sent_.push_back(
          {message.from, message.to, std::string(message.data.RevealSecret())});
    }
    return result;
  }

  // AnswerNext answers one of the next tries so, in the order of the calls.
  void AnswerNext(SendResult::Outcome outcome) {
    absl::MutexLock lock(&mu_);
    results_.push_back({outcome, "told so"});
  }
  // WaitForTries waits (real time) until Send was called so often in all.
  void WaitForTries(int count) {
    absl::MutexLock lock(&mu_);
    const auto enough = [this, count]() ABSL_SHARED_LOCKS_REQUIRED(mu_) {
      return tries_ >= count;
    };
    mu_.Await(absl::Condition(&enough));
  }
  int tries() const {
    absl::MutexLock lock(&mu_);
    return tries_;
  }
  std::vector<Sent> sent() const {
    absl::MutexLock lock(&mu_);
    return sent_;
  }

 private:
  mutable absl::Mutex mu_;
  std::deque<SendResult> results_ ABSL_GUARDED_BY(mu_);
  std::vector<Sent> sent_ ABSL_GUARDED_BY(mu_);
  int tries_ ABSL_GUARDED_BY(mu_) = 0;
};

}  // namespace latchkey

#endif  // LATCHKEY_CORE_MAIL_FAKE_MAIL_SENDER_H_
