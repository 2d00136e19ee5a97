#include "clients/cli/session_file.h"

#include <sys/stat.h>

#include <cstdlib>
#include <fstream>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "clients/cli/failure.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

class SessionFileTest : public ::testing::Test {
 protected:
  SessionFileTest() {
    std::string pattern = absl::StrCat(::testing::TempDir(), "/s.XXXXXX");
    folder_ = mkdtemp(pattern.data());
  }

  std::string Path() const { return folder_ + "/new/latchkey/session.json"; }

  std::string folder_;
};

constexpr char kServer[] = "127.0.0.1:7070";
constexpr char kApp[] = "myapp-abcde";

StoredSession Example() {
  StoredSession session;
  session.server = kServer;
  session.app = kApp;
  session.provider = "okta";
  session.user_id = "65f0c0ffee65f0c0ffee0001";
  session.session_id = "sid";
  session.access_token = "access";
  session.refresh_token = "refresh";
  session.grant = {"https://id.example", "client", "access_token", "again"};
  session.obtained_at = absl::FromUnixSeconds(1'690'000'000);
  session.access_expires_at = absl::FromUnixMillis(1'700'000'000'500);
  session.refresh_expires_at = absl::FromUnixSeconds(1'800'000'000);
  return session;
}

StoredSession With(const char* server, const char* app, const char* token) {
  StoredSession session = Example();
  session.server = server;
  session.app = app;
  session.access_token = token;
  return session;
}

void NoSleep(absl::Duration) { FAIL() << "nobody holds the lock"; }

absl::Status Save(const SessionFile& file, const StoredSession& session) {
  const absl::StatusOr<SessionLock> lock = file.Lock(NoSleep);
  if (!lock.ok()) return lock.status();
  return file.SaveFirst(*lock, session);
}

unsigned Mode(const std::string& path) {
  struct stat info;
  return stat(path.c_str(), &info) == 0 ? info.st_mode & 0777u : 0;
}

TEST_F(SessionFileTest, KeepsWhatWasSaved) {
  const SessionFile file(Path());
  ASSERT_TRUE(Save(file, Example()).ok());
  const auto loaded = file.Load(kServer, kApp);
  ASSERT_TRUE(loaded.ok());
  EXPECT_EQ(loaded->server, "127.0.0.1:7070");
  EXPECT_EQ(loaded->app, "myapp-abcde");
  EXPECT_EQ(loaded->user_id, "65f0c0ffee65f0c0ffee0001");
  EXPECT_EQ(loaded->provider, "okta");
  EXPECT_EQ(loaded->session_id, "sid");
  EXPECT_EQ(loaded->grant.issuer, "https://id.example");
  EXPECT_EQ(loaded->grant.client_id, "client");
  EXPECT_EQ(loaded->grant.token_kind, "access_token");
  EXPECT_EQ(loaded->grant.refresh_token, "again");
  EXPECT_EQ(loaded->obtained_at, Example().obtained_at);
  EXPECT_EQ(loaded->access_token, "access");
  EXPECT_EQ(loaded->refresh_token, "refresh");
  EXPECT_EQ(loaded->access_expires_at, Example().access_expires_at);
  EXPECT_EQ(loaded->refresh_expires_at, Example().refresh_expires_at);
}

TEST_F(SessionFileTest, IsForItsOwnerAlone) {
  const SessionFile file(Path());
  ASSERT_TRUE(Save(file, Example()).ok());
  EXPECT_EQ(Mode(Path()), 0600u);
  EXPECT_EQ(Mode(Path() + ".lock"), 0600u);
  EXPECT_EQ(Mode(folder_ + "/new/latchkey"), 0700u);
  // Replacing takes a wider mode away.
  ASSERT_EQ(chmod(Path().c_str(), 0644), 0);
  ASSERT_TRUE(Save(file, Example()).ok());
  EXPECT_EQ(Mode(Path()), 0600u);
}

TEST_F(SessionFileTest, RefusesAFileThatOthersRead) {
  const SessionFile file(Path());
  ASSERT_TRUE(Save(file, Example()).ok());
  ASSERT_EQ(chmod(Path().c_str(), 0640), 0);
  EXPECT_EQ(ReadFailure(file.Load(kServer, "").status()).exit_code, kExitUsage);
}

TEST_F(SessionFileTest, RefusesADamagedFile) {
  const SessionFile file(Path());
  ASSERT_TRUE(Save(file, Example()).ok());
  for (const char* text : {"", "{}", "{\"server\":1}", "nonsense",
                           "{\"sessions\":1}", "{\"sessions\":[{}]}"}) {
    std::ofstream(Path()) << text;
    EXPECT_EQ(ReadFailure(file.Load(kServer, "").status()).exit_code,
              kExitUsage)
        << text;
  }
}

TEST_F(SessionFileTest, NoSessionIsNoUsageError) {
  const absl::Status status = SessionFile(Path()).Load(kServer, "").status();
  EXPECT_EQ(ReadFailure(status).exit_code, kExitFailed);
}

TEST_F(SessionFileTest, HasOneForEachServerAndApp) {
  const SessionFile file(Path());
  ASSERT_TRUE(Save(file, With("a:1", "one", "a-one")).ok());
  ASSERT_TRUE(Save(file, With("a:1", "two", "a-two")).ok());
  ASSERT_TRUE(Save(file, With("b:1", "one", "b-one")).ok());
  EXPECT_EQ(file.Load("a:1", "one")->access_token, "a-one");
  EXPECT_EQ(file.Load("a:1", "")->access_token, "a-two");
  EXPECT_EQ(file.Load("b:1", "")->access_token, "b-one");
  const auto lock = file.Lock(NoSleep);
  // Renewing a session does not put it before the others.
  ASSERT_TRUE(file.Save(*lock, With("a:1", "one", "renewed")).ok());
  EXPECT_EQ(file.Load("a:1", "one")->access_token, "renewed");
  EXPECT_EQ(file.Load("a:1", "")->access_token, "a-two");

  const absl::Status no_app = file.Load("b:1", "two").status();
  EXPECT_EQ(ReadFailure(no_app).exit_code, kExitUsage);
  EXPECT_THAT(std::string(no_app.message()), ::testing::HasSubstr("--app=one"));
  const absl::Status no_server = file.Load("c:1", "").status();
  EXPECT_THAT(std::string(no_server.message()),
              ::testing::HasSubstr("--server=b:1"));

  ASSERT_TRUE(file.Remove(*lock, With("a:1", "two", "")).ok());
  EXPECT_EQ(file.Load("a:1", "")->access_token, "renewed");
  ASSERT_TRUE(file.Remove(*lock, With("a:1", "one", "")).ok());
  ASSERT_TRUE(file.Remove(*lock, With("b:1", "one", "")).ok());
  EXPECT_EQ(Mode(Path()), 0u);
}

TEST_F(SessionFileTest, ForgetsTheOldestOfTooMany) {
  const SessionFile file(Path());
  for (size_t i = 0; i <= SessionFile::kMaxSessions; ++i) {
    const std::string app = absl::StrCat("app-", i);
    ASSERT_TRUE(Save(file, With("a:1", app.c_str(), "t")).ok());
  }
  EXPECT_TRUE(file.Load("a:1", "app-1").ok());
  EXPECT_FALSE(file.Load("a:1", "app-0").ok());
}

TEST_F(SessionFileTest, ReadsTheFileOfBeforeThereWereSeveral) {
  const SessionFile file(Path());
  ASSERT_TRUE(Save(file, Example()).ok());
  std::ofstream(Path())
      << R"({"server":"a:1","app":"one","userId":"u","sessionId":"s",)"
      << R"("accessToken":"old","refreshToken":"r",)"
      << R"("accessExpiresAt":"2026-01-01T00:00:00+00:00",)"
      << R"("refreshExpiresAt":"2026-01-01T00:00:00+00:00"})";
  const auto loaded = file.Load("a:1", "one");
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_EQ(loaded->access_token, "old");
  EXPECT_EQ(loaded->obtained_at, absl::InfinitePast());
}

TEST_F(SessionFileTest, OneProcessAtATimeChangesIt) {
  const SessionFile file(Path());
  std::optional<absl::StatusOr<SessionLock>> first = file.Lock(NoSleep);
  ASSERT_TRUE(first->ok());
  int waits = 0;
  const auto second = file.Lock([&](absl::Duration) {
    if (++waits == 3) first.reset();
  });
  EXPECT_TRUE(second.ok());
  EXPECT_EQ(waits, 3);
  const auto third = file.Lock([](absl::Duration) {});
  EXPECT_EQ(third.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(third.status().message()),
              ::testing::HasSubstr("another latchkey"));
}

TEST_F(SessionFileTest, SaysWhereItCannotWrite) {
  std::ofstream(folder_ + "/file") << "in the way";
  const absl::Status status =
      Save(SessionFile(folder_ + "/file/session.json"), Example());
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), ::testing::HasSubstr("/file"));
}

TEST(SessionFilePathTest, FollowsXdg) {
  const auto path = [](std::optional<std::string> xdg,
                       std::optional<std::string> home) {
    return SessionFile::DefaultPath(
        [&](const std::string& name) { return name == "HOME" ? home : xdg; });
  };
  EXPECT_EQ(path("/x", "/h"), "/x/latchkey/session.json");
  EXPECT_EQ(path(std::nullopt, "/h"), "/h/.config/latchkey/session.json");
  EXPECT_EQ(path(std::nullopt, std::nullopt), "");
}

}  // namespace
}  // namespace latchkey
