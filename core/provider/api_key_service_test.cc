#include "core/provider/api_key_service.h"

#include <memory>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "core/base/base64url.h"
#include "core/base/ids.h"
#include "core/base/reason.h"
#include "core/base/simulated_clock.h"
#include "core/crypto/digest.h"
#include "core/testing/fake_random.h"
#include "core/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

const char kId[] = "0123456789abcdef01234567";

TEST(ParseApiKeyTest, ReadsIdAndHash) {
  const std::string secret(32, 's');
  const auto parts =
      ParseApiKey(absl::StrCat("lk_", kId, "_", Base64UrlEncode(secret)));
  ASSERT_TRUE(parts.has_value());
  EXPECT_EQ(parts->id.value(), kId);
  EXPECT_EQ(parts->secret_sha256, AsStringView(Sha256(secret)));
}

TEST(ParseApiKeyTest, RefusesEveryOtherShape) {
  const std::string secret = Base64UrlEncode(std::string(32, 's'));
  const std::string good = absl::StrCat("lk_", kId, "_", secret);
  EXPECT_FALSE(ParseApiKey("").has_value());
  EXPECT_FALSE(ParseApiKey("lk_").has_value());
  for (size_t size = 0; size < good.size(); ++size) {
    EXPECT_FALSE(ParseApiKey(good.substr(0, size)).has_value()) << size;
  }
  EXPECT_FALSE(ParseApiKey(good + "A").has_value());
  EXPECT_FALSE(ParseApiKey(" " + good).has_value());
  EXPECT_FALSE(ParseApiKey("LK" + good.substr(2)).has_value());
  EXPECT_FALSE(ParseApiKey("lk-" + good.substr(3)).has_value());
  EXPECT_FALSE(ParseApiKey(absl::StrCat("lk_0123456789ABCDEF01234567_", secret))
                   .has_value());
  EXPECT_FALSE(ParseApiKey(absl::StrCat("lk_", kId, "-", secret)).has_value());
  // 43 characters carry 2 spare bits, which must be zero.
  std::string spare = good;
  spare.back() = 'B';
  EXPECT_FALSE(ParseApiKey(spare).has_value());
  std::string padded = good;
  padded.back() = '=';
  EXPECT_FALSE(ParseApiKey(padded).has_value());
}

class ApiKeyServiceTest : public testing::Test {
 protected:
  const AppId app_{"myapp-abcde"};
  const AppId other_app_{"other-abcde"};
  const UserId owner_{"aaaaaaaaaaaaaaaaaaaaaaaa"};
  const UserId other_{"bbbbbbbbbbbbbbbbbbbbbbbb"};
  SimulatedClock clock_{absl::FromUnixSeconds(1'800'000'000)};
  FakeRandom random_;
  std::unique_ptr<Store> store_ = NewMemoryStore();
  ApiKeyService service_{{2, 2}, store_.get(), &clock_, &random_};
};

TEST_F(ApiKeyServiceTest, ChecksTheKeyItMade) {
  const auto created = service_.CreateUserKey(app_, owner_, "laptop");
  ASSERT_THAT(created, IsOk());
  const std::string text(created->key.RevealSecret());
  EXPECT_EQ(text.size(), 71u);
  EXPECT_EQ(text.substr(0, 28),
            absl::StrCat("lk_", created->record.id.value(), "_"));
  const auto checked = service_.Check(app_, created->key);
  ASSERT_THAT(checked, IsOk());
  EXPECT_EQ(checked->id, created->record.id);
  EXPECT_EQ(checked->user, owner_);
  EXPECT_FALSE(checked->server);
  EXPECT_EQ(checked->created_at, clock_.TimeNow());
}

TEST_F(ApiKeyServiceTest, RemembersTheLastUseToTheMinute) {
  const auto created = service_.CreateUserKey(app_, owner_, "laptop");
  ASSERT_THAT(created, IsOk());
  const auto last_used = [&] {
    return service_.Get(app_, owner_, created->record.id)->last_used_at;
  };
  EXPECT_EQ(last_used(), std::nullopt);
  const absl::Time first = clock_.TimeNow();
  EXPECT_THAT(service_.Check(app_, created->key), IsOk());
  EXPECT_EQ(last_used(), first);
  clock_.AdvanceTime(absl::Seconds(59));
  EXPECT_THAT(service_.Check(app_, created->key), IsOk());
  EXPECT_EQ(last_used(), first);
  clock_.AdvanceTime(absl::Seconds(1));
  EXPECT_THAT(service_.Check(app_, created->key), IsOk());
  EXPECT_EQ(last_used(), clock_.TimeNow());
}

TEST_F(ApiKeyServiceTest, RejectsAlike) {
  auto created = service_.CreateUserKey(app_, owner_, "laptop");
  ASSERT_THAT(created, IsOk());
  const std::string text(created->key.RevealSecret());

  std::string wrong = text;
  wrong[40] = wrong[40] == 'A' ? 'B' : 'A';
  EXPECT_THAT(service_.Check(app_, Secret(wrong)),
              HasReason(Reason::kCredentialRejected));
  const std::string unknown = absl::StrCat("lk_", kId, text.substr(27));
  EXPECT_THAT(service_.Check(app_, Secret(unknown)),
              HasReason(Reason::kCredentialRejected));
  EXPECT_THAT(service_.Check(other_app_, created->key),
              HasReason(Reason::kCredentialRejected));
  EXPECT_THAT(service_.Check(app_, Secret("lk_what")),
              HasReason(Reason::kCredentialRejected));
  EXPECT_THAT(service_.Check(app_, Secret("")),
              HasReason(Reason::kCredentialRejected));

  const ApiKeyId id = created->record.id;
  ASSERT_THAT(service_.SetDisabled(app_, owner_, id, true), IsOk());
  EXPECT_THAT(service_.Check(app_, created->key),
              HasReason(Reason::kCredentialRejected));
  ASSERT_THAT(service_.SetDisabled(app_, owner_, id, false), IsOk());
  EXPECT_THAT(service_.Check(app_, created->key), IsOk());
}

TEST_F(ApiKeyServiceTest, DetailHoldsNoSecret) {
  auto created = service_.CreateUserKey(app_, owner_, "laptop");
  ASSERT_THAT(created, IsOk());
  const std::string secret(created->key.RevealSecret().substr(28));
  const auto refused = service_.Check(other_app_, created->key);
  ASSERT_THAT(refused, HasReason(Reason::kCredentialRejected));
  EXPECT_THAT(std::string(refused.status().message()),
              testing::Not(testing::HasSubstr(secret)));
}

TEST_F(ApiKeyServiceTest, NamesAreCheckedAndUnique) {
  for (const std::string& name :
       {std::string(), std::string("a b"), std::string("a/b"),
        std::string("\xc3\xa9"), std::string(65, 'a')}) {
    const auto refused = service_.CreateUserKey(app_, owner_, name);
    ASSERT_THAT(refused, HasReason(Reason::kInvalidRequest)) << name;
    EXPECT_EQ(GetFieldViolations(refused.status()).at(0).field, "name");
  }
  EXPECT_THAT(service_.CreateUserKey(app_, owner_, std::string(64, 'a')),
              IsOk());
  EXPECT_THAT(service_.CreateUserKey(app_, owner_, std::string(64, 'a')),
              HasReason(Reason::kResourceExists));
  EXPECT_THAT(service_.CreateUserKey(app_, other_, std::string(64, 'a')),
              IsOk());
}

TEST_F(ApiKeyServiceTest, LimitsKeysPerOwner) {
  EXPECT_THAT(service_.CreateUserKey(app_, owner_, "a"), IsOk());
  EXPECT_THAT(service_.CreateUserKey(app_, owner_, "b"), IsOk());
  EXPECT_THAT(service_.CreateUserKey(app_, owner_, "c"),
              HasReason(Reason::kLimitReached));
  EXPECT_THAT(service_.CreateServerKey(app_, "c"), IsOk());
}

TEST_F(ApiKeyServiceTest, ServerKeyBringsItsUserAndTakesItAway) {
  const auto created = service_.CreateServerKey(app_, "batch");
  ASSERT_THAT(created, IsOk());
  EXPECT_TRUE(created->record.server);
  const UserId user_id = created->record.user;
  const auto user = store_->users()->Find(app_, user_id);
  ASSERT_THAT(user, IsOk());
  EXPECT_EQ(user->type, UserType::kServer);
  EXPECT_EQ(user->data_json, R"({"name":"batch"})");

  EXPECT_THAT(service_.Delete(app_, UserId(), created->record.id), IsOk());
  EXPECT_THAT(store_->users()->Find(app_, user_id),
              HasReason(Reason::kUserNotFound));
  EXPECT_THAT(service_.Check(app_, created->key),
              HasReason(Reason::kCredentialRejected));
}

TEST_F(ApiKeyServiceTest, RefusedServerKeyLeavesNoUser) {
  ASSERT_THAT(service_.CreateServerKey(app_, "batch"), IsOk());
  EXPECT_THAT(service_.CreateServerKey(app_, "batch"),
              HasReason(Reason::kResourceExists));
  const auto users = store_->users()->List(app_, UserFilter(), UserId(), 10);
  ASSERT_THAT(users, IsOk());
  EXPECT_EQ(users->size(), 1u);
}

TEST_F(ApiKeyServiceTest, ActsOnTheOwnersKeysOnly) {
  const auto users = service_.CreateUserKey(app_, owner_, "laptop");
  const auto servers = service_.CreateServerKey(app_, "batch");
  ASSERT_THAT(users, IsOk());
  ASSERT_THAT(servers, IsOk());
  const ApiKeyId id = users->record.id;
  const Reason not_found = Reason::kResourceNotFound;
  EXPECT_THAT(service_.Get(app_, owner_, id), IsOk());
  EXPECT_THAT(service_.Get(app_, other_, id), HasReason(not_found));
  EXPECT_THAT(service_.Get(app_, UserId(), id), HasReason(not_found));
  EXPECT_THAT(service_.Get(other_app_, owner_, id), HasReason(not_found));
  EXPECT_THAT(service_.Get(app_, owner_, servers->record.id),
              HasReason(not_found));
  // The server user must not manage the key that logs it in.
  EXPECT_THAT(service_.Get(app_, servers->record.user, servers->record.id),
              HasReason(not_found));
  EXPECT_THAT(service_.SetDisabled(app_, other_, id, true),
              HasReason(not_found));
  EXPECT_THAT(service_.Delete(app_, other_, id), HasReason(not_found));
  EXPECT_THAT(service_.Check(app_, users->key), IsOk());

  const auto listed = service_.List(app_, owner_);
  ASSERT_THAT(listed, IsOk());
  ASSERT_EQ(listed->size(), 1u);
  EXPECT_EQ(listed->front().id, id);
  EXPECT_THAT(service_.Delete(app_, owner_, id), IsOk());
  EXPECT_THAT(service_.Delete(app_, owner_, id), HasReason(not_found));
}

}  // namespace
}  // namespace latchkey
