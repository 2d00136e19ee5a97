#include "core/session/session_test_world.h"

#include <utility>
#include <vector>

#include "absl/synchronization/barrier.h"
#include "core/base/identity.h"
#include "core/base/work_queue.h"
#include "core/crypto/algorithm.h"
#include "core/crypto/signing_key.h"
#include "core/testing/status_matchers.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

AccessTokenOptions TestAccessOptions(ServedApps* apps) {
  AccessTokenOptions options;
  options.issuer = "http://127.0.0.1:8080";
  options.cache_entries = 64;
  apps->Set({AppId("myapp-abcde"), AppId("other-abcde")});
  options.apps = apps;
  return options;
}

}  // namespace

std::unique_ptr<KeyRing> NewKeyRing() {
  auto active = std::make_shared<const SigningKey>(
      *SigningKey::Generate(Algorithm::kEs256));
  auto refresh = std::make_shared<const SigningKey>(
      *SigningKey::Generate(Algorithm::kHs256));
  std::vector<PublicKey> published = {active->public_key()};
  return std::make_unique<KeyRing>(std::move(active), std::move(published),
                                   std::move(refresh));
}

SessionTestWorld::SessionTestWorld(std::unique_ptr<Store> with_store)
    : clock(absl::FromUnixSeconds(1'700'000'000) + absl::Milliseconds(250)),
      store(with_store ? std::move(with_store) : NewMemoryStore()),
      keys(NewKeyRing()),
      revocations(absl::Minutes(31)),
      access_tokens(TestAccessOptions(&served_apps), keys.get(), &revocations,
                    &random),
      sessions({}, {store.get(), keys.get(), &access_tokens, &revocations,
                    &audit, &clock, &random, &served_apps}) {}

UserRecord SessionTestWorld::AddUser(const std::string& subject) {
  UserRecord user;
  user.id = UserId(NewObjectId(&clock, &random));
  user.app = app;
  user.identities.push_back({ProviderName("okta"), ProviderKind::kCustomJwt,
                             subject, "{}", clock.TimeNow()});
  user.created_at = clock.TimeNow();
  EXPECT_THAT(store->users()->Insert(user), IsOk());
  user.version = 1;
  return user;
}

SessionService::BeginOptions SessionTestWorld::OptionsFor(
    const UserRecord& user) {
  SessionService::BeginOptions options;
  options.user = user;
  options.provider = user.identities.at(0).provider;
  options.subject = user.identities.at(0).subject;
  return options;
}

IssuedSession SessionTestWorld::Begin(const UserRecord& user) {
  absl::StatusOr<IssuedSession> issued =
      sessions.Begin(OptionsFor(user), ctx());
  EXPECT_THAT(issued, IsOk());
  return *std::move(issued);
}

absl::StatusOr<Principal> SessionTestWorld::Verify(
    const std::string& access_token) {
  Principal principal;
  const absl::Status status =
      access_tokens.Verify(access_token, {}, clock.TimeNow(), &principal);
  if (!status.ok()) return status;
  return principal;
}

Ending SessionTestWorld::Because(absl::string_view cause) {
  return {cause, &ending_call_};
}

CallContext SessionTestWorld::ctx() {
  CallContext ctx;
  ctx.peer = "127.0.0.1:4711";
  ctx.request_id = "r1";
  ctx.deadline = clock.TimeNow() + absl::Seconds(10);
  return ctx;
}

void InParallel(int calls, const std::function<void(int)>& work) {
  constexpr int kThreads = 8;
  auto* start = new absl::Barrier(kThreads);
  WorkQueue threads({.name = "lk-test", .threads = kThreads});
  for (int t = 0; t < kThreads; ++t) {
    ASSERT_TRUE(threads.TrySubmit([&work, start, t, calls] {
      if (start->Block()) delete start;
      for (int i = t; i < calls; i += kThreads) work(i);
    }));
  }
}

}  // namespace latchkey
