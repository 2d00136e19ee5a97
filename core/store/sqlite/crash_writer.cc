// Inserts sessions and advances each once, from several threads, until killed.
// Writes a line per acknowledged step: "i ID" or "a ID".
#include <stdlib.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "core/base/ids.h"
#include "core/base/random.h"
#include "core/base/work_queue.h"
#include "core/store/store.h"

namespace latchkey {
namespace {

constexpr int kThreads = 8;

// One write(2), so that lines of several threads do not mix.
void Acknowledge(char step, const SessionId& id) {
  const std::string line =
      absl::StrCat(std::string(1, step), " ", id.value(), "\n");
  if (::write(STDOUT_FILENO, line.data(), line.size()) < 0) ::abort();
}

void WriteForEver(SessionStore* sessions) {
  while (true) {
    SessionRecord session;
    session.id = NewSessionId(Random::SystemRandom());
    session.app = AppId("app");
    session.user = UserId(session.id.value());
    session.created_at = absl::UnixEpoch();
    session.advanced_at = absl::UnixEpoch();
    session.expires_at = absl::InfiniteFuture();
    if (!sessions->Insert(session).ok()) ::abort();
    Acknowledge('i', session.id);
    const auto outcome =
        sessions->AdvanceCounter(session.id, 0, absl::UnixEpoch());
    if (!outcome.ok() || !outcome->advanced) ::abort();
    Acknowledge('a', session.id);
  }
}

int Main(const std::string& path, const std::string& durability) {
  SqliteOptions options;
  options.path = path;
  options.durability = durability == "full"
                           ? SqliteOptions::Durability::kFull
                           : SqliteOptions::Durability::kNormal;
  auto store = NewSqliteStore(options);
  if (!store.ok()) return 1;
  WorkQueue queue({"lk-test", kThreads, kThreads, 0});
  for (int i = 0; i < kThreads; ++i) {
    queue.TrySubmit([&store] { WriteForEver((*store)->sessions()); });
  }
  queue.Drain(absl::InfiniteDuration());
  return 0;
}

}  // namespace
}  // namespace latchkey

int main(int argc, char** argv) {
  return argc == 3 ? latchkey::Main(argv[1], argv[2]) : 2;
}
