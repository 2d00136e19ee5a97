#include "server/rpc/session_page.h"

#include <cstdint>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "core/base/reason.h"
#include "core/base/status_macros.h"

namespace latchkey {
namespace {

// A position as text: "<created_at in microseconds>.<id>".
std::string Write(const SessionRecord& session) {
  return absl::StrCat(absl::ToUnixMicros(session.created_at), ".",
                      session.id.value());
}

absl::StatusOr<SessionPosition> Read(absl::string_view text) {
  SessionPosition position;
  if (text.empty()) return position;
  const size_t dot = text.find('.');
  int64_t micros = 0;
  if (dot == absl::string_view::npos ||
      !absl::SimpleAtoi(text.substr(0, dot), &micros)) {
    return InvalidField("page_token", "must be a next_page_token of this call");
  }
  position.created_at = absl::FromUnixMicros(micros);
  position.id = SessionId(text.substr(dot + 1));
  return position;
}

}  // namespace

absl::StatusOr<std::vector<SessionRecord>> ReadSessionPage(
    SessionStore* sessions, const UserRecord& user, const Page& page,
    std::string* next) {
  next->clear();
  ASSIGN_OR_RETURN(const SessionPosition after, Read(page.after));
  // One more than the page holds tells whether there are others.
  ASSIGN_OR_RETURN(std::vector<SessionRecord> listed,
                   sessions->ListOf(user.app, user.id, after, page.size + 1));
  if (listed.size() > page.size) {
    listed.resize(page.size);
    *next = PageToken(Write(listed.back()));
  }
  return listed;
}

}  // namespace latchkey
