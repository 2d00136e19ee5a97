// `latchkey import app-services`, and the archives it reads.
#include <sys/stat.h>
#include <zip.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "clients/cli/cli_test_world.h"
#include "clients/cli/failure.h"
#include "clients/cli/zip_file.h"
#include "core/config/app_services/export_files.h"
#include "core/config/app_services/export_test_folder.h"
#include "core/config/config.h"
#include "core/json/json.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

using Entries = std::vector<std::pair<std::string, std::string>>;

constexpr char kApp[] = R"({"app_id": "a-1"})";

std::string ReadText(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

// An archive of these entries in a folder of its own.
class TestArchive final {
 public:
  TestArchive() : path_(NewTestFolder() + "/app.zip") {
    archive_ = zip_open(path_.c_str(), ZIP_CREATE | ZIP_TRUNCATE, nullptr);
  }

  TestArchive& Add(const std::string& name, const std::string& text) {
    kept_.push_back(std::make_unique<std::string>(text));
    zip_source_t* const source = zip_source_buffer(
        archive_, kept_.back()->data(), kept_.back()->size(), 0);
    last_ = zip_file_add(archive_, name.c_str(), source, ZIP_FL_ENC_UTF_8);
    EXPECT_GE(last_, 0) << zip_strerror(archive_);
    return *this;
  }
  TestArchive& AsLink() {
    zip_file_set_external_attributes(
        archive_, static_cast<zip_uint64_t>(last_), 0, ZIP_OPSYS_UNIX,
        static_cast<zip_uint32_t>(S_IFLNK | 0777) << 16);
    return *this;
  }
  TestArchive& Encrypted() {
    EXPECT_EQ(
        zip_file_set_encryption(archive_, static_cast<zip_uint64_t>(last_),
                                ZIP_EM_AES_256, "password"),
        0);
    return *this;
  }
  TestArchive& Stored() {
    zip_set_file_compression(archive_, static_cast<zip_uint64_t>(last_),
                             ZIP_CM_STORE, 0);
    return *this;
  }
  std::string Write() {
    EXPECT_EQ(zip_close(archive_), 0);
    return path_;
  }

 private:
  const std::string path_;
  zip_t* archive_;
  zip_int64_t last_ = 0;
  std::vector<std::unique_ptr<std::string>> kept_;
};

// The fixture as an archive, in a folder as a download has it.
std::string ArchiveOf(const std::string& name) {
  const std::string folder = TestExport(name);
  TestArchive archive;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    archive.Add(
        absl::StrCat("export/", fs::relative(entry, folder).generic_string()),
        ReadText(entry.path().string()));
  }
  return archive.Write();
}

std::string ProblemsIn(const std::string& archive) {
  const ExportResult result =
      ReadExportArchive(archive, ExportContent::kSettingsAndFunctions);
  const auto* problems = std::get_if<std::vector<ConfigProblem>>(&result);
  return problems == nullptr ? "" : FormatProblems("ZIP", *problems);
}

TEST(AppServicesCommandsTest, CheckReportsAndWritesNothing) {
  CliTestWorld world;
  const std::string folder = TestExport("modern");
  const auto report = world.Run({"import", "app-services", folder, "--check"});
  EXPECT_EQ(report.code, kExitFailed);  // things need a human
  const json::Value answer = json::Parse(report.out).value();
  EXPECT_EQ(*answer.Find("app")->as_string(), "shop-abcde");
  EXPECT_TRUE(answer.Find("written")->is_null());
  EXPECT_GT(*answer.Find("needsYou")->as_int64(), 4);
  const json::Value& first = (*answer.Find("notes")->as_array())[0];
  EXPECT_EQ(*first.Find("kind")->as_string(), "needs_you");
  EXPECT_EQ(*(*answer.Find("secrets")->as_array())[0].Find("file")->as_string(),
            "secrets/shopSigningKey");
  const auto table = world.Run(
      {"import", "app-services", folder, "--check", "--output=table"});
  EXPECT_THAT(table.out, HasSubstr("KIND       WHERE"));
  EXPECT_THAT(table.out, HasSubstr("things need you\n"));
  EXPECT_FALSE(fs::exists(folder + "/latchkey.yaml"));
}

TEST(AppServicesCommandsTest, NothingToDoIsZero) {
  CliTestWorld world;
  const std::string folder = NewTestFolder();
  WriteTestFile(folder, "realm_config.json", kApp);
  WriteTestFile(folder, "auth/providers.json", R"({"anon-user": {}})");
  const auto result = world.Run({"import", "app-services", folder, "--check"});
  EXPECT_EQ(result.code, kExitOk) << result.out << result.err;
}

TEST(AppServicesCommandsTest, WritesAConfigurationThatLoads) {
  CliTestWorld world;
  const std::string to = NewTestFolder() + "/new";
  const auto result = world.Run({"import", "app-services", ArchiveOf("modern"),
                                 "--to=" + to, "--output=table"});
  ASSERT_EQ(result.code, kExitOk) << result.err;
  EXPECT_THAT(result.out,
              HasSubstr(absl::StrCat("wrote ", to, "/latchkey.yaml; ")));
  EXPECT_THAT(result.out, HasSubstr("secret googleSecret: put it into "
                                    "secrets/googleSecret"));
  // An archive's functions are unpacked for whoever serves them.
  EXPECT_THAT(ReadText(to + "/app/functions/loginByBadge.js"),
              HasSubstr("no badge"));
  EXPECT_THAT(ReadText(to + "/latchkey.yaml"),
              HasSubstr("--app-dir=shop-abcde=app\n"));
  ConfigOptions options;
  options.read_file = [](const std::string&) {
    return std::make_optional<std::string>(40, 'k');
  };
  const auto loaded = LoadConfig(to + "/latchkey.yaml", options);
  const auto* problems = std::get_if<std::vector<ConfigProblem>>(&loaded);
  EXPECT_EQ(problems == nullptr ? "" : FormatProblems("FILE", *problems), "");
}

TEST(AppServicesCommandsTest, ReplacesNothingUnasked) {
  CliTestWorld world;
  const std::string folder = TestExport("modern");
  const std::string to = NewTestFolder();
  WriteTestFile(to, "latchkey.yaml", "mine");
  const auto refused =
      world.Run({"import", "app-services", folder, "--to=" + to});
  EXPECT_EQ(refused.code, kExitUsage);
  EXPECT_THAT(refused.err, HasSubstr("--force"));
  EXPECT_EQ(ReadText(to + "/latchkey.yaml"), "mine");
  const auto forced =
      world.Run({"import", "app-services", folder, "--to=" + to, "--force",
                 "--app=other", "--functions-target=unix:fn.sock"});
  EXPECT_EQ(forced.code, kExitOk) << forced.err;
  const std::string yaml = ReadText(to + "/latchkey.yaml");
  EXPECT_THAT(yaml, HasSubstr("id: other\n"));
  EXPECT_THAT(yaml, HasSubstr("target: unix:fn.sock\n"));
  // A folder's functions stay where they are.
  EXPECT_THAT(yaml, HasSubstr(absl::StrCat("--app-dir=other=", folder)));
  EXPECT_FALSE(fs::exists(to + "/app"));
}

TEST(AppServicesCommandsTest, WrongUseAndWrongExportsExitWithTwo) {
  CliTestWorld world;
  const std::string folder = TestExport("modern");
  const std::string bad = NewTestFolder();
  WriteTestFile(bad, "realm_config.json", kApp);
  WriteTestFile(bad, "auth/providers.json",
                R"({"anon-user": {"disabled": 1}})");
  for (const std::vector<std::string>& arguments :
       std::vector<std::vector<std::string>>{
           {},
           {folder},
           {folder, "--check", "--to=" + folder},
           {"/no/such/folder", "--check"},
           {NewTestFolder(), "--check"},
           {bad, "--check"},
           {bad, "--to=" + bad}}) {
    std::vector<std::string> command = {"import", "app-services"};
    command.insert(command.end(), arguments.begin(), arguments.end());
    EXPECT_EQ(world.Run(command).code, kExitUsage)
        << ::testing::PrintToString(arguments);
  }
  EXPECT_FALSE(fs::exists(bad + "/latchkey.yaml"));
  const auto text =
      world.Run({"import", "app-services", bad, "--check", "--output=table"});
  EXPECT_THAT(text.err, HasSubstr("auth/providers.json: anon-user.disabled: "
                                  "must be true or false"));
  const auto json = world.Run({"import", "app-services", bad, "--check"});
  EXPECT_THAT(json.out, HasSubstr(R"({"problems":[{"path":"auth/providers.)"));
}

TEST(ZipFileTest, ReadsAnArchive) {
  const ExportResult result = ReadExportArchive(
      ArchiveOf("legacy"), ExportContent::kSettingsAndFunctions);
  ASSERT_TRUE(std::holds_alternative<ExportFiles>(result));
  const ExportFiles& files = std::get<ExportFiles>(result);
  EXPECT_THAT(*files.Find("auth_providers/custom-token.json"),
              HasSubstr("https://issuer.example/keys"));
  EXPECT_TRUE(files.Has("functions/checkReset/source.js"));
}

TEST(ZipFileTest, RefusesEntriesThatLeadOutOrAreNoFiles) {
  for (const char* const name :
       {"../auth/providers.json", "/auth/providers.json",
        "functions/../../../root/.profile", "a\\..\\..\\b", "hosting//x"}) {
    const std::string archive =
        TestArchive().Add("config.json", kApp).Add(name, "{}").Write();
    EXPECT_THAT(ProblemsIn(archive), HasSubstr("leads out of the folder"))
        << name;
  }
  EXPECT_THAT(ProblemsIn(TestArchive()
                             .Add("auth/providers.json", "/etc/passwd")
                             .AsLink()
                             .Write()),
              HasSubstr("auth/providers.json: is a link"));
  EXPECT_THAT(
      ProblemsIn(
          TestArchive().Add("auth/providers.json", "{}").Encrypted().Write()),
      HasSubstr("auth/providers.json: is a link out of the folder, "
                "encrypted"));
}

// 50 MB of blanks are 50 kB in the archive.
TEST(ZipFileTest, StopsReadingAtTheLimit) {
  const std::string archive =
      TestArchive()
          .Add("auth/providers.json", std::string(50'000'000, ' '))
          .Write();
  EXPECT_LT(fs::file_size(archive), 200'000u);
  EXPECT_THAT(ProblemsIn(archive),
              HasSubstr("auth/providers.json: is larger than 1048576 bytes"));
  // What nobody reads may be long.
  EXPECT_EQ(
      ProblemsIn(TestArchive()
                     .Add("config.json", kApp)
                     .Add("hosting/files/film", std::string(5'000'000, ' '))
                     .Write()),
      "");
}

TEST(ZipFileTest, RefusesWhatIsNoSoundArchive) {
  const std::string folder = NewTestFolder();
  WriteTestFile(folder, "a.zip", "PK\x03\x04 and nothing more");
  EXPECT_THAT(ProblemsIn(folder + "/a.zip"), HasSubstr("is no ZIP archive"));
  EXPECT_THAT(ProblemsIn(folder + "/c.zip"), HasSubstr("cannot be read"));
  std::ofstream(folder + "/d.zip").close();
  fs::resize_file(folder + "/d.zip", kMaxArchiveBytes + 1);  // a hole
  EXPECT_THAT(ProblemsIn(folder + "/d.zip"),
              HasSubstr("the archive is larger than 67108864 bytes"));

  const std::string whole =
      ReadText(TestArchive()
                   .Add("config.json", R"({"app_id": "intact"})")
                   .Stored()
                   .Write());
  WriteTestFile(folder, "cut.zip", whole.substr(0, whole.size() / 2));
  EXPECT_NE(ProblemsIn(folder + "/cut.zip"), "");
  std::string changed = whole;
  changed.replace(changed.find("intact"), 6, "broken");
  WriteTestFile(folder, "changed.zip", changed);
  EXPECT_THAT(ProblemsIn(folder + "/changed.zip"),
              HasSubstr("config.json: cannot be read"));
}

}  // namespace
}  // namespace latchkey
