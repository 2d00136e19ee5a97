#include "server/rpc/convert.h"

#include "absl/time/time.h"
#include "core/store/session_store.h"
#include "gtest/gtest.h"
#include "latchkey/v1/session.pb.h"

namespace latchkey {
namespace {

TEST(ConvertTest, ASessionIsRefreshedOnceItsTokenWasReplaced) {
  SessionRecord session;
  session.created_at = session.advanced_at = absl::FromUnixSeconds(1000);
  v1::SessionInfo fresh;
  ToProto(session, &fresh);
  EXPECT_EQ(fresh.created_at().seconds(), 1000);
  EXPECT_FALSE(fresh.has_refreshed_at());
  session.advanced_at = absl::FromUnixSeconds(1060);
  v1::SessionInfo refreshed;
  ToProto(session, &refreshed);
  EXPECT_EQ(refreshed.refreshed_at().seconds(), 1060);
}

}  // namespace
}  // namespace latchkey
