#include "clients/cli/session_file.h"

#include <sys/stat.h>

#include <cstdlib>
#include <fstream>

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

StoredSession Example() {
  StoredSession session;
  session.server = "127.0.0.1:7070";
  session.app = "myapp-abcde";
  session.user_id = "65f0c0ffee65f0c0ffee0001";
  session.session_id = "sid";
  session.access_token = "access";
  session.refresh_token = "refresh";
  session.access_expires_at = absl::FromUnixMillis(1'700'000'000'500);
  session.refresh_expires_at = absl::FromUnixSeconds(1'800'000'000);
  return session;
}

unsigned Mode(const std::string& path) {
  struct stat info;
  return stat(path.c_str(), &info) == 0 ? info.st_mode & 0777u : 0;
}

TEST_F(SessionFileTest, KeepsWhatWasSaved) {
  const SessionFile file(Path());
  ASSERT_TRUE(file.Save(Example()).ok());
  const auto loaded = file.Load();
  ASSERT_TRUE(loaded.ok());
  EXPECT_EQ(loaded->server, "127.0.0.1:7070");
  EXPECT_EQ(loaded->app, "myapp-abcde");
  EXPECT_EQ(loaded->user_id, "65f0c0ffee65f0c0ffee0001");
  EXPECT_EQ(loaded->session_id, "sid");
  EXPECT_EQ(loaded->access_token, "access");
  EXPECT_EQ(loaded->refresh_token, "refresh");
  EXPECT_EQ(loaded->access_expires_at, Example().access_expires_at);
  EXPECT_EQ(loaded->refresh_expires_at, Example().refresh_expires_at);
}

TEST_F(SessionFileTest, IsForItsOwnerAlone) {
  const SessionFile file(Path());
  ASSERT_TRUE(file.Save(Example()).ok());
  EXPECT_EQ(Mode(Path()), 0600u);
  EXPECT_EQ(Mode(folder_ + "/new/latchkey"), 0700u);
  // Replacing takes a wider mode away.
  ASSERT_EQ(chmod(Path().c_str(), 0644), 0);
  ASSERT_TRUE(file.Save(Example()).ok());
  EXPECT_EQ(Mode(Path()), 0600u);
}

TEST_F(SessionFileTest, RefusesAFileThatOthersRead) {
  const SessionFile file(Path());
  ASSERT_TRUE(file.Save(Example()).ok());
  ASSERT_EQ(chmod(Path().c_str(), 0640), 0);
  EXPECT_EQ(ReadFailure(file.Load().status()).exit_code, kExitUsage);
}

TEST_F(SessionFileTest, RefusesADamagedFile) {
  const SessionFile file(Path());
  ASSERT_TRUE(file.Save(Example()).ok());
  for (const char* text : {"", "{}", "{\"server\":1}", "nonsense"}) {
    std::ofstream(Path()) << text;
    EXPECT_EQ(ReadFailure(file.Load().status()).exit_code, kExitUsage) << text;
  }
}

TEST_F(SessionFileTest, NoSessionIsNoUsageError) {
  EXPECT_EQ(ReadFailure(SessionFile(Path()).Load().status()).exit_code,
            kExitFailed);
  EXPECT_TRUE(SessionFile(Path()).Remove().ok());
}

TEST_F(SessionFileTest, SaysWhereItCannotWrite) {
  std::ofstream(folder_ + "/file") << "in the way";
  const absl::Status status =
      SessionFile(folder_ + "/file/session.json").Save(Example());
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
