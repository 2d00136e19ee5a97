#include "core/config/file_reader.h"

#include <cerrno>
#include <cstdio>
#include <memory>

namespace latchkey {
namespace {

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

}  // namespace

std::optional<std::string> ReadConfigFile(const std::string& path) {
  errno = 0;
  const std::unique_ptr<std::FILE, CloseFile> file(
      std::fopen(path.c_str(), "rbe"));
  if (file == nullptr) return std::nullopt;
  std::string text(kMaxConfigFileBytes + 1, '\0');
  const size_t length = std::fread(text.data(), 1, text.size(), file.get());
  if (std::ferror(file.get()) != 0) return std::nullopt;
  text.resize(length);
  return text;
}

}  // namespace latchkey
