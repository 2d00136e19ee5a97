#include "clients/cli/terminal_qr.h"

#include <qrencode.h>

#include <memory>

#include "absl/strings/str_cat.h"

namespace latchkey {
namespace {

constexpr int kQuiet = 2;  // modules around; less than the standard's 4 works
constexpr char kColors[] = "\x1b[38;5;16;48;5;231m";  // black on white
constexpr char kPlain[] = "\x1b[0m";

struct QrFree {
  void operator()(QRcode* code) const { QRcode_free(code); }
};

bool IsDark(const QRcode& code, int x, int y) {
  if (x < 0 || y < 0 || x >= code.width || y >= code.width) return false;
  return (code.data[y * code.width + x] & 1) != 0;
}

const char* Block(bool upper, bool lower) {
  if (upper) return lower ? "\u2588" : "\u2580";
  return lower ? "\u2584" : " ";
}

}  // namespace

std::string TerminalQr(absl::string_view text) {
  if (text.empty() || text.size() > kMaxQrText) return "";
  const std::string bytes(text);
  const std::unique_ptr<QRcode, QrFree> code(QRcode_encodeData(
      static_cast<int>(bytes.size()),
      reinterpret_cast<const unsigned char*>(bytes.data()), 0, QR_ECLEVEL_L));
  if (code == nullptr) return "";
  std::string drawn;
  for (int y = -kQuiet; y < code->width + kQuiet; y += 2) {
    absl::StrAppend(&drawn, kColors);
    for (int x = -kQuiet; x < code->width + kQuiet; ++x) {
      absl::StrAppend(&drawn,
                      Block(IsDark(*code, x, y), IsDark(*code, x, y + 1)));
    }
    absl::StrAppend(&drawn, kPlain, "\n");
  }
  return drawn;
}

}  // namespace latchkey
