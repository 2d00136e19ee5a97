#include "server/rpc/session_page.h"

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "core/base/reason.h"
#include "core/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

using ::testing::ElementsAre;

SessionRecord Session(const char* id, int64_t second) {
  SessionRecord session;
  session.id = SessionId(id);
  session.created_at = absl::FromUnixSeconds(second);
  return session;
}

// In the order of a store: of two at one time, the later one first.
std::vector<SessionRecord> Five() {
  return {Session("e", 30), Session("d", 20), Session("c", 20),
          Session("b", 20), Session("a", 10)};
}

class SessionPageTest : public ::testing::Test {
 protected:
  // Ids of the next page of two.
  std::vector<std::string> Next(std::vector<SessionRecord> sessions) {
    absl::StatusOr<Page> page = ReadPage(2, token_);
    EXPECT_THAT(page, IsOk());
    EXPECT_THAT(TakePage(*page, &sessions, &token_), IsOk());
    std::vector<std::string> ids;
    for (const SessionRecord& session : sessions) {
      ids.push_back(session.id.value());
    }
    return ids;
  }
  std::string token_;
};

TEST_F(SessionPageTest, PagesNewestFirst) {
  EXPECT_THAT(Next(Five()), ElementsAre("e", "b"));
  EXPECT_THAT(Next(Five()), ElementsAre("c", "d"));
  EXPECT_THAT(Next(Five()), ElementsAre("a"));
  EXPECT_EQ(token_, "");
}

TEST_F(SessionPageTest, GoesOnBehindASessionThatIsGone) {
  EXPECT_THAT(Next(Five()), ElementsAre("e", "b"));
  std::vector<SessionRecord> sessions = Five();
  sessions.erase(sessions.begin() + 3);  // b
  sessions.insert(sessions.begin(), Session("f", 40));
  EXPECT_THAT(Next(sessions), ElementsAre("c", "d"));
}

TEST_F(SessionPageTest, AFullLastPageHasNoToken) {
  EXPECT_THAT(Next({Session("b", 2), Session("a", 1)}), ElementsAre("b", "a"));
  EXPECT_EQ(token_, "");
}

TEST_F(SessionPageTest, RefusesTokensOfOtherCalls) {
  std::string next;
  for (const char* text : {"a", "x.a", ".a", "12"}) {
    const absl::StatusOr<Page> page = ReadPage(2, PageToken(text));
    ASSERT_THAT(page, IsOk());
    std::vector<SessionRecord> sessions = Five();
    EXPECT_THAT(TakePage(*page, &sessions, &next),
                HasReason(Reason::kInvalidRequest))
        << text;
  }
}

}  // namespace
}  // namespace latchkey
