// PeerUids remembers who is at the other end of adopted connections.
#ifndef LATCHKEY_SERVER_GRPC_PEER_UIDS_H_
#define LATCHKEY_SERVER_GRPC_PEER_UIDS_H_

#include <cstdint>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "absl/synchronization/mutex.h"

namespace latchkey {

// PeerUids: gRPC tells of an adopted connection no more than its descriptor.
// That stays open as long as a call of the connection lives, so the number
// means the same connection from Note until then; the next one that gets the
// number is noted anew, and nothing needs to be forgotten. Thread-safe.
class PeerUids final {
 public:
  // Note is called before gRPC has the descriptor.
  void Note(int fd, uint32_t uid) {
    absl::MutexLock lock(&mu_);
    uids_[fd] = uid;
  }

  // NameOf gives "unix:uid=<uid>" for gRPC's name of a peer in a call ("fd:9"),
  // empty for one that was not noted.
  std::string NameOf(absl::string_view grpc_peer) const {
    int fd = -1;
    if (!absl::ConsumePrefix(&grpc_peer, "fd:") ||
        !absl::SimpleAtoi(grpc_peer, &fd)) {
      return "";
    }
    absl::ReaderMutexLock lock(&mu_);
    const auto found = uids_.find(fd);
    return found == uids_.end() ? "" : absl::StrCat("unix:uid=", found->second);
  }

 private:
  mutable absl::Mutex mu_;
  absl::flat_hash_map<int, uint32_t> uids_ ABSL_GUARDED_BY(mu_);
};

}  // namespace latchkey

#endif  // LATCHKEY_SERVER_GRPC_PEER_UIDS_H_
