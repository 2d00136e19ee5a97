#include "core/base/log.h"

#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>

#include "absl/strings/str_format.h"
#include "absl/time/time.h"
#include "core/base/clock.h"
#include "core/base/utf8.h"

namespace latchkey {
namespace {

constexpr size_t kMaxValueBytes = 256;

std::atomic<LogLevel> min_level{LogLevel::kInfo};
std::atomic<void (*)(const std::string&)> sink_for_test{nullptr};

const char* LevelName(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "debug";
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarning:
      return "warning";
    case LogLevel::kError:
      return "error";
  }
  return "unknown";
}

// At most kMaxValueBytes, and no half character at the end.
absl::string_view Cut(absl::string_view value) {
  if (value.size() <= kMaxValueBytes) return value;
  size_t end = kMaxValueBytes;
  while (end > kMaxValueBytes - 4 &&
         (static_cast<uint8_t>(value[end]) & 0xc0) == 0x80) {
    --end;
  }
  return value.substr(0, end);
}

// A line that is looked at in a terminal must not steer it: C0, DEL and C1
// (U+0080-U+009F, C2 80-C2 9F in UTF-8) are written as \u escapes.
void AppendJsonString(std::string* line, absl::string_view text) {
  const bool valid = IsValidUtf8(text);
  line->push_back('"');
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<uint8_t>(text[i]);
    if (byte == '"' || byte == '\\') {
      line->push_back('\\');
      line->push_back(text[i]);
    } else if (byte < 0x20 || byte == 0x7f) {
      absl::StrAppendFormat(line, "\\u%04x", byte);
    } else if (byte >= 0x80 && !valid) {
      line->append("\\ufffd");
    } else if (byte == 0xc2 && static_cast<uint8_t>(text[i + 1]) < 0xa0) {
      absl::StrAppendFormat(line, "\\u%04x", static_cast<uint8_t>(text[++i]));
    } else {
      line->push_back(text[i]);
    }
  }
  line->push_back('"');
}

void AppendMember(std::string* line, absl::string_view key,
                  absl::string_view value) {
  line->push_back(line->empty() ? '{' : ',');
  AppendJsonString(line, key);
  line->push_back(':');
  AppendJsonString(line, Cut(value));
}

// One write for the whole line, so that lines of threads and processes do not
// mix. Whatever fails is dropped: logging never disturbs the service.
void WriteToStandardError(const std::string& line) {
  const int saved_errno = errno;
  size_t done = 0;
  while (done < line.size()) {
    const ssize_t wrote =
        ::write(STDERR_FILENO, line.data() + done, line.size() - done);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) break;
    done += static_cast<size_t>(wrote);
  }
  errno = saved_errno;
}

void WriteLine(LogLevel level, absl::string_view event,
               const std::vector<LogField>& fields) {
  std::string line;
  AppendMember(
      &line, "time",
      absl::FormatTime("%Y-%m-%d%ET%H:%M:%E6SZ", Clock::RealClock()->TimeNow(),
                       absl::UTCTimeZone()));
  AppendMember(&line, "level", LevelName(level));
  AppendMember(&line, "event", event);
  for (const LogField& field : fields) {
    AppendMember(&line, field.key, field.value);
  }
  line.push_back('}');
  if (auto* sink = sink_for_test.load()) return sink(line);
  line.push_back('\n');
  WriteToStandardError(line);
}

}  // namespace

void Log(LogLevel level, absl::string_view event,
         const std::vector<LogField>& fields) {
  if (level < min_level.load(std::memory_order_relaxed)) return;
  WriteLine(level, event, fields);
}

void LogAlways(absl::string_view event, const std::vector<LogField>& fields) {
  WriteLine(LogLevel::kInfo, event, fields);
}

void SetLogLevel(LogLevel level) {
  min_level.store(level, std::memory_order_relaxed);
}

void SetLogSinkForTest(void (*sink)(const std::string& line)) {
  sink_for_test.store(sink);
}

}  // namespace latchkey
