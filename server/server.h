// Server is the whole service, from configuration to listeners.
#ifndef LATCHKEY_SERVER_SERVER_H_
#define LATCHKEY_SERVER_SERVER_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "core/config/config.h"

namespace latchkey {

// Server owns everything, in the order of construction; what was made last
// stops first. Methods are called by one thread (main).
class Server final {
 public:
  // Start opens the store, loads the keys (each signs and verifies once),
  // waits up to `kFirstLoadWait` for required key sources, and listens. Not
  // ready (health NOT_SERVING) while a required source has never been loaded.
  static absl::StatusOr<std::unique_ptr<Server>> Start(Config config);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Addresses as bound ("127.0.0.1:40123"), in the order of the configuration.
  std::vector<std::string> grpc_addresses() const;
  std::string http_address() const;  // empty without HTTP

  // Reload swaps in the apps and their providers, and the outbound credentials;
  // everything else needs a restart and is left as it is. On failure the old
  // apps stay.
  absl::Status Reload(Config config);

  // Reload failures are shown in health detail and metrics.
  void NoteReload(const absl::Status& status);

  // Stop: health NOT_SERVING, wait `drain_delay`, stop listening and let
  // running calls end within `drain_timeout`, drain the lanes. Idempotent.
  void Stop();
  // Stop and the destructor are over by then, unless something hangs: they wait
  // for the store whatever it takes.
  absl::Duration stop_limit() const;

 private:
  struct Parts;
  explicit Server(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace latchkey

#endif  // LATCHKEY_SERVER_SERVER_H_
