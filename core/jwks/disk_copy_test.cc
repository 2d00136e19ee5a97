#include "core/jwks/disk_copy.h"

#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "core/base/log.h"
#include "core/base/reason.h"
#include "core/testing/status_matchers.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

constexpr char kId[] = "https://i.example/";
// SHA-256 of kId, by sha256sum.
constexpr char kName[] =
    "a0cf980c3149d4bd10c6ccd596f5993ff0b6d0248e18a0646732e202b6c45a0f";
const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);

int ignored = 0;

void CountIgnored(const std::string& line) {
  if (absl::StrContains(line, "key_set_file_ignored")) ++ignored;
}

class DiskCopyTest : public testing::Test {
 protected:
  DiskCopyTest() {
    ignored = 0;
    SetLogSinkForTest(&CountIgnored);
  }
  ~DiskCopyTest() override { SetLogSinkForTest(nullptr); }

  static std::string NewFolder() {
    static int number = 0;
    return absl::StrCat(testing::TempDir(), "/keys", getpid(), "-", ++number);
  }
  std::string path() const { return absl::StrCat(folder_, "/", kName); }
  void Overwrite(const std::string& text) const {
    std::ofstream(path(), std::ios::trunc) << text;
  }
  static KeySetRecord Record() {
    return {kId, "https://i.example/keys", "\"e\"", kNow,
            "{\"keys\":[\"\\n\xc3\xa9\"]}"};
  }

  const std::string folder_ = NewFolder();
  const DiskCopy disk_{folder_, 1000};
};

TEST_F(DiskCopyTest, GivesBackWhatWasSaved) {
  ASSERT_THAT(disk_.Save(Record()), IsOk());
  const auto loaded = disk_.Load(kId, kNow + absl::Hours(1));
  ASSERT_TRUE(loaded.has_value());
  EXPECT_EQ(loaded->id, kId);
  EXPECT_EQ(loaded->jwks_uri, Record().jwks_uri);
  EXPECT_EQ(loaded->etag, Record().etag);
  EXPECT_EQ(loaded->fetched_at, kNow);
  EXPECT_EQ(loaded->document, Record().document);
  EXPECT_EQ(ignored, 0);
}

TEST_F(DiskCopyTest, FileIsPrivateAndAlone) {
  ASSERT_THAT(disk_.Save(Record()), IsOk());
  struct stat info;
  ASSERT_EQ(stat(path().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  EXPECT_NE(access(absl::StrCat(path(), ".tmp").c_str(), F_OK), 0);
}

TEST_F(DiskCopyTest, SaveReplaces) {
  ASSERT_THAT(disk_.Save(Record()), IsOk());
  KeySetRecord second = Record();
  second.document = "two";
  std::ofstream(absl::StrCat(path(), ".tmp")) << "left by a crash";
  ASSERT_THAT(disk_.Save(second), IsOk());
  EXPECT_EQ(disk_.Load(kId, kNow)->document, "two");
}

TEST_F(DiskCopyTest, SourcesOfOneIdMayWriteAtOnce) {
  std::vector<std::thread> writers;
  for (const char* document : {"one", "two", "three", "four"}) {
    writers.emplace_back([this, document] {
      KeySetRecord record = Record();
      record.document = document;
      for (int i = 0; i < 20; ++i) {
        EXPECT_THAT(disk_.Save(record), IsOk());
        EXPECT_TRUE(disk_.Load(kId, kNow).has_value());
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  EXPECT_EQ(ignored, 0);
}

TEST_F(DiskCopyTest, NoFileIsNoNews) {
  EXPECT_FALSE(disk_.Load(kId, kNow).has_value());
  EXPECT_EQ(ignored, 0);
}

TEST_F(DiskCopyTest, KeepsNothingWithoutAFolder) {
  const DiskCopy none("", 1000);
  EXPECT_THAT(none.Save(Record()), IsOk());
  EXPECT_FALSE(none.Load(kId, kNow).has_value());
}

TEST_F(DiskCopyTest, IgnoresCorruptFiles) {
  ASSERT_THAT(disk_.Save(Record()), IsOk());
  int expected = 0;
  for (const char* text :
       {"", "{", "[]", "{}", R"({"id":"https://i.example/"})",
        R"({"id":"https://i.example/","jwks_uri":"","etag":"","document":"",
            "fetched_at":"1"})",
        R"({"id":"https://i.example/","jwks_uri":"","etag":"","document":{},
            "fetched_at":1})"}) {
    Overwrite(text);
    EXPECT_FALSE(disk_.Load(kId, kNow).has_value()) << text;
    EXPECT_EQ(ignored, ++expected) << text;
  }
  Overwrite(std::string(100'000, ' '));
  EXPECT_FALSE(disk_.Load(kId, kNow).has_value());
}

TEST_F(DiskCopyTest, IgnoresTheFileOfAnotherSource) {
  ASSERT_THAT(disk_.Save(Record()), IsOk());
  Overwrite(R"({"id":"https://other.example/","jwks_uri":"a","etag":"",)"
            R"("document":"","fetched_at":1700000000})");
  EXPECT_FALSE(disk_.Load(kId, kNow).has_value());
  EXPECT_EQ(ignored, 1);
}

TEST_F(DiskCopyTest, IgnoresWhatOthersMayWrite) {
  ASSERT_THAT(disk_.Save(Record()), IsOk());
  ASSERT_EQ(chmod(path().c_str(), 0620), 0);
  EXPECT_FALSE(disk_.Load(kId, kNow).has_value());
  ASSERT_EQ(chmod(path().c_str(), 0602), 0);
  EXPECT_FALSE(disk_.Load(kId, kNow).has_value());
  EXPECT_EQ(ignored, 2);
}

TEST_F(DiskCopyTest, IgnoresLinks) {
  ASSERT_THAT(disk_.Save(Record()), IsOk());
  const std::string real = absl::StrCat(folder_, "/real");
  ASSERT_EQ(rename(path().c_str(), real.c_str()), 0);
  ASSERT_EQ(symlink(real.c_str(), path().c_str()), 0);
  EXPECT_FALSE(disk_.Load(kId, kNow).has_value());
  EXPECT_EQ(ignored, 1);
}

TEST_F(DiskCopyTest, IgnoresTheFuture) {
  ASSERT_THAT(disk_.Save(Record()), IsOk());
  EXPECT_FALSE(disk_.Load(kId, kNow - absl::Hours(1)).has_value());
  EXPECT_EQ(ignored, 1);
  const absl::Time a_bit_before = kNow - absl::Minutes(1);
  EXPECT_EQ(disk_.Load(kId, a_bit_before)->fetched_at, a_bit_before);
}

TEST_F(DiskCopyTest, RenewsTheSameSetOnly) {
  const absl::Time later = kNow + absl::Hours(2);
  ASSERT_THAT(disk_.Save(Record()), IsOk());
  ASSERT_THAT(disk_.Renew(kId, "\"other\"", later), IsOk());
  EXPECT_EQ(disk_.Load(kId, later)->fetched_at, kNow);
  ASSERT_THAT(disk_.Renew(kId, Record().etag, later), IsOk());
  EXPECT_EQ(disk_.Load(kId, later)->fetched_at, later);
  EXPECT_EQ(disk_.Load(kId, later)->document, Record().document);
}

TEST_F(DiskCopyTest, SaysWhenItCannotSave) {
  const DiskCopy nowhere("/nonexistent/folder", 1000);
  EXPECT_THAT(nowhere.Save(Record()), HasReason(Reason::kInternal));
}

}  // namespace
}  // namespace latchkey
