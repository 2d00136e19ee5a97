#include "core/config/app_services/export_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "core/config/app_services/export_test_folder.h"

namespace latchkey {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Key;
using ::testing::Not;
using ::testing::SizeIs;

constexpr auto kAll = ExportContent::kSettingsAndFunctions;
constexpr auto kSettings = ExportContent::kSettings;

// Every entry holds its own path.
ExportResult Collect(const std::vector<ExportEntry>& entries,
                     ExportContent content = kAll) {
  return CollectExport(entries, content, [&](size_t i) {
    return std::make_optional(entries[i].path);
  });
}

ExportFiles Taken(const ExportResult& result) {
  if (const auto* files = std::get_if<ExportFiles>(&result)) return *files;
  ADD_FAILURE() << FormatProblems("EXPORT", std::get<1>(result));
  return ExportFiles();
}

std::string ProblemsText(const ExportResult& result) {
  const auto* problems = std::get_if<std::vector<ConfigProblem>>(&result);
  return problems == nullptr ? "" : FormatProblems("EXPORT", *problems);
}

TEST(ExportFilesTest, ReadsWhatIsAboutAuthenticationAlone) {
  const std::vector<ExportEntry> entries = {{"auth/providers.json"},
                                            {"auth/deep/er.json"},
                                            {"auth_providers/api-key.json"},
                                            {"auth_providers/read.me"},
                                            {"config.json"},
                                            {"triggers/t.json"},
                                            {"functions/f.js"},
                                            {"functions/node_modules/x/i.js"},
                                            {"values/v.json"},
                                            {"hosting/files/config.json"}};
  const ExportFiles files = Taken(Collect(entries));
  EXPECT_THAT(files.texts,
              ElementsAre(Key("auth/providers.json"),
                          Key("auth_providers/api-key.json"),
                          Key("config.json"), Key("functions/f.js"),
                          Key("triggers/t.json"), Key("values/v.json")));
  EXPECT_THAT(files.others, SizeIs(4));
  EXPECT_EQ(*files.Find("config.json"), "config.json");
  EXPECT_EQ(files.Find("nothing"), nullptr);
  EXPECT_TRUE(files.Has("hosting/files/config.json"));
  const ExportFiles settings = Taken(Collect(entries, kSettings));
  EXPECT_THAT(settings.texts, SizeIs(4));
  EXPECT_TRUE(settings.Has("functions/f.js"));
}

TEST(ExportFilesTest, AFolderAroundEverythingIsTheTop) {
  const ExportFiles files = Taken(Collect({{"my app/auth/providers.json"},
                                           {"my app/realm_config.json"},
                                           {"__MACOSX/my app/._auth"}}));
  EXPECT_THAT(files.texts, ElementsAre(Key("auth/providers.json"),
                                       Key("realm_config.json")));
  EXPECT_THAT(files.others, ElementsAre("__MACOSX/my app/._auth"));
  // "auth" alone is no such folder, nor is one beside others.
  EXPECT_THAT(Taken(Collect({{"auth/providers.json"}})).texts, SizeIs(1));
  EXPECT_THAT(Taken(Collect({{"a/auth/providers.json"}, {"b/x"}})).texts,
              IsEmpty());
}

TEST(ExportFilesTest, RefusesPathsThatLeadOutOrMeanTwoThings) {
  for (const char* const path :
       {"../auth/providers.json", "auth/../../x", "/etc/passwd", "a//b",
        "a/./b", "..", "", "a\\..\\b", "auth/\x01.json", "auth/\xff.json",
        "hosting/files/../../../../root/.ssh/authorized_keys"}) {
    EXPECT_THAT(ProblemsText(Collect({{"config.json"}, {path}})),
                HasSubstr("leads out of the folder"))
        << path;
  }
  const std::string deep(2 * kMaxExportDepth, '/');
  EXPECT_NE(ProblemsText(Collect({{deep}})), "");
  EXPECT_NE(ProblemsText(Collect({{std::string(1025, 'a')}})), "");
  EXPECT_THAT(ProblemsText(Collect({{"config.json"}, {"config.json"}})),
              HasSubstr("EXPORT: config.json: there are two files"));
  EXPECT_THAT(ProblemsText(Collect({{"\x1b[31m/../a"}})),
              Not(HasSubstr("\x1b")));
}

TEST(ExportFilesTest, RefusesWhatIsTooMuch) {
  EXPECT_THAT(ProblemsText(Collect(
                  std::vector<ExportEntry>(kMaxExportEntries + 1, {"a"}))),
              HasSubstr("more than 20000 files"));
  const auto big = [](size_t bytes) {
    return
        [bytes](size_t) { return std::make_optional(std::string(bytes, 'x')); };
  };
  EXPECT_EQ(ProblemsText(CollectExport({{"config.json"}}, kAll,
                                       big(kMaxExportFileBytes))),
            "");
  EXPECT_THAT(ProblemsText(CollectExport({{"config.json"}}, kAll,
                                         big(kMaxExportFileBytes + 1))),
              HasSubstr("config.json: is larger than 1048576 bytes"));
  std::vector<ExportEntry> many;
  for (int i = 0; i < 33; ++i) {
    many.push_back({absl::StrCat("functions/", i, ".js")});
  }
  EXPECT_THAT(ProblemsText(CollectExport(many, kAll, big(kMaxExportFileBytes))),
              HasSubstr("all files together are larger than 33554432 bytes"));
}

// 20,000 small ones would take 20 GB.
TEST(ExportFilesTest, ASmallFileTakesLittleMemory) {
  const std::string folder = NewTestFolder();
  WriteTestFile(folder, "triggers/t.json", "{}");
  WriteTestFile(folder, "config.json", std::string(1000, ' '));
  for (const auto& [path, text] :
       Taken(ReadExportFolder(folder, kSettings)).texts) {
    EXPECT_LE(text.capacity(), 1000u) << path;
  }
}

TEST(ExportFilesTest, RefusesWantedEntriesThatCannotBeRead) {
  EXPECT_THAT(ProblemsText(Collect({{"config.json", false}})),
              HasSubstr("config.json: is a link out of the folder"));
  EXPECT_EQ(ProblemsText(Collect({{"hosting/x", false}})), "");
  EXPECT_THAT(ProblemsText(CollectExport(
                  {{"config.json"}}, kAll,
                  [](size_t) { return std::optional<std::string>(); })),
              HasSubstr("config.json: cannot be read"));
}

TEST(ExportFilesTest, ReadsAFolder) {
  const ExportFiles files = Taken(ReadExportFolder(TestExport("modern"), kAll));
  EXPECT_THAT(*files.Find("functions/loginByBadge.js"), HasSubstr("no badge"));
  EXPECT_TRUE(files.others.count("data_sources/mongodb-atlas/config.json"));
  EXPECT_THAT(ProblemsText(ReadExportFolder("/no/such/folder", kAll)),
              HasSubstr("EXPORT: cannot be read: "));
}

// As Kubernetes mounts a ConfigMap.
TEST(ExportFilesTest, FollowsLinksThatStayInside) {
  namespace fs = std::filesystem;
  const std::string folder = NewTestFolder();
  WriteTestFile(folder, "..2026/auth/providers.json", "{}");
  fs::create_directory_symlink("..2026", folder + "/..data");
  fs::create_directory_symlink("..data/auth", folder + "/auth");
  EXPECT_THAT(Taken(ReadExportFolder(folder, kAll)).texts,
              ElementsAre(Key("auth/providers.json")));

  const std::string secret = NewTestFolder();
  WriteTestFile(secret, "id_rsa", "private");
  fs::create_symlink(secret + "/id_rsa", folder + "/config.json");
  EXPECT_THAT(ProblemsText(ReadExportFolder(folder, kAll)),
              HasSubstr("config.json: is a link out of the folder"));
}

// Thirty folders, each twice in the one before: 2^30 paths.
TEST(ExportFilesTest, LinksToFoldersAreFollowedOnlySoOften) {
  namespace fs = std::filesystem;
  const std::string folder = NewTestFolder();
  WriteTestFile(folder, "auth/providers.json", "{}");
  for (int i = 0; i < 30; ++i) {
    const std::string here = absl::StrCat(folder, "/.", i);
    fs::create_directory(here);
    for (const char* name : {"/a", "/b"}) {
      fs::create_directory_symlink(absl::StrCat("../.", i + 1),
                                   absl::StrCat(here, name));
    }
  }
  fs::create_directory(folder + "/.30");
  fs::create_directory_symlink(".0", folder + "/links");
  EXPECT_THAT(ProblemsText(ReadExportFolder(folder, kAll)),
              HasSubstr("more than 20000 folders"));
}

TEST(ExportFilesTest, LooksNotIntoHiddenFolders) {
  const std::string folder = NewTestFolder();
  WriteTestFile(folder, ".git/objects/a", "x");
  WriteTestFile(folder, "functions/node_modules/a/b.js", "x");
  WriteTestFile(folder, "functions/f.js", "x");
  const ExportFiles files = Taken(ReadExportFolder(folder, kAll));
  EXPECT_THAT(files.others, ElementsAre(".git/", "functions/node_modules/"));
  EXPECT_THAT(files.texts, ElementsAre(Key("functions/f.js")));
}

}  // namespace
}  // namespace latchkey
