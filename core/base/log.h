// Structured log lines: one JSON object a line on standard error.
//
// Written by hand and not with spdlog: one write(2) a line needs no thread, no
// registry and no formatter, and the service's memory goal counts each of them.
#ifndef LATCHKEY_CORE_BASE_LOG_H_
#define LATCHKEY_CORE_BASE_LOG_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "core/base/secret.h"

namespace latchkey {

enum class LogLevel { kDebug, kInfo, kWarning, kError };

// LogField is one "key": "value" of a line. Values are cut to 256 bytes and
// escaped when written, so text from outside cannot forge a line. A Secret does
// not compile.
struct LogField {
  LogField(absl::string_view name, const absl::AlphaNum& text)
      : key(name), value(text.Piece()) {}
  LogField(absl::string_view name, const Secret& text) = delete;
  std::string key;
  std::string value;
};

// Log writes {"time":…,"level":…,"event":…,fields…}. `event` is a fixed
// snake_case word. Thread-safe; never fails.
void Log(LogLevel level, absl::string_view event,
         const std::vector<LogField>& fields = {});

// LogAlways is Log at kInfo that no level silences: for what must be kept,
// like the audit trail.
void LogAlways(absl::string_view event,
               const std::vector<LogField>& fields = {});

// SetLogLevel drops lines below `level`; kInfo at start.
void SetLogLevel(LogLevel level);

// SetLogSinkForTest hands lines (without the newline) to `sink` instead;
// nullptr restores.
void SetLogSinkForTest(void (*sink)(const std::string& line));

}  // namespace latchkey

#endif  // LATCHKEY_CORE_BASE_LOG_H_
