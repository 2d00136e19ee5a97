// Folders of exported apps, for tests.
#ifndef LATCHKEY_CORE_CONFIG_APP_SERVICES_EXPORT_TEST_FOLDER_H_
#define LATCHKEY_CORE_CONFIG_APP_SERVICES_EXPORT_TEST_FOLDER_H_

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace latchkey {

inline std::string NewTestFolder() {
  std::string pattern = absl::StrCat(::testing::TempDir(), "/export.XXXXXX");
  return mkdtemp(pattern.data());
}

// A copy of testdata/NAME, which Bazel shows as links.
inline std::string TestExport(const std::string& name) {
  const std::string folder = NewTestFolder();
  std::filesystem::copy(
      absl::StrCat("core/config/app_services/testdata/", name), folder,
      std::filesystem::copy_options::recursive);
  return folder;
}

inline void WriteTestFile(const std::string& folder, const std::string& path,
                          absl::string_view text) {
  const std::filesystem::path file = std::filesystem::path(folder) / path;
  std::filesystem::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << text;
}

}  // namespace latchkey

#endif  // LATCHKEY_CORE_CONFIG_APP_SERVICES_EXPORT_TEST_FOLDER_H_
