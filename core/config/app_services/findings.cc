#include "core/config/app_services/findings.h"

namespace latchkey {
namespace {

constexpr size_t kMaxShownName = 64;

}  // namespace

std::string ShownName(absl::string_view name) {
  std::string shown(name.substr(0, kMaxShownName));
  for (char& c : shown) {
    if (c < 0x20 || c > 0x7E) c = '?';
  }
  return shown;
}

ExportPlace ExportPlace::Field(absl::string_view name) const {
  const std::string shown = ShownName(name);
  return {file, path.empty() ? shown : absl::StrCat(path, ".", shown)};
}

ExportPlace ExportPlace::At(size_t index) const {
  return {file, absl::StrCat(path, "[", index, "]")};
}

std::string ExportPlace::Text() const {
  return path.empty() ? file : absl::StrCat(file, ": ", path);
}

absl::string_view NameOf(ImportNote::Kind kind) {
  switch (kind) {
    case ImportNote::Kind::kNeedsYou:
      return "needs_you";
    case ImportNote::Kind::kUnsupported:
      return "unsupported";
    case ImportNote::Kind::kUnknown:
      return "unknown";
    case ImportNote::Kind::kLeftOut:
      return "left_out";
    case ImportNote::Kind::kTaken:
      return "taken";
  }
  return "";
}

bool NeedsHuman(const ImportNote& note) {
  return note.kind != ImportNote::Kind::kLeftOut &&
         note.kind != ImportNote::Kind::kTaken;
}

void Findings::Refuse(const ExportPlace& place, std::string message) {
  problems_.push_back({place.Text(), 0, std::move(message)});
}

}  // namespace latchkey
