#include "server/rpc/session_page.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "core/base/reason.h"
#include "core/base/status_macros.h"

namespace latchkey {
namespace {

// Position of a session in the list: "<created_at in microseconds>.<id>".
struct Position {
  int64_t created_at = 0;
  absl::string_view id;
};

Position PositionOf(const SessionRecord& session) {
  return {absl::ToUnixMicros(session.created_at), session.id.value()};
}

bool Before(const Position& a, const Position& b) {
  if (a.created_at != b.created_at) return a.created_at > b.created_at;
  return a.id < b.id;
}

bool ReadPosition(absl::string_view text, Position* out) {
  const size_t dot = text.find('.');
  if (dot == absl::string_view::npos) return false;
  out->id = text.substr(dot + 1);
  return absl::SimpleAtoi(text.substr(0, dot), &out->created_at);
}

}  // namespace

absl::Status TakePage(const Page& page, std::vector<SessionRecord>* sessions,
                      std::string* next) {
  next->clear();
  std::sort(sessions->begin(), sessions->end(),
            [](const SessionRecord& a, const SessionRecord& b) {
              return Before(PositionOf(a), PositionOf(b));
            });
  if (!page.after.empty()) {
    Position after;
    if (!ReadPosition(page.after, &after)) {
      return InvalidField("page_token",
                          "must be a next_page_token of this call");
    }
    const auto first = std::find_if(sessions->begin(), sessions->end(),
                                    [&](const SessionRecord& session) {
                                      return Before(after, PositionOf(session));
                                    });
    sessions->erase(sessions->begin(), first);
  }
  if (sessions->size() <= page.size) return absl::OkStatus();
  sessions->erase(
      std::next(sessions->begin(), static_cast<std::ptrdiff_t>(page.size)),
      sessions->end());
  const Position last = PositionOf(sessions->back());
  *next = PageToken(absl::StrCat(last.created_at, ".", last.id));
  return absl::OkStatus();
}

}  // namespace latchkey
