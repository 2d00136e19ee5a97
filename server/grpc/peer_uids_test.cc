#include "server/grpc/peer_uids.h"

#include "gtest/gtest.h"

namespace latchkey {
namespace {

// Of several users that may connect, the one that did is named.
TEST(PeerUidsTest, NamesTheUserOfTheConnection) {
  PeerUids uids;
  uids.Note(9, 0);
  uids.Note(10, 1000);
  EXPECT_EQ(uids.NameOf("fd:9"), "unix:uid=0");
  EXPECT_EQ(uids.NameOf("fd:10"), "unix:uid=1000");
  uids.Note(9, 1001);
  EXPECT_EQ(uids.NameOf("fd:9"), "unix:uid=1001");
}

TEST(PeerUidsTest, WhoWasNotNotedHasNoName) {
  PeerUids uids;
  uids.Note(9, 0);
  for (const char* peer :
       {"fd:1", "fd:", "fd:9x", "9", "unix:", "ipv4:9", ""}) {
    EXPECT_EQ(uids.NameOf(peer), "") << peer;
  }
}

}  // namespace
}  // namespace latchkey
