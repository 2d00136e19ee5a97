#include "core/provider/password_service.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "core/base/reason.h"
#include "core/base/simulated_clock.h"
#include "core/base/work_queue.h"
#include "core/store/credential_store.h"
#include "core/store/store.h"
#include "core/testing/fake_random.h"
#include "core/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

// GateRandom makes whoever asks for bytes wait while it is shut. A hash draws
// its salt with its memory taken, so a test can hold the memory for as long as
// it needs.
class GateRandom final : public Random {
 public:
  void Fill(absl::Span<uint8_t> out) override {
    {
      absl::MutexLock lock(&mu_);
      ++arrived_;
      mu_.Await(absl::Condition(&open_));
    }
    random_.Fill(out);
  }
  void Shut() {
    absl::MutexLock lock(&mu_);
    open_ = false;
    arrived_ = 0;
  }
  void Open() {
    absl::MutexLock lock(&mu_);
    open_ = true;
  }
  void WaitForOne() {
    absl::MutexLock lock(&mu_);
    const auto one = [this]() ABSL_SHARED_LOCKS_REQUIRED(mu_) {
      return arrived_ > 0;
    };
    mu_.Await(absl::Condition(&one));
  }

 private:
  FakeRandom random_;
  absl::Mutex mu_;
  bool open_ ABSL_GUARDED_BY(mu_) = true;
  int arrived_ ABSL_GUARDED_BY(mu_) = 0;
};

// WriteCounter counts the writes that change or rewrite a record.
class WriteCounter final : public PasswordStore {
 public:
  explicit WriteCounter(PasswordStore* store) : store_(store) {}
  absl::Status Insert(const PasswordRecord& record) override {
    return Count(store_->Insert(record));
  }
  absl::StatusOr<PasswordRecord> FindByEmail(const AppId& app,
                                             const ProviderName& provider,
                                             absl::string_view email) override {
    return store_->FindByEmail(app, provider, email);
  }
  absl::StatusOr<PasswordRecord> FindById(const AppId& app,
                                          absl::string_view id) override {
    return store_->FindById(app, id);
  }
  absl::Status CompareAndUpdate(const PasswordRecord& record) override {
    return Count(store_->CompareAndUpdate(record));
  }
  absl::Status Remove(const AppId& app, absl::string_view id) override {
    return Count(store_->Remove(app, id));
  }
  absl::Status Rewrite(const AppId& app, const ProviderName& provider,
                       absl::string_view email) override {
    return Count(store_->Rewrite(app, provider, email));
  }
  absl::StatusOr<std::vector<PasswordRecord>> ListPending(
      const AppId& app, absl::string_view after, size_t limit) override {
    return store_->ListPending(app, after, limit);
  }
  int done() const { return done_; }

 private:
  absl::Status Count(absl::Status status) {
    if (status.ok()) ++done_;
    return status;
  }
  PasswordStore* const store_;
  int done_ = 0;
};

PasswordPolicy Cheap() {
  PasswordPolicy policy;
  policy.argon2id.memory_kib = 8;
  policy.argon2id.iterations = 1;
  return policy;
}

class PasswordServiceTest : public testing::Test {
 protected:
  PasswordServiceTest() { ctx_.deadline = clock_.TimeNow() + absl::Seconds(9); }

  absl::Status Register(absl::string_view email, absl::string_view password,
                        bool confirmed = true) {
    return service_.Register(app_, provider_, email, Secret(password),
                             confirmed, ctx_);
  }
  absl::StatusOr<PasswordRecord> Check(absl::string_view email,
                                       absl::string_view password) {
    return service_.Check(app_, provider_, email, Secret(password), ctx_);
  }
  absl::StatusOr<PasswordRecord> Stored(absl::string_view email) {
    return store_->passwords()->FindByEmail(app_, provider_, email);
  }
  // HashesOf counts the hashes that `call` costs.
  template <typename Call>
  uint64_t HashesOf(Call call) {
    const uint64_t before = service_.hashes_run();
    call();
    return service_.hashes_run() - before;
  }

  const AppId app_{"myapp-abcde"};
  const ProviderName provider_{"email_password"};
  SimulatedClock clock_{absl::FromUnixSeconds(1'800'000'000)};
  GateRandom random_;
  std::unique_ptr<Store> store_ = NewMemoryStore();
  PasswordService service_{Cheap(), store_->passwords(), &clock_, &random_};
  CallContext ctx_;
};

TEST_F(PasswordServiceTest, ChecksWhatWasRegistered) {
  ASSERT_THAT(Register("Jean@Example.org", "correct horse"), IsOk());
  const auto record = Check("jean@EXAMPLE.org", "correct horse");
  ASSERT_THAT(record, IsOk());
  EXPECT_EQ(record->email, "jean@example.org");
  EXPECT_TRUE(IsObjectId(record->id));
  EXPECT_THAT(record->phc, testing::StartsWith("$argon2id$v=19$m=8,t=1,p=1$"));
}

TEST_F(PasswordServiceTest, UnknownAndWrongAndRightCostTheSame) {
  ASSERT_THAT(Register("a@example.org", "correct horse"), IsOk());
  EXPECT_EQ(HashesOf([&] {
              EXPECT_THAT(Check("a@example.org", "correct horse"), IsOk());
            }),
            1u);
  EXPECT_EQ(HashesOf([&] {
              EXPECT_THAT(Check("a@example.org", "wrong horse"),
                          HasReason(Reason::kCredentialRejected));
            }),
            1u);
  EXPECT_EQ(HashesOf([&] {
              EXPECT_THAT(Check("b@example.org", "correct horse"),
                          HasReason(Reason::kCredentialRejected));
            }),
            1u);
}

TEST_F(PasswordServiceTest, RegisterTellsNothingAboutKnownAddresses) {
  EXPECT_EQ(HashesOf([&] {
              EXPECT_THAT(Register("a@example.org", "correct horse"), IsOk());
            }),
            1u);
  const auto before = Stored("a@example.org");
  EXPECT_EQ(HashesOf([&] {
              EXPECT_THAT(Register("A@example.org", "another horse"), IsOk());
            }),
            1u);
  const auto after = Stored("a@example.org");
  ASSERT_THAT(after, IsOk());
  EXPECT_EQ(after->phc, before->phc);
  EXPECT_EQ(after->version, before->version);
  EXPECT_THAT(Check("a@example.org", "another horse"),
              HasReason(Reason::kCredentialRejected));
}

TEST_F(PasswordServiceTest, RegisterWritesForKnownAddressesToo) {
  WriteCounter counter(store_->passwords());
  PasswordService service(Cheap(), &counter, &clock_, &random_);
  for (int writes = 1; writes <= 3; ++writes) {
    EXPECT_THAT(service.Register(app_, provider_, "A@example.org",
                                 Secret("correct horse"), true, ctx_),
                IsOk());
    EXPECT_EQ(counter.done(), writes);
  }
}

TEST_F(PasswordServiceTest, RegisterNewTellsOfTakenAddresses) {
  const auto register_new = [this](absl::string_view password) {
    return service_.RegisterNew(app_, provider_, "A@example.org",
                                Secret(password), true, ctx_);
  };
  EXPECT_THAT(register_new("short"), HasReason(Reason::kPasswordUnacceptable));
  const auto record = register_new("correct horse");
  ASSERT_THAT(record, IsOk());
  const auto stored = Stored("a@example.org");
  ASSERT_THAT(stored, IsOk());
  EXPECT_EQ(record->id, stored->id);
  EXPECT_EQ(record->version, stored->version);
  EXPECT_THAT(register_new("another horse"),
              HasReason(Reason::kResourceExists));
  EXPECT_THAT(Check("a@example.org", "correct horse"), IsOk());
}

TEST_F(PasswordServiceTest, LongPasswordsAreRefusedBeforeTheHash) {
  const std::string huge(1 << 20, 'x');
  EXPECT_EQ(HashesOf([&] {
              EXPECT_THAT(Register("a@example.org", huge),
                          HasReason(Reason::kPasswordUnacceptable));
              EXPECT_THAT(Check("a@example.org", huge),
                          HasReason(Reason::kInvalidRequest));
              EXPECT_THAT(Check("a@example.org", std::string(1025, 'x')),
                          HasReason(Reason::kInvalidRequest));
              EXPECT_THAT(Check("a@example.org", ""),
                          HasReason(Reason::kInvalidRequest));
            }),
            0u);
  const std::string longest(1024, 'x');
  EXPECT_THAT(Register("a@example.org", longest), IsOk());
  EXPECT_THAT(Check("a@example.org", longest), IsOk());
}

TEST_F(PasswordServiceTest, LengthIsCountedInCodePoints) {
  const std::string e_acute = "\xc3\xa9";
  std::string seven;
  for (int i = 0; i < 7; ++i) seven += e_acute;
  const absl::Status refused = Register("a@example.org", seven);
  ASSERT_THAT(refused, HasReason(Reason::kPasswordUnacceptable));
  EXPECT_EQ(GetFieldViolations(refused).at(0).field, "password");
  EXPECT_THAT(Register("a@example.org", seven + e_acute), IsOk());
  EXPECT_THAT(Register("b@example.org", "\xff 12345678"),
              HasReason(Reason::kPasswordUnacceptable));
  EXPECT_THAT(Register("not an address", "correct horse"),
              HasReason(Reason::kInvalidRequest));
}

TEST_F(PasswordServiceTest, EveryByteCounts) {
  const std::string with_nul("abcdefgh\0ijk", 12);
  ASSERT_THAT(Register("a@example.org", with_nul), IsOk());
  EXPECT_THAT(Check("a@example.org", with_nul), IsOk());
  EXPECT_THAT(Check("a@example.org", "abcdefgh"),
              HasReason(Reason::kCredentialRejected));
  const std::string prefix(72, 'p');  // bcrypt would stop reading here
  ASSERT_THAT(Register("b@example.org", prefix + "one"), IsOk());
  EXPECT_THAT(Check("b@example.org", prefix + "two"),
              HasReason(Reason::kCredentialRejected));
}

TEST_F(PasswordServiceTest, AddressesBelongToAppAndProvider) {
  ASSERT_THAT(Register("a@example.org", "correct horse"), IsOk());
  EXPECT_THAT(service_.Check(AppId("other"), provider_, "a@example.org",
                             Secret("correct horse"), ctx_),
              HasReason(Reason::kCredentialRejected));
  EXPECT_THAT(service_.Check(app_, ProviderName("other"), "a@example.org",
                             Secret("correct horse"), ctx_),
              HasReason(Reason::kCredentialRejected));
}

TEST_F(PasswordServiceTest, UnconfirmedShowsOnlyToWhoKnowsThePassword) {
  ASSERT_THAT(Register("a@example.org", "correct horse", false), IsOk());
  EXPECT_THAT(Check("a@example.org", "correct horse"),
              HasReason(Reason::kEmailUnconfirmed));
  EXPECT_THAT(Check("a@example.org", "wrong horse"),
              HasReason(Reason::kCredentialRejected));
}

TEST_F(PasswordServiceTest, OldParametersAreReplaced) {
  PasswordPolicy dearer = Cheap();
  dearer.argon2id.memory_kib = 16;
  PasswordService later(dearer, store_->passwords(), &clock_, &random_);
  ASSERT_THAT(Register("a@example.org", "correct horse"), IsOk());

  const auto record = later.Check(app_, provider_, "a@example.org",
                                  Secret("correct horse"), ctx_);
  ASSERT_THAT(record, IsOk());
  EXPECT_THAT(record->phc, testing::HasSubstr("m=16,"));
  const auto stored = Stored("a@example.org");
  ASSERT_THAT(stored, IsOk());
  EXPECT_EQ(stored->phc, record->phc);
  EXPECT_EQ(stored->version, record->version);
  EXPECT_THAT(later.Check(app_, provider_, "a@example.org",
                          Secret("correct horse"), ctx_),
              IsOk());
}

TEST_F(PasswordServiceTest, ChangeNeedsTheCurrentPassword) {
  ASSERT_THAT(Register("a@example.org", "correct horse"), IsOk());
  const auto change = [this](absl::string_view from, absl::string_view to) {
    return service_.Change(app_, provider_, "a@example.org",
                           {Secret(from), Secret(to)}, ctx_);
  };
  EXPECT_THAT(change("wrong horse", "battery staple"),
              HasReason(Reason::kCredentialRejected));
  const auto weak = change("correct horse", "short");
  ASSERT_THAT(weak, HasReason(Reason::kPasswordUnacceptable));
  EXPECT_EQ(GetFieldViolations(weak.status()).at(0).field, "new_password");
  EXPECT_THAT(Check("a@example.org", "correct horse"), IsOk());

  const auto changed = change("correct horse", "battery staple");
  ASSERT_THAT(changed, IsOk());
  EXPECT_EQ(changed->version, Stored("a@example.org")->version);
  EXPECT_THAT(Check("a@example.org", "battery staple"), IsOk());
  EXPECT_THAT(Check("a@example.org", "correct horse"),
              HasReason(Reason::kCredentialRejected));
}

TEST_F(PasswordServiceTest, WhatComesBeforeAChangeMayStopIt) {
  ASSERT_THAT(Register("a@example.org", "correct horse"), IsOk());
  int asked = 0;
  const auto change = [&](absl::string_view from) {
    const auto stop = [&] {
      ++asked;
      return Error(Reason::kStoreUnavailable, "no sessions");
    };
    return service_.Change(app_, provider_, "a@example.org",
                           {Secret(from), Secret("battery staple"), stop},
                           ctx_);
  };
  EXPECT_THAT(change("wrong horse"), HasReason(Reason::kCredentialRejected));
  EXPECT_EQ(asked, 0);
  EXPECT_THAT(change("correct horse"), HasReason(Reason::kStoreUnavailable));
  EXPECT_EQ(asked, 1);
  EXPECT_THAT(Check("a@example.org", "correct horse"), IsOk());
}

TEST_F(PasswordServiceTest, WhatWasCheckedHoldsUntilTheChange) {
  ASSERT_THAT(Register("a@example.org", "correct horse"), IsOk());
  const auto checked = Check("a@example.org", "correct horse");
  ASSERT_THAT(checked, IsOk());
  EXPECT_THAT(service_.StillHolds(*checked), IsOk());
  const auto changed = service_.Change(
      app_, provider_, "a@example.org",
      {Secret("correct horse"), Secret("battery staple")}, ctx_);
  ASSERT_THAT(changed, IsOk());
  EXPECT_THAT(service_.StillHolds(*checked),
              HasReason(Reason::kCredentialRejected));
  EXPECT_THAT(service_.StillHolds(*changed), IsOk());
  ASSERT_THAT(store_->passwords()->Remove(app_, changed->id), IsOk());
  EXPECT_THAT(service_.StillHolds(*changed),
              HasReason(Reason::kCredentialRejected));
}

// Of two first logins after the parameters changed, both are right.
TEST_F(PasswordServiceTest, RacingRehashesLeaveEverybodyTheNewRecord) {
  PasswordPolicy dearer = Cheap();
  dearer.argon2id.memory_kib = 16;
  PasswordService later(dearer, store_->passwords(), &clock_, &random_);
  ASSERT_THAT(Register("a@example.org", "correct horse"), IsOk());
  const auto check = [&] {
    return later.Check(app_, provider_, "a@example.org",
                       Secret("correct horse"), ctx_);
  };
  absl::StatusOr<PasswordRecord> slow;
  random_.Shut();
  {
    WorkQueue queue({"lk-test", 1, 1, 0});
    ASSERT_TRUE(queue.TrySubmit([&] { slow = check(); }));
    random_.WaitForOne();  // in its rehash
    auto record = Stored("a@example.org");
    ASSERT_THAT(record, IsOk());
    ASSERT_THAT(store_->passwords()->CompareAndUpdate(*record), IsOk());
    random_.Open();
  }
  ASSERT_THAT(slow, IsOk());
  EXPECT_THAT(later.StillHolds(*slow), IsOk());
}

TEST_F(PasswordServiceTest, TamperedHashesMatchNothing) {
  ASSERT_THAT(Register("a@example.org", "correct horse"), IsOk());
  const std::vector<std::string> tampered = {
      "",
      "$argon2id$",
      "$argon2id$v=19$m=4294967295,t=1,p=1$c2FsdHNhbHQ$aGFzaGhhc2g",
      "$argon2id$v=19$m=99999999999999999999,t=1,p=1$c2FsdHNhbHQ$aGFzaA",
      "$argon2id$v=19$m=1048576,t=1,p=1$c2FsdHNhbHQ$aGFzaGhhc2g",
      "$argon2id$v=19$m=8,t=1000000000,p=1$c2FsdHNhbHQ$aGFzaGhhc2g",
  };
  for (const std::string& phc : tampered) {
    auto record = Stored("a@example.org");
    ASSERT_THAT(record, IsOk());
    record->phc = phc;
    ASSERT_THAT(store_->passwords()->CompareAndUpdate(*record), IsOk());
    EXPECT_EQ(HashesOf([&] {
                EXPECT_THAT(Check("a@example.org", "correct horse"),
                            HasReason(Reason::kCredentialRejected))
                    << phc;
              }),
              1u);
  }
}

TEST_F(PasswordServiceTest, UnwantedCallsCostNoHash) {
  ASSERT_THAT(Register("a@example.org", "correct horse"), IsOk());
  ctx_.cancelled = [] { return true; };
  EXPECT_EQ(HashesOf([&] {
              EXPECT_THAT(Check("a@example.org", "correct horse"),
                          HasReason(Reason::kCancelled));
              EXPECT_THAT(Register("b@example.org", "correct horse"),
                          HasReason(Reason::kCancelled));
            }),
            0u);
  ctx_.cancelled = nullptr;
  ctx_.deadline = clock_.TimeNow();
  EXPECT_EQ(HashesOf([&] {
              EXPECT_THAT(Check("a@example.org", "correct horse"),
                          HasReason(Reason::kDeadlineExceeded));
            }),
            0u);
}

TEST_F(PasswordServiceTest, WaitsForMemoryUntilTheDeadlineOnly) {
  PasswordPolicy one_at_a_time = Cheap();
  one_at_a_time.memory_budget_mib = 0;
  PasswordService narrow(one_at_a_time, store_->passwords(), &clock_, &random_);
  absl::Notification waited;
  absl::StatusOr<PasswordRecord> late;
  random_.Shut();
  {
    WorkQueue queue({"lk-test", 2, 4, 0});
    ASSERT_TRUE(queue.TrySubmit([&] {
      EXPECT_THAT(narrow.Register(app_, provider_, "a@example.org",
                                  Secret("correct horse"), true, ctx_),
                  IsOk());
    }));
    random_.WaitForOne();
    ASSERT_TRUE(queue.TrySubmit([&] {
      late = narrow.Check(app_, provider_, "b@example.org",
                          Secret("correct horse"), ctx_);
      waited.Notify();
    }));
    clock_.WaitForWaiters(1);
    EXPECT_FALSE(waited.HasBeenNotified());
    clock_.AdvanceTime(absl::Seconds(9));
    waited.WaitForNotification();
    EXPECT_THAT(late, HasReason(Reason::kDeadlineExceeded));
    random_.Open();
  }
  ctx_.deadline = clock_.TimeNow() + absl::Seconds(9);
  // The memory of the first is free again.
  EXPECT_THAT(narrow.Check(app_, provider_, "a@example.org",
                           Secret("correct horse"), ctx_),
              IsOk());
}

TEST_F(PasswordServiceTest, RacingRegistrationsMakeOneRecord) {
  {
    WorkQueue queue({"lk-test", 4, 16, 0});
    for (int i = 0; i < 8; ++i) {
      ASSERT_TRUE(queue.TrySubmit([this, i] {
        EXPECT_THAT(Register("a@example.org", absl::StrCat("password ", i)),
                    IsOk());
      }));
    }
  }
  int right = 0;
  for (int i = 0; i < 8; ++i) {
    if (Check("a@example.org", absl::StrCat("password ", i)).ok()) ++right;
  }
  EXPECT_EQ(right, 1);
}

}  // namespace
}  // namespace latchkey
