// A remembered token is verified without one allocation of ours.
#include "core/session/session_test_world.h"
#include "core/testing/allocation_counter.h"
#include "core/testing/status_matchers.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

TEST(AccessTokensAllocationTest, ARememberedTokenCostsNone) {
  SessionTestWorld world;
  SessionService::BeginOptions options = world.OptionsFor(world.AddUser());
  options.roles = {"a role with a name that fits into no small string"};
  absl::StatusOr<IssuedSession> issued =
      world.sessions.Begin(options, world.ctx());
  ASSERT_THAT(issued, IsOk());
  const std::vector<std::string> audiences = {"myapp-abcde"};
  const absl::Time now = world.clock.TimeNow();

  Principal principal;
  const auto verify = [&] {
    return world.access_tokens.Verify(issued->access_token, audiences, now,
                                      &principal);
  };
  ASSERT_THAT(verify(), IsOk());
  ASSERT_THAT(verify(), IsOk());

  const size_t before = AllocationsOfThisThread();
  const bool ok = verify().ok();
  EXPECT_EQ(AllocationsOfThisThread() - before, 0u);
  EXPECT_TRUE(ok);
  EXPECT_GT(before, 0u);
}

TEST(AccessTokensAllocationTest, AMintedTokenIsRememberedAtOnce) {
  SessionTestWorld world;
  const SessionService::BeginOptions options =
      world.OptionsFor(world.AddUser());
  const auto warm_up = world.sessions.Begin(options, world.ctx());
  const auto issued = world.sessions.Begin(options, world.ctx());
  ASSERT_THAT(warm_up, IsOk());
  ASSERT_THAT(issued, IsOk());
  const absl::Time now = world.clock.TimeNow();
  Principal principal;
  ASSERT_THAT(
      world.access_tokens.Verify(warm_up->access_token, {}, now, &principal),
      IsOk());

  const size_t before = AllocationsOfThisThread();
  const bool ok =
      world.access_tokens.Verify(issued->access_token, {}, now, &principal)
          .ok();
  // Reading a token would take buffers that this thread has not had yet.
  EXPECT_EQ(AllocationsOfThisThread() - before, 0u);
  EXPECT_TRUE(ok);
}

}  // namespace
}  // namespace latchkey
