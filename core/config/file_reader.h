// How the configuration and the files it names are read.
#ifndef LATCHKEY_CORE_CONFIG_FILE_READER_H_
#define LATCHKEY_CORE_CONFIG_FILE_READER_H_

#include <cstddef>
#include <functional>
#include <optional>
#include <string>

namespace latchkey {

// FileReader gives what a file holds; nullopt: it cannot be read.
using FileReader =
    std::function<std::optional<std::string>(const std::string&)>;

// The largest file of configuration that is accepted.
inline constexpr size_t kMaxConfigFileBytes = 1024 * 1024;

// ReadConfigFile is the FileReader of the file system; errno says why it gave
// nullopt. Reads at most one byte more than kMaxConfigFileBytes, so that a
// device or a huge file costs no more than that and is still seen to be too
// large.
std::optional<std::string> ReadConfigFile(const std::string& path);

}  // namespace latchkey

#endif  // LATCHKEY_CORE_CONFIG_FILE_READER_H_
