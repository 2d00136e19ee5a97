#include "server/rpc/session_page.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "core/base/reason.h"
#include "core/store/store.h"
#include "core/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

using ::testing::ElementsAre;

class SessionPageTest : public ::testing::Test {
 protected:
  void SetUp() override {
    user_.app = AppId("app");
    user_.id = UserId("user");
    Add("a", 10);
    for (const char* id : {"b", "c", "d"}) Add(id, 20);
    Add("e", 30);
  }
  void Add(const char* id, int64_t second) {
    SessionRecord session;
    session.id = SessionId(id);
    session.app = user_.app;
    session.user = user_.id;
    session.created_at = absl::FromUnixSeconds(second);
    session.expires_at = absl::InfiniteFuture();
    ASSERT_THAT(store_->sessions()->Insert(session), IsOk());
  }
  // Ids of the next page of two.
  std::vector<std::string> Next() {
    const absl::StatusOr<Page> page = ReadPage(2, token_);
    EXPECT_THAT(page, IsOk());
    const auto sessions =
        ReadSessionPage(store_->sessions(), user_, *page, &token_);
    EXPECT_THAT(sessions, IsOk());
    std::vector<std::string> ids;
    for (const SessionRecord& session : *sessions) {
      ids.push_back(session.id.value());
    }
    return ids;
  }
  const std::unique_ptr<Store> store_ = NewMemoryStore();
  UserRecord user_;
  std::string token_;
};

TEST_F(SessionPageTest, PagesNewestFirst) {
  EXPECT_THAT(Next(), ElementsAre("e", "b"));
  EXPECT_THAT(Next(), ElementsAre("c", "d"));
  EXPECT_THAT(Next(), ElementsAre("a"));
  EXPECT_EQ(token_, "");
}

TEST_F(SessionPageTest, GoesOnBehindASessionThatIsGone) {
  EXPECT_THAT(Next(), ElementsAre("e", "b"));
  const absl::Time now = absl::FromUnixSeconds(40);
  ASSERT_THAT(store_->sessions()->Revoke(SessionId("b"), now), IsOk());
  ASSERT_THAT(store_->sessions()->RemoveDead(now + absl::Seconds(1)), IsOk());
  Add("f", 40);
  EXPECT_THAT(Next(), ElementsAre("c", "d"));
}

TEST_F(SessionPageTest, AFullLastPageHasNoToken) {
  Add("f", 5);
  Next();
  Next();
  EXPECT_THAT(Next(), ElementsAre("a", "f"));
  EXPECT_EQ(token_, "");
}

// More than any one read would hold.
TEST_F(SessionPageTest, ReachesTheOldestOfVeryManySessions) {
  for (int i = 0; i < 10'100; ++i) {
    Add(absl::StrCat("many-", i).c_str(), 100 + i);
  }
  size_t seen = 0;
  std::string last;
  do {
    const absl::StatusOr<Page> page = ReadPage(1000, token_);
    ASSERT_THAT(page, IsOk());
    const auto sessions =
        ReadSessionPage(store_->sessions(), user_, *page, &token_);
    ASSERT_THAT(sessions, IsOk());
    ASSERT_LE(sessions->size(), 1000u);
    seen += sessions->size();
    last = sessions->back().id.value();
  } while (!token_.empty());
  EXPECT_EQ(seen, 10'105u);
  EXPECT_EQ(last, "a");
}

TEST_F(SessionPageTest, RefusesTokensOfOtherCalls) {
  std::string next;
  for (const char* text : {"a", "x.a", ".a", "12"}) {
    const absl::StatusOr<Page> page = ReadPage(2, PageToken(text));
    ASSERT_THAT(page, IsOk());
    EXPECT_THAT(ReadSessionPage(store_->sessions(), user_, *page, &next),
                HasReason(Reason::kInvalidRequest))
        << text;
  }
}

}  // namespace
}  // namespace latchkey
