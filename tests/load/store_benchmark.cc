// How fast the stores are alone: refreshes (AdvanceCounter), new sessions
// (Insert), logins of known users in one write and in two, and lookups, by many
// threads. Run by hand, in the folder of the disk in
// question (TEST_TMPDIR, else /tmp):
//
//   bazel run --config=release //tests/load:store_benchmark
#include <benchmark/benchmark.h>
#include <stdlib.h>

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "core/base/identity.h"
#include "core/base/ids.h"
#include "core/base/random.h"
#include "core/store/session_store.h"
#include "core/store/store.h"
#include "core/store/user_store.h"

namespace latchkey {
namespace {

constexpr int kSessions = 10'000;
constexpr int kUsers = 64;  // one a thread
constexpr char kProvider[] = "okta";

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);

SessionRecord NewSession() {
  Random* const random = Random::SystemRandom();
  SessionRecord session;
  session.id = NewSessionId(random);
  session.app = AppId("myapp-abcde");
  // Users have a few sessions each.
  session.user = UserId(
      absl::StrCat("65a0b1c2d3e4f5a6b7c", 10'000 + random->Uniform(3000)));
  session.provider = ProviderName("email_password");
  session.subject = "65a0b1c2d3e4f5a6b7c8d9e0";
  session.device_json = R"({"platform":"linux","version":"1.2.3"})";
  session.created_at = kNow;
  session.advanced_at = kNow;
  session.expires_at = kNow + absl::Hours(1440);
  return session;
}

std::string SubjectOf(int user) { return absl::StrCat("okta/", user); }

UserRecord NewUser(int number) {
  UserRecord user;
  user.id = UserId(absl::StrCat("65a0b1c2d3e4f5a6b7c", 90'000 + number));
  user.app = AppId("myapp-abcde");
  IdentityRecord identity;
  identity.provider = ProviderName(kProvider);
  identity.kind = ProviderKind::kOidc;
  identity.subject = SubjectOf(number);
  identity.created_at = kNow;
  user.identities.push_back(std::move(identity));
  user.created_at = kNow;
  return user;
}

// The database of the whole run, with kSessions in it; opened anew for each
// benchmark.
class Fixture {
 public:
  Fixture() {
    folder_ = "/tmp/store_benchmarkXXXXXX";
    if (const char* base = getenv("TEST_TMPDIR"); base != nullptr) {
      folder_ = absl::StrCat(base, "/store_benchmarkXXXXXX");
    }
    if (mkdtemp(folder_.data()) == nullptr) abort();
    Open(SqliteOptions::Durability::kNormal);
    for (int i = 0; i < kSessions; ++i) {
      const SessionRecord session = NewSession();
      if (!store_->sessions()->Insert(session).ok()) abort();
      ids_.push_back(session.id);
    }
    counters_.resize(ids_.size());
    for (int i = 0; i < kUsers; ++i) {
      if (!store_->users()->Insert(NewUser(i)).ok()) abort();
    }
  }
  ~Fixture() {
    store_ = nullptr;
    std::filesystem::remove_all(folder_);
  }

  void Open(SqliteOptions::Durability durability) {
    store_ = nullptr;
    SqliteOptions options;
    options.path = folder_ + "/latchkey.db";
    options.durability = durability;
    auto store = NewSqliteStore(options);
    if (!store.ok()) abort();
    store_ = *std::move(store);
  }

  Store* store() { return store_.get(); }
  SessionStore* sessions() { return store_->sessions(); }
  const SessionId& id(size_t i) const { return ids_[i % ids_.size()]; }
  // Of id(i); used by one thread at a time.
  uint64_t* counter(size_t i) { return &counters_[i % ids_.size()]; }

 private:
  std::string folder_;
  std::unique_ptr<Store> store_;
  std::vector<SessionId> ids_;
  std::vector<uint64_t> counters_;
};

std::unique_ptr<Fixture> fixture;

void SetUp(const benchmark::State& state) {
  fixture->Open(static_cast<SqliteOptions::Durability>(state.range(0)));
}

// Each thread refreshes sessions of its own, in an order that hits pages at
// random (ids are random).
void AdvanceCounter(benchmark::State& state) {
  const size_t threads = static_cast<size_t>(state.threads());
  const size_t first = static_cast<size_t>(state.thread_index());
  size_t next = first;
  for (auto _ : state) {
    uint64_t* const counter = fixture->counter(next);
    const auto outcome = fixture->sessions()->AdvanceCounter(
        fixture->id(next), (*counter)++, kNow);
    if (!outcome.ok() || !outcome->advanced) {
      state.SkipWithError("not advanced");
      break;
    }
    next = next + threads < kSessions ? next + threads : first;
  }
  state.SetItemsProcessed(state.iterations());
}

void Insert(benchmark::State& state) {
  for (auto _ : state) {
    if (!fixture->sessions()->Insert(NewSession()).ok()) {
      state.SkipWithError("not inserted");
      break;
    }
  }
  state.SetItemsProcessed(state.iterations());
}

// A login of the thread's user by `write`, without what proves it.
template <typename Write>
void LoginBy(benchmark::State& state, Write write) {
  UserStore* const users = fixture->store()->users();
  for (auto _ : state) {
    auto user =
        users->FindByIdentity(AppId("myapp-abcde"), ProviderName(kProvider),
                              SubjectOf(state.thread_index()));
    if (!user.ok()) {
      state.SkipWithError("no user");
      break;
    }
    user->last_login_at = kNow;
    SessionRecord session = NewSession();
    session.user = user->id;
    if (!write(*user, session).ok()) {
      state.SkipWithError("not recorded");
      break;
    }
  }
  state.SetItemsProcessed(state.iterations());
}

void Login(benchmark::State& state) {
  LoginBy(state, [](const UserRecord& user, const SessionRecord& session) {
    return fixture->store()->RecordLogin(user, session);
  });
}

// As it would be without RecordLogin (docs/adr/0029).
void LoginInTwoWrites(benchmark::State& state) {
  LoginBy(state, [](const UserRecord& user, const SessionRecord& session) {
    UserStore* const users = fixture->store()->users();
    const absl::Status updated = users->CompareAndUpdate(user);
    if (!updated.ok()) return updated;
    const absl::Status inserted = fixture->sessions()->Insert(session);
    if (!inserted.ok()) return inserted;
    return users->Find(user.app, user.id).status();
  });
}

void Find(benchmark::State& state) {
  size_t next = static_cast<size_t>(state.thread_index()) * 37;
  for (auto _ : state) {
    const auto session = fixture->sessions()->Find(fixture->id(next));
    if (!session.ok()) {
      state.SkipWithError("not found");
      break;
    }
    next += 7919;
  }
  state.SetItemsProcessed(state.iterations());
}

// Argument: 0 = durability full, 1 = normal.
void Settings(benchmark::internal::Benchmark* b) {
  b->Setup(SetUp)->UseRealTime()->MinTime(2);
  b->ArgName("durability");
}

BENCHMARK(AdvanceCounter)
    ->Apply(Settings)
    ->Arg(0)
    ->Arg(1)
    ->Threads(1)
    ->Threads(16)
    ->Threads(32)
    ->Threads(64);
BENCHMARK(Insert)->Apply(Settings)->Arg(0)->Arg(1)->Threads(1)->Threads(32);
BENCHMARK(Login)->Apply(Settings)->Arg(0)->Arg(1)->Threads(1)->Threads(32);
BENCHMARK(LoginInTwoWrites)
    ->Apply(Settings)
    ->Arg(0)
    ->Arg(1)
    ->Threads(1)
    ->Threads(32);
BENCHMARK(Find)->Apply(Settings)->Arg(0)->Threads(1)->Threads(4)->Threads(32);

}  // namespace
}  // namespace latchkey

int main(int argc, char** argv) {
  // Debian's Abseil looks for deadlocks at each lock: five times the cost.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  benchmark::Initialize(&argc, argv);
  latchkey::fixture = std::make_unique<latchkey::Fixture>();
  benchmark::RunSpecifiedBenchmarks();
  latchkey::fixture = nullptr;
  return 0;
}
