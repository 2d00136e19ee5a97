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

}  // namespace
}  // namespace latchkey
