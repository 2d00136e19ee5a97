// A service elsewhere, on loopback, for tests of what is sent to it.
#ifndef LATCHKEY_CORE_PROVIDER_STAND_IN_H_
#define LATCHKEY_CORE_PROVIDER_STAND_IN_H_

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/jwks/hostile_server.h"
#include "core/jwks/http_fetcher.h"
#include "core/jwks/jwks_cache.h"
#include "core/provider/provider_test_world.h"

namespace latchkey {

// StandInRequest: percent signs and plus signs are undone. A parameter that
// comes twice has both its values, with "&" between them, so that it fits no
// comparison.
struct StandInRequest {
  std::string method;
  std::string path;
  std::string content_type;
  std::map<std::string, std::string> query;
  std::map<std::string, std::string> form;
};

struct StandInAnswer {
  int status = 200;
  std::string body;
  std::string headers;  // lines that end in \r\n
};

// OAuthError is an answer of RFC 6749 §5.2.
StandInAnswer OAuthError(int status, absl::string_view code);

// StandIn answers real requests on real sockets, on a thread of its own.
class StandIn final {
 public:
  using Handler = std::function<StandInAnswer(const StandInRequest&)>;
  explicit StandIn(Handler handler);

  std::string Url(absl::string_view path) const { return server_.Url(path); }

 private:
  HostileServer server_;
};

// StandInWorld is a ProviderTestWorld whose providers reach stand-ins by HTTP.
// Its clock is the world's.
class StandInWorld {
 public:
  StandInWorld();

  ProviderDeps deps();
  // Make gives the app's only provider.
  absl::StatusOr<ProviderRegistry> Make(ProviderSettings settings);
  absl::Time now() { return base.clock.TimeNow(); }

  ProviderTestWorld base;

 private:
  const std::unique_ptr<HttpFetcher> fetcher_;
  JwksCache jwks_;
};

}  // namespace latchkey

#endif  // LATCHKEY_CORE_PROVIDER_STAND_IN_H_
