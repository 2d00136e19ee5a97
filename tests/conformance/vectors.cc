#include "tests/conformance/vectors.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>

#include "absl/status/statusor.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

// Bazel starts a test at the root of its runfiles.
std::string PathOf(absl::string_view path) {
  return absl::StrCat("tests/conformance/vectors/", path);
}

// Vectors are our own files: no bound is there to protect anything.
constexpr json::Limits kForOurFiles = {
    .max_bytes = 4 * 1024 * 1024, .max_depth = 32, .max_members = 1'000'000};

}  // namespace

std::string ReadVectorText(absl::string_view path) {
  std::ifstream file(PathOf(path), std::ios::binary);
  EXPECT_TRUE(file.is_open()) << path;
  return std::string(std::istreambuf_iterator<char>(file), {});
}

json::Value ReadVectors(absl::string_view path) {
  absl::StatusOr<json::Value> value =
      json::Parse(ReadVectorText(path), kForOurFiles);
  EXPECT_TRUE(value.ok()) << path << ": " << value.status();
  return value.ok() ? *std::move(value) : json::Value();
}

std::vector<std::string> ListVectorFiles(absl::string_view folder) {
  std::vector<std::string> names;
  for (const auto& entry :
       std::filesystem::directory_iterator(PathOf(folder))) {
    if (!entry.is_directory()) names.push_back(entry.path().filename());
  }
  std::sort(names.begin(), names.end());
  return names;
}

const json::Value& Member(const json::Value& object, absl::string_view name) {
  static const json::Value* const kNull = new json::Value();
  const json::Value* member = object.Find(name);
  EXPECT_NE(member, nullptr) << "no member " << name;
  return member != nullptr ? *member : *kNull;
}

const json::Value::Array& List(const json::Value& object,
                               absl::string_view name) {
  static const json::Value::Array* const kNone = new json::Value::Array();
  const json::Value::Array* list = Member(object, name).as_array();
  EXPECT_NE(list, nullptr) << name << " is not a list";
  return list != nullptr ? *list : *kNone;
}

const std::string& Text(const json::Value& object, absl::string_view name) {
  static const std::string* const kNone = new std::string();
  const std::string* text = Member(object, name).as_string();
  EXPECT_NE(text, nullptr) << name << " is not a string";
  return text != nullptr ? *text : *kNone;
}

int Number(const json::Value& object, absl::string_view name) {
  const std::optional<int64_t> number = Member(object, name).as_int64();
  EXPECT_TRUE(number.has_value()) << name << " is not an integer";
  return static_cast<int>(number.value_or(0));
}

std::string HexBytes(const json::Value& object, absl::string_view name) {
  return absl::HexStringToBytes(Text(object, name));
}

}  // namespace latchkey
