// Users that move in and out.
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/audit/fake_audit_sink.h"
#include "core/base/reason.h"
#include "core/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "google/protobuf/util/message_differencer.h"
#include "gtest/gtest.h"
#include "latchkey/v1/user_admin_service.pb.h"
#include "latchkey/v1/user_api_key_service.pb.h"
#include "server/rpc/rpc_test_world.h"

namespace latchkey {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr char kAnn[] = "65f0c0ffee65f0c0ffee0001";
// "U*U"; Openwall crypt_blowfish, wrapper.c.
constexpr char kBcrypt[] =
    "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";

v1::UserTransfer User(const std::string& text) {
  v1::UserTransfer user;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &user))
      << text;
  return user;
}

// A user with an address; `more` is of the identity.
v1::UserTransfer EmailUser(const std::string& id, const std::string& email,
                           const std::string& more = "") {
  return User(absl::StrCat("id: '", id,
                           "' identities { kind: 'email_password' email: '",
                           email, "' ", more, "}"));
}

class UserImportTest : public ::testing::Test {
 protected:
  static absl::StatusOr<v1::ImportUsersResponse> Import(
      RpcTestWorld* world, std::vector<v1::UserTransfer> users,
      bool dry_run = false) {
    v1::ImportUsersRequest request;
    request.set_app("myapp-abcde");
    request.set_dry_run(dry_run);
    for (v1::UserTransfer& user : users) *request.add_users() = user;
    return world->Call<v1::ImportUsersResponse>("UserAdminService/ImportUsers",
                                                request, kTestAdminKey);
  }
  // The outcome of one row.
  v1::ImportOutcome ImportOne(const v1::UserTransfer& user,
                              bool dry_run = false) {
    const auto response = Import(&world_, {user}, dry_run);
    EXPECT_THAT(response, IsOk());
    if (!response.ok() || response->outcomes_size() != 1) {
      return v1::ImportOutcome();
    }
    return response->outcomes(0);
  }
  static std::vector<v1::UserTransfer> Export(RpcTestWorld* world,
                                              int page_size) {
    std::vector<v1::UserTransfer> users;
    v1::ExportUsersRequest request;
    request.set_app("myapp-abcde");
    request.set_page_size(page_size);
    do {
      const auto response = world->Call<v1::ExportUsersResponse>(
          "UserAdminService/ExportUsers", request, kTestAdminKey);
      EXPECT_THAT(response, IsOk());
      if (!response.ok()) return {};
      EXPECT_LE(response->users_size(), page_size);
      users.insert(users.end(), response->users().begin(),
                   response->users().end());
      request.set_page_token(response->next_page_token());
    } while (!request.page_token().empty());
    return users;
  }
  static absl::StatusOr<v1::LoginResponse> LogIn(RpcTestWorld* world,
                                                 const std::string& email,
                                                 const std::string& password) {
    v1::LoginRequest request;
    request.set_app("myapp-abcde");
    auto* arm = request.mutable_credential()->mutable_email_password();
    arm->set_email(email);
    arm->set_password(password);
    return world->Call<v1::LoginResponse>("AuthService/Login", request);
  }
  std::string StoredHash(const std::string& email) {
    const auto record = world_.base.store->passwords()->FindByEmail(
        world_.base.app, ProviderName("email_password"), email);
    return record.ok() ? record->phc : "";
  }

  RpcTestWorld world_;
};

TEST_F(UserImportTest, AnOldHashLogsInOnceAndThenOursDoes) {
  const auto outcome = ImportOne(EmailUser(
      kAnn, "Ann@Example.com", absl::StrCat("password_hash: '", kBcrypt, "'")));
  EXPECT_EQ(outcome.result(), v1::IMPORT_RESULT_CREATED);
  EXPECT_EQ(outcome.user_id(), kAnn);
  EXPECT_THAT(outcome.logins(), ElementsAre("email_password"));
  EXPECT_FALSE(outcome.claimable());
  EXPECT_EQ(StoredHash("ann@example.com"), kBcrypt);

  EXPECT_THAT(LogIn(&world_, "ann@example.com", "wrong"),
              HasReason(Reason::kCredentialRejected));
  EXPECT_EQ(StoredHash("ann@example.com"), kBcrypt);
  const auto session = LogIn(&world_, "ann@example.com", "U*U");
  ASSERT_THAT(session, IsOk());
  EXPECT_EQ(session->session().user().id(), kAnn);
  EXPECT_THAT(StoredHash("ann@example.com"),
              testing::StartsWith("$argon2id$v=19$m=8,"));
  EXPECT_THAT(LogIn(&world_, "ann@example.com", "U*U"), IsOk());
}

TEST_F(UserImportTest, KeepsWhatAUserIs) {
  const auto outcome = ImportOne(
      User(absl::StrCat("id: '", kAnn,
                        "' disabled: true data_json: '{\"name\":\"Ann\"}'"
                        " custom_data_json: '{\"n\":12345678901234567890}'"
                        " created_at { seconds: 1600000000 } last_login_at { "
                        "seconds: 1600000001 }"
                        " identities { kind: 'custom_jwt' subject: 'sub-1' }"
                        " identities { kind: 'anonymous' subject: 'old' }"
                        " identities { kind: 'google' subject: '1077' }")));
  EXPECT_EQ(outcome.result(), v1::IMPORT_RESULT_CREATED) << outcome.detail();
  // The app's only provider of the kind has another name; it has no google.
  EXPECT_THAT(outcome.logins(), ElementsAre("jwt"));
  const auto user = world_.base.store->users()->FindByIdentity(
      world_.base.app, ProviderName("jwt"), "sub-1");
  ASSERT_THAT(user, IsOk());
  EXPECT_EQ(user->id.value(), kAnn);
  EXPECT_TRUE(user->disabled);
  EXPECT_EQ(user->data_json, R"({"name":"Ann"})");
  EXPECT_EQ(user->custom_data_json, R"({"n":12345678901234567890})");
  EXPECT_EQ(absl::ToUnixSeconds(user->created_at), 1'600'000'000);
  EXPECT_EQ(absl::ToUnixSeconds(*user->last_login_at), 1'600'000'001);
  ASSERT_EQ(user->identities.size(), 3u);
  EXPECT_EQ(user->identities[2].provider, ProviderName("google"));
  const AuditEvent event = world_.base.audit.Of(audit_action::kUsersImported);
  EXPECT_EQ(event.detail, "1 users");
  EXPECT_EQ(event.actor, "admin-key:test");
}

// No usable password: the address is there, so that a reset by mail finds it,
// and the user keeps the id.
TEST_F(UserImportTest, AUserWithoutAPasswordCanClaimTheAddress) {
  const auto outcome = ImportOne(EmailUser(kAnn, "ann@example.com"));
  EXPECT_TRUE(outcome.claimable());
  EXPECT_THAT(outcome.logins(), IsEmpty());
  for (const char* password : {"!", "correct horse"}) {
    EXPECT_THAT(LogIn(&world_, "ann@example.com", password),
                HasReason(Reason::kCredentialRejected));
  }
  // What a reset does: a new hash in the record.
  auto record = world_.base.store->passwords()->FindByEmail(
      world_.base.app, ProviderName("email_password"), "ann@example.com");
  ASSERT_THAT(record, IsOk());
  EXPECT_TRUE(record->confirmed);
  record->phc = kBcrypt;
  ASSERT_THAT(world_.base.store->passwords()->CompareAndUpdate(*record),
              IsOk());
  const auto session = LogIn(&world_, "ann@example.com", "U*U");
  ASSERT_THAT(session, IsOk());
  EXPECT_EQ(session->session().user().id(), kAnn);
}

TEST_F(UserImportTest, NobodyClaimsAnAddressOfAProviderThatIsNotThere) {
  const auto outcome =
      ImportOne(EmailUser(kAnn, "ann@example.com", "provider: 'gone' "));
  EXPECT_EQ(outcome.result(), v1::IMPORT_RESULT_CREATED);
  EXPECT_FALSE(outcome.claimable());
  EXPECT_THAT(outcome.logins(), IsEmpty());
}

TEST_F(UserImportTest, UnconfirmedAndPendingOnesWait) {
  const std::string hash = absl::StrCat("password_hash: '", kBcrypt, "'");
  EXPECT_THAT(
      ImportOne(EmailUser(kAnn, "ann@example.com", hash + " unconfirmed: true"))
          .logins(),
      IsEmpty());
  EXPECT_THAT(LogIn(&world_, "ann@example.com", "U*U"),
              HasReason(Reason::kEmailUnconfirmed));
  v1::UserTransfer pending = User(
      "registration: true identities { kind: 'email_password'"
      " subject: '65f0c0ffee65f0c0ffee000a' email: 'bob@example.com'"
      " unconfirmed: true }");
  EXPECT_EQ(ImportOne(pending).result(), v1::IMPORT_RESULT_CREATED);
  EXPECT_EQ(ImportOne(pending).result(), v1::IMPORT_RESULT_EXISTS);
  v1::ListPendingUsersRequest list;
  list.set_app("myapp-abcde");
  const auto listed = world_.Call<v1::ListPendingUsersResponse>(
      "UserAdminService/ListPendingUsers", list, kTestAdminKey);
  ASSERT_THAT(listed, IsOk());
  EXPECT_EQ(listed->pending_users_size(), 2);
  pending.add_identities();
  EXPECT_EQ(ImportOne(pending).result(), v1::IMPORT_RESULT_REFUSED);
}

TEST_F(UserImportTest, RowsWithoutIdsGetTheSameOneEachTime) {
  const auto first = ImportOne(EmailUser("", "ann@example.com"));
  EXPECT_EQ(first.result(), v1::IMPORT_RESULT_CREATED);
  const auto second = ImportOne(EmailUser("", "ANN@example.com"));
  EXPECT_EQ(second.result(), v1::IMPORT_RESULT_EXISTS);
  EXPECT_EQ(second.user_id(), first.user_id());
  EXPECT_TRUE(IsObjectId(first.user_id()));
}

TEST_F(UserImportTest, CollisionsAreToldWithoutValues) {
  ImportOne(EmailUser(kAnn, "ann@example.com"));
  ImportOne(
      User("id: '65f0c0ffee65f0c0ffee0002' identities {"
           " kind: 'custom_jwt' subject: 's' }"));
  const auto address =
      ImportOne(EmailUser("65f0c0ffee65f0c0ffee0003", "ann@example.com",
                          "subject: '65f0c0ffee65f0c0ffee000b'"));
  EXPECT_EQ(address.result(), v1::IMPORT_RESULT_COLLISION);
  EXPECT_THAT(address.detail(), HasSubstr("address"));
  EXPECT_FALSE(address.claimable());
  const auto identity =
      ImportOne(User("id: '65f0c0ffee65f0c0ffee0004' identities {"
                     " kind: 'custom_jwt' subject: 's' }"));
  EXPECT_EQ(identity.result(), v1::IMPORT_RESULT_COLLISION);
  EXPECT_THAT(identity.detail(), HasSubstr("identity"));
  EXPECT_THAT(identity.logins(), IsEmpty());
}

TEST_F(UserImportTest, ADryRunChangesNothing) {
  const auto user = EmailUser(kAnn, "ann@example.com",
                              absl::StrCat("password_hash: '", kBcrypt, "'"));
  const auto outcome = ImportOne(user, /*dry_run=*/true);
  EXPECT_EQ(outcome.result(), v1::IMPORT_RESULT_CREATED);
  EXPECT_THAT(outcome.logins(), ElementsAre("email_password"));
  EXPECT_THAT(Export(&world_, 10), IsEmpty());
  EXPECT_EQ(world_.base.audit.Of(audit_action::kUsersImported).action, "");
  EXPECT_EQ(ImportOne(user).result(), v1::IMPORT_RESULT_CREATED);
}

TEST_F(UserImportTest, BadRowsAreRefusedAndGoodOnesStored) {
  struct Row {
    std::string text;
    const char* says;
  };
  const std::string id = absl::StrCat("id: '", kAnn, "' ");
  std::string identities;
  for (int i = 0; i < 33; ++i) {
    absl::StrAppend(&identities, "identities { kind: 'google' subject: 's", i,
                    "' }");
  }
  std::vector<v1::UserTransfer> users;
  const std::vector<Row> rows = {
      {"id: 'ann'", "id: must be 24"},
      {"", "id: is required"},
      {id + identities, "identities: at most 32"},
      {id + "identities { kind: 'x' subject: 's' }", "kind:"},
      {id + "identities { kind: 'google' }", "subject: is required"},
      {id + "identities { kind: 'google' subject: '\\377' }", "UTF-8"},
      {id + "identities { kind: 'google' subject: 's' provider: 'jwt' }",
       "of another kind"},
      {id + "identities { kind: 'google' subject: 's' email: 'a@b.c' }",
       "email:"},
      {id + "identities { kind: 'email_password' }", "email:"},
      {id + "identities { kind: 'email_password' email: 'no address' }",
       "email:"},
      {id + "identities { kind: 'email_password' email: 'a@b.c' subject: 'x' }",
       "subject:"},
      {id + "identities { kind: 'email_password' email: 'a@b.c'"
            " password_hash: '$2b$31$x' }",
       "password_hash: bcrypt"},
      {id + "identities { kind: 'email_password' email: 'a@b.c'"
            " password_hash: 'hunter2' }",
       "password_hash: not a kind"},
      // Milliseconds in the place of seconds.
      {id + "created_at { seconds: 1600000000000 }", "created_at: must be a"},
      {id + "last_login_at { nanos: -1 }", "last_login_at: must be a time"},
      {id + "identities { kind: 'google' subject: 's'"
            " created_at { seconds: -62135596801 } }",
       "identities.created_at: must be a time"},
      {id + "data_json: '[]'", "data_json: must be a JSON object"},
      {id + "custom_data_json: '{\"a\":1,\"a\":2}'", "custom_data_json:"},
      {id + "api_keys { id: 'x' name: 'n' }", "api_keys.id:"},
      {id + "api_keys { id: '" + kAnn + "' name: '' }", "name:"},
  };
  for (const Row& row : rows) users.push_back(User(row.text));
  users.push_back(EmailUser(kAnn, "ann@example.com"));
  const auto response = Import(&world_, users);
  ASSERT_THAT(response, IsOk());
  ASSERT_EQ(response->outcomes_size(), static_cast<int>(users.size()));
  for (size_t i = 0; i < rows.size(); ++i) {
    const v1::ImportOutcome& outcome = response->outcomes(static_cast<int>(i));
    EXPECT_EQ(outcome.result(), v1::IMPORT_RESULT_REFUSED) << rows[i].text;
    EXPECT_THAT(outcome.detail(), HasSubstr(rows[i].says)) << rows[i].text;
    EXPECT_THAT(outcome.detail(), Not(HasSubstr("hunter2")));
    EXPECT_EQ(outcome.user_id(), "");
  }
  EXPECT_EQ(response->outcomes().rbegin()->result(), v1::IMPORT_RESULT_CREATED);
}

TEST_F(UserImportTest, OnlyAdministratorsAndOnlySoMany) {
  v1::ImportUsersRequest request;
  request.set_app("myapp-abcde");
  EXPECT_THAT(world_.Call<v1::ImportUsersResponse>(
                  "UserAdminService/ImportUsers", request),
              HasReason(Reason::kCallerNotAllowed));
  v1::ExportUsersRequest all;
  all.set_app("myapp-abcde");
  EXPECT_THAT(
      world_.Call<v1::ExportUsersResponse>("UserAdminService/ExportUsers", all),
      HasReason(Reason::kCallerNotAllowed));
  EXPECT_THAT(Import(&world_, {}), HasReason(Reason::kInvalidRequest));
  EXPECT_THAT(Import(&world_, std::vector<v1::UserTransfer>(1001)),
              HasReason(Reason::kInvalidRequest));
  all.set_page_token("MXg");  // a token of ours, of another list
  EXPECT_THAT(world_.Call<v1::ExportUsersResponse>(
                  "UserAdminService/ExportUsers", all, kTestAdminKey),
              HasReason(Reason::kInvalidRequest));
}

// Everything goes out and in again: logins, keys, states, and a second export
// is the same as the first.
TEST_F(UserImportTest, WhatIsExportedCanBeImportedElsewhere) {
  const v1::Session session = world_.LogInByEmail("ann@example.com");
  v1::CreateApiKeyRequest create;
  create.set_name("laptop");
  const auto key = world_.Call<v1::CreateApiKeyResponse>(
      "UserApiKeyService/CreateApiKey", create, session.access_token());
  ASSERT_THAT(key, IsOk());
  v1::CreateServerApiKeyRequest server;
  server.set_app("myapp-abcde");
  server.set_name("backend");
  const auto server_key = world_.Call<v1::CreateServerApiKeyResponse>(
      "UserAdminService/CreateServerApiKey", server, kTestAdminKey);
  ASSERT_THAT(server_key, IsOk());
  world_.LogInAnonymously();
  ImportOne(EmailUser("65f0c0ffee65f0c0ffee0007", "bob@example.com",
                      absl::StrCat("password_hash: '", kBcrypt, "'")));
  ImportOne(
      User("registration: true identities { kind: 'email_password'"
           " email: 'eve@example.com' }"));

  const std::vector<v1::UserTransfer> exported = Export(&world_, 2);
  ASSERT_EQ(exported.size(), 5u);
  EXPECT_EQ(world_.base.audit.Of(audit_action::kUsersExported).actor,
            "admin-key:test");
  RpcTestWorld other;
  const auto imported = Import(&other, exported);
  ASSERT_THAT(imported, IsOk());
  for (const v1::ImportOutcome& outcome : imported->outcomes()) {
    EXPECT_EQ(outcome.result(), v1::IMPORT_RESULT_CREATED) << outcome.detail();
  }
  const std::vector<v1::UserTransfer> again = Export(&other, 3);
  ASSERT_EQ(again.size(), exported.size());
  for (size_t i = 0; i < again.size(); ++i) {
    EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(exported[i],
                                                                   again[i]))
        << exported[i].DebugString() << again[i].DebugString();
  }

  const auto ann = LogIn(&other, "ann@example.com", "correct horse");
  ASSERT_THAT(ann, IsOk());
  EXPECT_EQ(ann->session().user().id(), session.user().id());
  EXPECT_THAT(LogIn(&other, "bob@example.com", "U*U"), IsOk());
  for (const std::string& text : {key->key(), server_key->key()}) {
    v1::LoginRequest request;
    request.set_app("myapp-abcde");
    request.mutable_credential()->mutable_api_key()->set_key(text);
    EXPECT_THAT(other.Call<v1::LoginResponse>("AuthService/Login", request),
                IsOk());
  }
}

}  // namespace
}  // namespace latchkey
