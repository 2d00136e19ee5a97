// What administrators do about registrations, keys and lists of sessions.
#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "core/base/reason.h"
#include "core/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "latchkey/v1/user_admin_service.pb.h"
#include "server/rpc/rpc_test_world.h"
#include "server/rpc/user_admin_service.h"

namespace latchkey {
namespace {

// UnluckyUsers stores no new user.
class UnluckyUsers final : public UserStore {
 public:
  explicit UnluckyUsers(UserStore* base) : base_(base) {}
  absl::StatusOr<UserRecord> Find(const AppId& app, const UserId& id) override {
    return base_->Find(app, id);
  }
  absl::StatusOr<UserRecord> FindByIdentity(
      const AppId& app, const ProviderName& provider,
      absl::string_view subject) override {
    return base_->FindByIdentity(app, provider, subject);
  }
  absl::Status Insert(const UserRecord& /*user*/) override {
    return Error(Reason::kStoreUnavailable, "unlucky");
  }
  absl::Status CompareAndUpdate(const UserRecord& user) override {
    return base_->CompareAndUpdate(user);
  }
  absl::Status Remove(const AppId& app, const UserId& id) override {
    return base_->Remove(app, id);
  }
  absl::StatusOr<std::vector<UserId>> RemoveUnchanged(
      absl::Span<const UserRecord> users) override {
    return base_->RemoveUnchanged(users);
  }
  absl::StatusOr<std::vector<UserRecord>> List(const AppId& app,
                                               const UserFilter& filter,
                                               const UserId& after,
                                               size_t limit) override {
    return base_->List(app, filter, after, limit);
  }

 private:
  UserStore* const base_;
};

// LatePasswords sees a registration from the second look on, as one that was
// made in between.
class LatePasswords final : public PasswordStore {
 public:
  explicit LatePasswords(PasswordStore* base) : base_(base) {}
  absl::Status Insert(const PasswordRecord& record) override {
    return base_->Insert(record);
  }
  absl::StatusOr<PasswordRecord> FindByEmail(const AppId& app,
                                             const ProviderName& provider,
                                             absl::string_view email) override {
    if (!looked_) {
      looked_ = true;
      return Error(Reason::kResourceNotFound, "not yet");
    }
    return base_->FindByEmail(app, provider, email);
  }
  absl::StatusOr<PasswordRecord> FindById(const AppId& app,
                                          absl::string_view id) override {
    return base_->FindById(app, id);
  }
  absl::Status CompareAndUpdate(const PasswordRecord& record) override {
    return base_->CompareAndUpdate(record);
  }
  absl::Status Remove(const AppId& app, absl::string_view id) override {
    return base_->Remove(app, id);
  }
  absl::Status Rewrite(const AppId& app, const ProviderName& provider,
                       absl::string_view email) override {
    return base_->Rewrite(app, provider, email);
  }
  absl::StatusOr<std::vector<PasswordRecord>> ListPending(
      const AppId& app, absl::string_view after, size_t limit) override {
    return base_->ListPending(app, after, limit);
  }

 private:
  PasswordStore* const base_;
  bool looked_ = false;
};

// Each part is the other store's unless it was given.
class PatchedStore final : public Store {
 public:
  PatchedStore(Store* base, UserStore* users, PasswordStore* passwords)
      : base_(base),
        users_(users != nullptr ? users : base->users()),
        passwords_(passwords != nullptr ? passwords : base->passwords()) {}
  UserStore* users() override { return users_; }
  SessionStore* sessions() override { return base_->sessions(); }
  PasswordStore* passwords() override { return passwords_; }
  ApiKeyStore* api_keys() override { return base_->api_keys(); }
  KeyStore* keys() override { return base_->keys(); }
  OneTimeTokenStore* one_time_tokens() override {
    return base_->one_time_tokens();
  }
  EventStore* events() override { return base_->events(); }
  absl::Status UpdateAndRemovePassword(const UserRecord& user,
                                       absl::string_view password) override {
    return base_->UpdateAndRemovePassword(user, password);
  }
  absl::Status UpdatePasswordByToken(const PasswordRecord& password,
                                     absl::string_view token) override {
    return base_->UpdatePasswordByToken(password, token);
  }
  absl::Status RecordLogin(const UserRecord& user,
                           const SessionRecord& session) override {
    return base_->RecordLogin(user, session);
  }
  absl::Status Healthy() override { return base_->Healthy(); }

 private:
  Store* const base_;
  UserStore* const users_;
  PasswordStore* const passwords_;
};

class UserAdminTest : public ::testing::Test {
 protected:
  template <typename Response, typename Request>
  absl::StatusOr<Response> Users(const std::string& rpc, Request request) {
    request.set_app("myapp-abcde");
    return world_.Call<Response>("UserAdminService/" + rpc, request,
                                 kTestAdminKey);
  }
  static v1::CreateUserRequest NewUser(const std::string& email) {
    v1::CreateUserRequest request;
    request.set_app("myapp-abcde");
    request.set_email(email);
    request.set_password("battery staple");
    return request;
  }
  // CreateUser of a service over that store.
  absl::Status CreateOver(Store* store, const v1::CreateUserRequest& request) {
    SessionTestWorld& base = world_.base;
    AccountService accounts(
        {store, &base.sessions, &base.audit, &base.clock, &base.random});
    UserAdminService users({&world_.apps, &accounts, &base.sessions,
                            &world_.passwords, store, &world_.guard,
                            &base.audit, &base.clock});
    MethodTable table;
    users.Register(&table);
    v1::CreateUserResponse response;
    return table.Find("/latchkey.v1.UserAdminService/CreateUser")
        ->handle(request, world_.Context(kTestAdminKey), &response);
  }
  absl::Status RegisterStranger(const std::string& email) {
    return world_.passwords.Register(
        world_.base.app, ProviderName("email_password"), email,
        Secret("correct horse"), /*confirmed=*/true, world_.base.ctx());
  }
  RpcTestWorld world_;
};

TEST_F(UserAdminTest, CreateNeverAdoptsThePasswordOfAStranger) {
  ASSERT_THAT(RegisterStranger("ann@example.com"), IsOk());
  LatePasswords late(world_.base.store->passwords());
  PatchedStore store(world_.base.store.get(), nullptr, &late);
  EXPECT_THAT(CreateOver(&store, NewUser("ann@example.com")),
              HasReason(Reason::kIdentityInUse));
  EXPECT_THAT(
      Users<v1::CreateUserResponse>("CreateUser", NewUser("ann@example.com")),
      HasReason(Reason::kIdentityInUse));
}

TEST_F(UserAdminTest, ACreationThatFailsLeavesTheAddressFree) {
  UnluckyUsers unlucky(world_.base.store->users());
  PatchedStore store(world_.base.store.get(), &unlucky, nullptr);
  EXPECT_THAT(CreateOver(&store, NewUser("bob@example.com")),
              HasReason(Reason::kStoreUnavailable));
  EXPECT_THAT(
      Users<v1::CreateUserResponse>("CreateUser", NewUser("bob@example.com")),
      IsOk());
}

TEST_F(UserAdminTest, FreesAnAddressThatNobodyEverUsed) {
  ASSERT_THAT(RegisterStranger("squat@example.com"), IsOk());
  v1::DeletePendingUserRequest request;
  request.set_email("Squat@Example.com");
  EXPECT_THAT(
      Users<v1::DeletePendingUserResponse>("DeletePendingUser", request),
      IsOk());
  EXPECT_THAT(
      Users<v1::DeletePendingUserResponse>("DeletePendingUser", request),
      HasReason(Reason::kResourceNotFound));
  EXPECT_THAT(
      Users<v1::CreateUserResponse>("CreateUser", NewUser("squat@example.com")),
      IsOk());
}

TEST_F(UserAdminTest, ARegistrationThatAUserHasIsNotPending) {
  const v1::Session session = world_.LogInByEmail("used@example.com");
  v1::DeletePendingUserRequest request;
  request.set_email("used@example.com");
  EXPECT_THAT(
      Users<v1::DeletePendingUserResponse>("DeletePendingUser", request),
      HasReason(Reason::kResourceNotFound));
  EXPECT_EQ(world_.LogInByEmail("used@example.com").user().id(),
            session.user().id());
}

TEST_F(UserAdminTest, FiltersHoldTogether) {
  world_.LogInByEmail("ann@example.com");
  v1::ListUsersRequest request;
  request.set_email("ann@example.com");
  const auto count = [&] {
    const auto page = Users<v1::ListUsersResponse>("ListUsers", request);
    EXPECT_THAT(page, IsOk());
    return page.ok() ? page->users_size() : -1;
  };
  EXPECT_EQ(count(), 1);
  request.set_provider("jwt");
  EXPECT_EQ(count(), 0);
  request.set_provider("email_password");
  EXPECT_EQ(count(), 1);
  request.set_type(v1::USER_TYPE_SERVER);
  EXPECT_EQ(count(), 0);
}

TEST_F(UserAdminTest, AnUnknownTypeIsNoFilter) {
  v1::ListUsersRequest request;
  request.set_type(static_cast<v1::UserType>(99));
  EXPECT_THAT(Users<v1::ListUsersResponse>("ListUsers", request),
              HasReason(Reason::kInvalidRequest));
}

TEST_F(UserAdminTest, ListsSessionsThoughTheLastOneShownIsGone) {
  const std::string user = world_.LogInByEmail("s@example.com").user().id();
  for (int i = 0; i < 2; ++i) {
    world_.base.clock.AdvanceTime(absl::Seconds(30));
    world_.LogInByEmail("s@example.com");
  }
  v1::ListSessionsRequest request;
  request.set_user_id(user);
  request.set_page_size(1);
  auto page = Users<v1::ListSessionsResponse>("ListSessions", request);
  ASSERT_THAT(page, IsOk());
  ASSERT_EQ(page->sessions_size(), 1);
  request.set_page_token(page->next_page_token());
  // Only the one that was shown is swept away.
  const SessionId shown(page->sessions(0).session_id());
  ASSERT_THAT(world_.base.store->sessions()->Revoke(shown, absl::UnixEpoch()),
              IsOk());
  ASSERT_THAT(world_.base.store->sessions()->RemoveDead(absl::UnixEpoch() +
                                                        absl::Seconds(1)),
              IsOk());
  ASSERT_THAT(world_.base.store->sessions()->Find(shown),
              HasReason(Reason::kResourceNotFound));
  page = Users<v1::ListSessionsResponse>("ListSessions", request);
  ASSERT_THAT(page, IsOk());
  EXPECT_EQ(page->sessions_size(), 1);
  EXPECT_NE(page->next_page_token(), "");
  request.set_page_token(page->next_page_token());
  page = Users<v1::ListSessionsResponse>("ListSessions", request);
  ASSERT_THAT(page, IsOk());
  EXPECT_EQ(page->sessions_size(), 1);
  EXPECT_EQ(page->next_page_token(), "");
}

}  // namespace
}  // namespace latchkey
