#include "core/store/store_conformance.h"

#include <stdlib.h>

#include <atomic>
#include <filesystem>

#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/notification.h"
#include "core/base/work_queue.h"

namespace latchkey {

void StoreConformanceTest::SetUp() {
  folder_ = testing::TempDir() + "/storeXXXXXX";
  ASSERT_NE(mkdtemp(folder_.data()), nullptr);
  store_ = GetParam().make(folder_);
  ASSERT_NE(store_, nullptr);
}

void StoreConformanceTest::TearDown() {
  store_.reset();
  std::filesystem::remove_all(folder_);
}

void Parallel(int threads, const std::function<void(int)>& body) {
  WorkQueue::Options options;
  options.name = "lk-test";
  options.threads = threads;
  options.length = static_cast<size_t>(threads);
  WorkQueue queue(options);
  absl::BlockingCounter ready(threads);
  absl::Notification start;
  std::atomic<int> refused = 0;
  for (int i = 0; i < threads; ++i) {
    const bool submitted = queue.TrySubmit([&ready, &start, &body, i] {
      ready.DecrementCount();
      start.WaitForNotification();
      body(i);
    });
    if (!submitted) ++refused;
  }
  ASSERT_EQ(refused, 0);
  ready.Wait();
  start.Notify();
  ASSERT_TRUE(queue.Drain(absl::InfiniteDuration()));
}

absl::Time TestTime(int seconds) {
  return absl::FromUnixMicros(1'700'000'000'123'456) + absl::Seconds(seconds);
}

IdentityRecord TestIdentity(absl::string_view provider,
                            absl::string_view subject) {
  IdentityRecord identity;
  identity.provider = ProviderName(provider);
  identity.kind = ProviderKind::kCustomJwt;
  identity.subject = std::string(subject);
  identity.data_json = R"({"name":"Jean Valjean"})";
  identity.created_at = TestTime();
  return identity;
}

UserRecord TestUser(absl::string_view app, absl::string_view id) {
  UserRecord user;
  user.id = UserId(id);
  user.app = AppId(app);
  user.identities = {TestIdentity("custom", id)};
  user.created_at = TestTime();
  return user;
}

SessionRecord TestSession(absl::string_view id) {
  SessionRecord session;
  session.id = SessionId(id);
  session.app = AppId("app");
  session.user = UserId("user");
  session.provider = ProviderName("custom");
  session.subject = "subject";
  session.created_at = TestTime();
  session.advanced_at = TestTime();
  session.expires_at = TestTime(1000);
  return session;
}

}  // namespace latchkey
