// The order, the patience and the bounds of the queue.
#include "core/mail/mail_queue.h"

#include <memory>
#include <string>
#include <vector>

#include "core/base/simulated_clock.h"
#include "core/mail/fake_mail_sender.h"
#include "core/testing/fake_random.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

using ::testing::ElementsAre;
using Outcome = SendResult::Outcome;

class MailQueueTest : public ::testing::Test {
 protected:
  MailQueueTest() {
    options_.from = "login@example.org";
    options_.length = 3;
    options_.max_retries = 2;
    options_.app_mails_per_hour = 0;
  }

  void Start() {
    queue_ = std::make_unique<MailQueue>(options_, &sender_, &clock_, &random_);
    clock_.WaitForWaiters(1);
  }
  void Enqueue(const std::string& to, const std::string& app = "app") {
    Mail mail;
    mail.text = std::make_shared<MailTemplate>(DefaultResetMail());
    mail.fields.email = to;
    mail.fields.app = app;
    mail.useless_after = clock_.TimeNow() + absl::Minutes(30);
    queue_->Enqueue(std::move(mail));
  }
  // Waits for that many tries in all, and for the queue to be at rest.
  void WaitForTries(int count) {
    sender_.WaitForTries(count);
    clock_.WaitForWaiters(1);
  }
  // Long enough for the next retry, whatever the chance.
  void Advance(absl::Duration by = absl::Minutes(7)) { clock_.AdvanceTime(by); }
  std::vector<std::string> Receivers() {
    std::vector<std::string> to;
    for (const auto& sent : sender_.sent()) to.push_back(sent.to);
    return to;
  }
  void ExpectFigures(uint64_t sent, uint64_t retries, uint64_t failed,
                     uint64_t dropped) {
    const MailQueue::Figures figures = queue_->figures();
    EXPECT_EQ(figures.sent, sent);
    EXPECT_EQ(figures.retries, retries);
    EXPECT_EQ(figures.failed, failed);
    EXPECT_EQ(figures.dropped, dropped);
  }

  SimulatedClock clock_{absl::FromUnixSeconds(1'700'000'000)};
  FakeRandom random_;
  FakeMailSender sender_;
  MailQueueOptions options_;
  std::unique_ptr<MailQueue> queue_;
};

TEST_F(MailQueueTest, SendsInOrder) {
  Start();
  for (const char* to : {"a@x.y", "b@x.y", "c@x.y"}) Enqueue(to);
  sender_.WaitForTries(3);
  EXPECT_THAT(Receivers(), ElementsAre("a@x.y", "b@x.y", "c@x.y"));
  EXPECT_EQ(sender_.sent()[0].from, "login@example.org");
  queue_->Drain(absl::InfiniteFuture());
  ExpectFigures(3, 0, 0, 0);
}

TEST_F(MailQueueTest, WaitsForAServerThatIsAway) {
  sender_.AnswerNext(Outcome::kUnreachable);
  Start();
  Enqueue("a@x.y");
  WaitForTries(1);
  // Nobody is tried before the pause is over.
  Enqueue("b@x.y");
  clock_.WaitForWaiters(1);
  EXPECT_EQ(sender_.tries(), 1);
  queue_->Drain(absl::InfiniteFuture());  // does not wait for it
  Advance();
  WaitForTries(3);
  EXPECT_EQ(sender_.sent().size(), 2u);
  queue_->Drain(absl::InfiniteFuture());
  ExpectFigures(2, 1, 0, 0);
}

TEST_F(MailQueueTest, AMailThatMustWaitHoldsUpNoOther) {
  sender_.AnswerNext(Outcome::kTryLater);
  Start();
  Enqueue("a@x.y");
  WaitForTries(1);
  Enqueue("b@x.y");
  WaitForTries(2);
  EXPECT_THAT(Receivers(), ElementsAre("b@x.y"));
  Advance();
  WaitForTries(3);
  EXPECT_THAT(Receivers(), ElementsAre("b@x.y", "a@x.y"));
}

TEST_F(MailQueueTest, GivesUpAfterTheLastRetry) {
  for (int i = 0; i < 3; ++i) sender_.AnswerNext(Outcome::kTryLater);
  Start();
  Enqueue("a@x.y");
  for (int i = 1; i <= 3; ++i) {
    WaitForTries(i);
    Advance();
  }
  clock_.WaitForWaiters(1);
  EXPECT_EQ(sender_.tries(), 3);
  ExpectFigures(0, 2, 1, 0);
  EXPECT_EQ(queue_->figures().waiting, 0u);
}

TEST_F(MailQueueTest, TriesNoRefusedMailAgain) {
  sender_.AnswerNext(Outcome::kRefused);
  Start();
  Enqueue("a@x.y");
  WaitForTries(1);
  Advance();
  EXPECT_EQ(sender_.tries(), 1);
  ExpectFigures(0, 0, 1, 0);
}

TEST_F(MailQueueTest, SendsNoExpiredToken) {
  sender_.AnswerNext(Outcome::kTryLater);
  Start();
  Enqueue("a@x.y");
  WaitForTries(1);
  Advance(absl::Minutes(31));
  clock_.WaitForWaiters(1);
  queue_->Drain(absl::InfiniteFuture());
  EXPECT_EQ(sender_.tries(), 1);
  // The thread may not have come to it yet: give it a mail to come past.
  Enqueue("b@x.y");
  WaitForTries(2);
  ExpectFigures(1, 1, 1, 0);
}

TEST_F(MailQueueTest, DropsWhatIsTooMuch) {
  sender_.AnswerNext(Outcome::kUnreachable);
  Start();
  Enqueue("a@x.y");
  WaitForTries(1);
  for (const char* to : {"b@x.y", "c@x.y", "d@x.y"}) Enqueue(to);
  ExpectFigures(0, 1, 0, 1);
  EXPECT_EQ(queue_->figures().waiting, 3u);
}

TEST_F(MailQueueTest, BoundsTheMailsOfAnAppInAnHour) {
  options_.app_mails_per_hour = 2;
  Start();
  for (const char* to : {"a@x.y", "b@x.y", "c@x.y"}) Enqueue(to, "one");
  Enqueue("d@x.y", "two");
  WaitForTries(3);
  EXPECT_THAT(Receivers(), ElementsAre("a@x.y", "b@x.y", "d@x.y"));
  EXPECT_EQ(queue_->figures().dropped, 1u);
  Advance(absl::Minutes(31));
  Enqueue("c@x.y", "one");
  WaitForTries(4);
}

}  // namespace
}  // namespace latchkey
