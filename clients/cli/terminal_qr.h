// QR codes for terminals.
#ifndef LATCHKEY_CLIENTS_CLI_TERMINAL_QR_H_
#define LATCHKEY_CLIENTS_CLI_TERMINAL_QR_H_

#include <string>

#include "absl/strings/string_view.h"

namespace latchkey {

// TerminalQr draws `text` (ISO/IEC 18004, level L) with half blocks, two
// modules above each other in one character, and a quiet zone. The colours are
// set, so that it is dark on light on every terminal. Empty when it is too
// long, over kMaxQrText bytes.
inline constexpr int kMaxQrText = 400;
std::string TerminalQr(absl::string_view text);

}  // namespace latchkey

#endif  // LATCHKEY_CLIENTS_CLI_TERMINAL_QR_H_
