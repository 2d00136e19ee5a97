// A remembered token is verified without one allocation of ours.
#include <cstdlib>
#include <new>

#include "core/session/session_test_world.h"
#include "core/testing/status_matchers.h"
#include "gtest/gtest.h"

namespace {
thread_local size_t g_allocations = 0;
}  // namespace

void* operator new(size_t size) {
  ++g_allocations;
  void* memory = std::malloc(size);
  if (memory == nullptr) std::abort();
  return memory;
}
void* operator new(size_t size, const std::nothrow_t&) noexcept {
  ++g_allocations;
  return std::malloc(size);
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, size_t) noexcept { std::free(memory); }

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

  const size_t before = g_allocations;
  const bool ok = verify().ok();
  EXPECT_EQ(g_allocations - before, 0u);
  EXPECT_TRUE(ok);
  EXPECT_GT(before, 0u);
}

}  // namespace
}  // namespace latchkey
