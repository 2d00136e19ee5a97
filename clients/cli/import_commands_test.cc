// Users in and out of files.
#include <algorithm>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "clients/cli/cli_test_world.h"
#include "clients/cli/failure.h"
#include "clients/cli/json_rows.h"
#include "clients/cli/user_formats.h"
#include "core/json/json.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "latchkey/v1/user_admin_service.pb.h"

namespace latchkey {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using Message = google::protobuf::Message;

constexpr char kImport[] = "latchkey.v1.UserAdminService/ImportUsers";
constexpr char kExport[] = "latchkey.v1.UserAdminService/ExportUsers";
constexpr char kAnn[] = "65f0c0ffee65f0c0ffee0001";
constexpr char kBob[] = "65f0c0ffee65f0c0ffee0002";

std::string Contents(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

class ImportCommandsTest : public ::testing::Test {
 protected:
  ImportCommandsTest() {
    world_.Handle(kImport, [this](const Message& message, Message* response) {
      const auto& request = static_cast<const v1::ImportUsersRequest&>(message);
      if (fail_at_ == ++calls_) return RpcError(14, "gone", "");
      dry_run_ = request.dry_run();
      for (const v1::UserTransfer& user : request.users()) {
        users_.push_back(user);
        auto* const outcome =
            static_cast<v1::ImportUsersResponse*>(response)->add_outcomes();
        outcome->set_result(v1::IMPORT_RESULT_CREATED);
        outcome->set_user_id(user.id());
        if (user.id() == kAnn) outcome->add_logins("email_password");
        if (user.id() == kBob) outcome->set_claimable(true);
      }
      return absl::OkStatus();
    });
  }

  CliTestWorld::Result Import(const std::string& text,
                              std::vector<std::string> flags) {
    flags.insert(flags.begin(),
                 {"import", "users", world_.File("users.json", text),
                  "--app=myapp-abcde", "--output=json"});
    return world_.Run(flags);
  }

  CliTestWorld world_;
  std::vector<v1::UserTransfer> users_;
  int calls_ = 0;
  int fail_at_ = 0;
  bool dry_run_ = false;
};

constexpr char kAdminApiPage[] = R"json([
 {"_id":"65f0c0ffee65f0c0ffee0001","type":"normal","creation_date":1700000000,
  "last_authentication_date":1700000001,"disabled":true,
  "identities":[
   {"id":"65f0c0ffee65f0c0ffee00a1","provider_type":"local-userpass",
    "provider_id":"65f0c0ffee65f0c0ffee00b1",
    "provider_data":{"email":"ann@example.com"}},
   {"id":"1077","provider_type":"oauth2-google",
    "provider_data":{"name":"Ann"}},
   {"id":"sub-1","provider_type":"custom-token"}],
  "data":{"email":"ann@example.com","name":"Ann"}},
 {"_id":{"$oid":"65f0c0ffee65f0c0ffee0002"},"type":"server","identities":[
   {"id":"65f0c0ffee65f0c0ffee00a2","provider_type":"api-key"}]},
 {"_id":"65f0c0ffee65f0c0ffee00a3","domain_id":"65f0c0ffee65f0c0ffee00c1",
  "login_ids":[{"id_type":"email","id":"eve@example.com"}],"user_id":""},
 {"_id":"65f0c0ffee65f0c0ffee0004","identities":[
   {"id":"x","provider_type":"mongodb-cloud"}]},
 {"name":"nobody"}
])json";

TEST_F(ImportCommandsTest, ReadsPagesOfTheAdminApi) {
  const auto result = Import(
      kAdminApiPage, {"--format=app-services", "--provider=custom_jwt=okta"});
  EXPECT_EQ(result.code, kExitFailed) << result.err;  // two are refused
  ASSERT_THAT(users_, SizeIs(3));
  const v1::UserTransfer& ann = users_[0];
  EXPECT_EQ(ann.id(), kAnn);
  EXPECT_TRUE(ann.disabled());
  EXPECT_EQ(ann.created_at().seconds(), 1'700'000'000);
  EXPECT_EQ(ann.last_login_at().seconds(), 1'700'000'001);
  EXPECT_EQ(ann.data_json(), R"({"email":"ann@example.com","name":"Ann"})");
  ASSERT_EQ(ann.identities_size(), 3);
  EXPECT_EQ(ann.identities(0).kind(), "email_password");
  EXPECT_EQ(ann.identities(0).subject(), "65f0c0ffee65f0c0ffee00a1");
  EXPECT_EQ(ann.identities(0).email(), "ann@example.com");
  EXPECT_FALSE(ann.identities(0).unconfirmed());
  EXPECT_EQ(ann.identities(1).kind(), "google");
  EXPECT_EQ(ann.identities(1).subject(), "1077");
  EXPECT_EQ(ann.identities(1).data_json(), R"({"name":"Ann"})");
  EXPECT_EQ(ann.identities(2).provider(), "okta");
  EXPECT_EQ(users_[1].id(), kBob);
  EXPECT_EQ(users_[1].type(), v1::USER_TYPE_SERVER);
  EXPECT_TRUE(users_[2].registration());
  EXPECT_TRUE(users_[2].identities(0).unconfirmed());
  EXPECT_EQ(users_[2].identities(0).email(), "eve@example.com");
  const auto report = json::ParseObject(result.out);
  ASSERT_TRUE(report.ok()) << result.out;
  EXPECT_EQ(report->Find("rows")->as_int64(), 5);
  EXPECT_EQ(report->Find("created")->as_int64(), 3);
  EXPECT_EQ(report->Find("refused")->as_int64(), 2);
  EXPECT_EQ(report->Find("claimable")->as_int64(), 1);
  EXPECT_EQ(report->Find("lockedOut")->as_int64(), 1);
  EXPECT_EQ(report->Find("logins")->Find("email_password")->as_int64(), 1);
}

// As realm-cli 2 and appservices print it: a table for each kind.
constexpr char kTables[] =
    R"({"time":"2025-09-01T10:00:00Z","level":"info","message":"Provider type: User/Password","data":[{"Email":"ann@example.com","Enabled":"true","ID":"65f0c0ffee65f0c0ffee0001","Last Authenticated":"2023-11-14 22:13:20 +0000 UTC","Type":"normal"}],"headers":["Email","ID","Type","Enabled","Last Authenticated"]})"
    "\n"
    R"({"time":"2025-09-01T10:00:00Z","level":"info","message":"Provider type: Google","data":[{"Enabled":"false","ID":"65f0c0ffee65f0c0ffee0002","Last Authenticated":"n/a","Type":"normal"},{"Enabled":"true","ID":"65f0c0ffee65f0c0ffee0001","Last Authenticated":"n/a","Type":"normal"}],"headers":[]})"
    "\n"
    R"({"time":"2025-09-01T10:00:00Z","level":"info","message":"No available users to show"})"
    "\n";

TEST_F(ImportCommandsTest, ReadsTheTablesOfTheCommandLine) {
  const auto result = Import(kTables, {"--format=app-services"});
  EXPECT_EQ(result.code, kExitOk) << result.err;
  ASSERT_THAT(users_, SizeIs(2));
  EXPECT_EQ(users_[0].id(), kAnn);
  EXPECT_EQ(users_[0].identities(0).email(), "ann@example.com");
  EXPECT_EQ(users_[0].last_login_at().seconds(), 1'700'000'000);
  EXPECT_FALSE(users_[0].disabled());
  EXPECT_EQ(users_[1].id(), kBob);
  EXPECT_TRUE(users_[1].disabled());
  EXPECT_EQ(users_[1].identities_size(), 0);
}

TEST_F(ImportCommandsTest, ReadsFirebase) {
  const std::string file = R"json({"users": [
   {"localId":"u1","email":"ann@example.com","emailVerified":true,
    "passwordHash":"lSrf","salt":"42xE","createdAt":"1700000000123",
    "lastSignedInAt":"1700000001000","disabled":false,"displayName":"Ann",
    "customAttributes":"{\"admin\":true}",
    "providerUserInfo":[{"providerId":"google.com","rawId":"1077",
                         "email":"ann@example.com"}]},
   {"localId":"u2","email":"bob@example.com","emailVerified":false,
    "providerUserInfo":[{"providerId":"facebook.com","rawId":"4"}]},
   {"localId":"u3","email":"eve@example.com","emailVerified":false,
    "passwordHash":"","providerUserInfo":[{"providerId":"password"}]}
  ]})json";
  auto result = Import(file, {"--format=firebase"});
  EXPECT_EQ(result.code, kExitFailed);  // a hash, and no key
  EXPECT_THAT(users_, SizeIs(2));
  users_.clear();
  const std::string key = world_.File("key.txt", "c2lnbmVy\n");
  result = Import(file, {"--format=firebase", "--confirmed",
                         "--firebase-signer-key-file=" + key});
  EXPECT_EQ(result.code, kExitOk) << result.err;
  ASSERT_THAT(users_, SizeIs(3));
  const v1::UserTransfer& ann = users_[0];
  EXPECT_THAT(ann.id(), SizeIs(24));
  EXPECT_EQ(ann.created_at().nanos(), 123'000'000);
  EXPECT_EQ(ann.custom_data_json(),
            R"({"firebase_uid":"u1","claims":{"admin":true}})");
  ASSERT_EQ(ann.identities_size(), 2);
  EXPECT_EQ(ann.identities(0).kind(), "google");
  EXPECT_EQ(ann.identities(1).password_hash(),
            "$fbscrypt$v=1,n=14,r=8,p=1,ss=Bw==,sk=c2lnbmVy$42xE$lSrf");
  // An address that came with another login proves nothing here.
  ASSERT_EQ(users_[1].identities_size(), 1);
  EXPECT_EQ(users_[1].identities(0).kind(), "facebook");
  EXPECT_FALSE(users_[2].identities(0).unconfirmed());
  EXPECT_EQ(users_[2].identities(0).password_hash(), "");
}

TEST_F(ImportCommandsTest, GenericIsWhatExportWrites) {
  const std::string line = absl::StrCat(
      R"({"id":")", kAnn,
      R"(","type":"normal","disabled":true,"data":{"n":12345678901234567890},)"
      R"("customData":{},"createdAt":"2023-11-14T22:13:20.123456+00:00",)"
      R"("lastLoginAt":"2023-11-14T22:13:21+00:00","identities":[)"
      R"({"kind":"email_password","provider":"email_password",)"
      R"("subject":"65f0c0ffee65f0c0ffee00a1",)"
      R"("data":{"email":"ann@example.com"},)"
      R"("createdAt":"2023-11-14T22:13:20+00:00","email":"ann@example.com",)"
      R"("confirmed":false,"passwordHash":"$2b$10$x"}],)"
      R"("apiKeys":[{"id":"65f0c0ffee65f0c0ffee00d1","name":"laptop",)"
      R"("secretSha256":"00ff","disabled":false}]})",
      "\n");
  ASSERT_EQ(Import(line, {}).code, kExitOk);
  ASSERT_THAT(users_, SizeIs(1));
  world_.Handle(kExport, [this](const Message& message, Message* response) {
    const auto& request = static_cast<const v1::ExportUsersRequest&>(message);
    auto* const answer = static_cast<v1::ExportUsersResponse*>(response);
    if (request.page_token().empty()) {
      answer->set_next_page_token("more");
    } else {
      *answer->add_users() = users_[0];
    }
    return absl::OkStatus();
  });
  const auto exported = world_.Run({"export", "users", "--app=myapp-abcde"});
  EXPECT_EQ(exported.code, kExitOk) << exported.err;
  EXPECT_EQ(exported.out, line);
}

TEST_F(ImportCommandsTest, GenericIsStrict) {
  for (const char* row :
       {R"({"id":"x","admin":true})", R"({"id":5})", R"({"disabled":"yes"})",
        R"({"createdAt":"yesterday"})", R"({"type":"king"})",
        R"({"identities":{}})", R"({"identities":[{"kind":"google","x":1}]})",
        R"({"identities":["google"]})", R"({"data":"x"})",
        R"({"apiKeys":[{"secretSha256":"0g"}]})", R"({"id":"a","id":"b"})"}) {
    const auto result = Import(row, {});
    EXPECT_EQ(result.code, kExitFailed) << row;
    EXPECT_THAT(result.out, HasSubstr(R"("refused":1)")) << row;
  }
  EXPECT_THAT(users_, SizeIs(0));
}

TEST_F(ImportCommandsTest, DuplicatesInTheFileAreToldWithTheirRow) {
  const std::string path = world_.folder() + "/outcomes.json";
  const auto result =
      Import(absl::StrCat(R"({"id":")", kAnn, R"("})", "\n", R"({"id":")", kBob,
                          R"(","identities":[{"kind":"email_password",)"
                          R"("email":"a@b.c"}]})"
                          "\n",
                          R"({"id":")", kAnn, R"("})", "\n",
                          R"({"identities":[{"kind":"email_password",)"
                          R"("email":"A@b.c"}]})"),
             {"--outcomes=" + path});
  EXPECT_EQ(result.code, kExitFailed);
  EXPECT_THAT(users_, SizeIs(2));
  EXPECT_EQ(Contents(path),
            absl::StrCat(R"({"row":1,"result":"created","id":")", kAnn,
                         R"(","logins":["email_password"]})", "\n",
                         R"({"row":2,"result":"created","id":")", kBob,
                         R"(","claimable":true})", "\n",
                         R"({"row":3,"result":"duplicate","id":")", kAnn,
                         R"(","detail":"of row 1"})", "\n",
                         R"({"row":4,"result":"duplicate",)"
                         R"("detail":"of row 2"})",
                         "\n"));
}

std::string ManyUsers(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) {
    absl::StrAppend(&text, R"({"id":"65f0c0ffee65f0c0ffe)", 10'000 + i,
                    "\"}\n");
  }
  return text;
}

TEST_F(ImportCommandsTest, GoesOnAfterACut) {
  const std::string path = world_.folder() + "/outcomes.json";
  const std::string text = ManyUsers(2500);
  fail_at_ = 3;
  auto result = Import(text, {"--outcomes=" + path});
  EXPECT_EQ(result.code, kExitUnreachable);
  EXPECT_THAT(result.out, HasSubstr(R"("created":2000)"));
  EXPECT_THAT(users_, SizeIs(2000));
  // A process that is killed leaves half a line.
  std::ofstream(path, std::ios::app) << R"({"row":2001,"res)";
  users_.clear();
  EXPECT_EQ(Import(text, {"--outcomes=" + path}).code, kExitUsage);
  result = Import(text, {"--outcomes=" + path, "--resume"});
  EXPECT_EQ(result.code, kExitOk) << result.err;
  EXPECT_THAT(result.out, HasSubstr(R"("skipped":2000)"));
  EXPECT_THAT(users_, SizeIs(500));
  const std::string lines = Contents(path);
  EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), 2500);
  int row = 0;
  for (absl::string_view line :
       absl::StrSplit(lines, '\n', absl::SkipEmpty())) {
    const auto value = json::ParseObject(line);
    ASSERT_TRUE(value.ok()) << line;
    EXPECT_EQ(value->Find("row")->as_int64(), ++row);
  }
}

TEST_F(ImportCommandsTest, LargeRowsMakeSmallerBatches) {
  std::string text;
  for (int i = 0; i < 10; ++i) {
    absl::StrAppend(&text, R"({"id":"65f0c0ffee65f0c0ffe)", 10'000 + i,
                    R"(","data":{"x":")", std::string(200'000, 'x'), "\"}}\n");
  }
  absl::StrAppend(&text, R"({"data":{"x":")", std::string(300'000, 'x'),
                  "\"}}\n");
  const auto result = Import(text, {});
  EXPECT_EQ(result.code, kExitFailed);
  EXPECT_EQ(calls_, 4);  // three a batch
  EXPECT_THAT(users_, SizeIs(10));
  EXPECT_THAT(result.out, HasSubstr(R"("refused":1)"));
}

TEST_F(ImportCommandsTest, DryRunsAreSaidSo) {
  EXPECT_EQ(Import(ManyUsers(1), {"--dry-run"}).code, kExitOk);
  EXPECT_TRUE(dry_run_);
  EXPECT_EQ(Import(ManyUsers(1), {"--dry-run", "--resume",
                                  "--outcomes=" + world_.folder() + "/o"})
                .code,
            kExitUsage);
  EXPECT_EQ(Import(ManyUsers(1), {"--resume"}).code, kExitUsage);
  EXPECT_EQ(Import(ManyUsers(1), {"--format=csv"}).code, kExitUsage);
  EXPECT_EQ(Import(ManyUsers(1), {"--provider=okta"}).code, kExitUsage);
  EXPECT_EQ(world_.Run({"import", "users", "/no/file", "--app=a"}).code,
            kExitUsage);
}

std::vector<std::string> Rows(const std::string& text, std::string* failure) {
  std::istringstream in(text);
  JsonRows rows(&in);
  std::vector<std::string> found;
  std::string row;
  while (true) {
    const auto next = rows.Next(&row);
    if (!next.ok()) {
      *failure = std::string(next.status().message());
      return found;
    }
    if (!*next) return found;
    found.push_back(row);
  }
}

TEST(JsonRowsTest, CutsWhateverIsMadeOfObjects) {
  for (const char* text :
       {"{\"a\":1}{\"b\":[{}]}", "{\"a\":1}\n{\"b\":[{}]}\n",
        "[{\"a\":1},{\"b\":[{}]}]", " [ {\"a\":1} , {\"b\":[{}]} ] ",
        "[{\"a\":1}]\n[]\n[{\"b\":[{}]}]",
        "{\"users\":[{\"a\":1},{\"b\":[{}]}]}",
        "{ \"users\" : [ {\"a\":1} , {\"b\":[{}]} ] }\n"}) {
    std::string failure;
    EXPECT_THAT(Rows(text, &failure), ElementsAre("{\"a\":1}", "{\"b\":[{}]}"))
        << text;
    EXPECT_EQ(failure, "") << text;
  }
  std::string failure;
  EXPECT_THAT(Rows(R"({"a":"}\"{[\\"}{"x":1,"users":[1]})", &failure),
              ElementsAre(R"({"a":"}\"{[\\"})", R"({"x":1,"users":[1]})"));
  EXPECT_EQ(failure, "");
}

TEST(JsonRowsTest, RefusesWhatIsCutOrSomethingElse) {
  for (const char* text :
       {"{\"a\":1", "[{\"a\":1}", "[{\"a\":1},", "[", "{\"users\":[{}]",
        "{\"users\":[{}],\"x\":1}", "[{}{}]", "[,{}]", "[{},]", "[{},,{}]",
        "{},{}", "]", "}", "id,email\n", "[1]", "[[{}]]", "\xEF\xBB\xBF{}"}) {
    std::string failure;
    Rows(text, &failure);
    EXPECT_NE(failure, "") << text;
  }
}

}  // namespace
}  // namespace latchkey
