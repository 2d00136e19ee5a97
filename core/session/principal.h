// Principal is who a verified access token speaks for.
#ifndef LATCHKEY_CORE_SESSION_PRINCIPAL_H_
#define LATCHKEY_CORE_SESSION_PRINCIPAL_H_

#include <string>
#include <vector>

#include "absl/time/time.h"

namespace latchkey {

// Principal: plain data. Its strings keep their buffers when it is filled
// again, so a reused Principal costs no allocation.
struct Principal {
  std::string user_id;
  std::string app;
  std::string session_id;
  std::string provider;
  std::string subject;
  std::vector<std::string> roles;
  std::vector<std::string> audience;
  absl::Time issued_at;
  absl::Time expires_at;
};

}  // namespace latchkey

#endif  // LATCHKEY_CORE_SESSION_PRINCIPAL_H_
