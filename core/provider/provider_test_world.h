// ProviderTestWorld holds everything that a provider borrows. For tests.
#ifndef LATCHKEY_CORE_PROVIDER_PROVIDER_TEST_WORLD_H_
#define LATCHKEY_CORE_PROVIDER_PROVIDER_TEST_WORLD_H_

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "core/base/call_context.h"
#include "core/base/ids.h"
#include "core/base/simulated_clock.h"
#include "core/jwks/http_fetcher.h"
#include "core/jwks/jwks_cache.h"
#include "core/provider/auth_function.h"
#include "core/provider/password_service.h"
#include "core/provider/provider.h"
#include "core/provider/provider_registry.h"
#include "core/provider/provider_settings.h"
#include "core/store/store.h"
#include "core/testing/fake_random.h"

namespace latchkey {

// FixedFetcher serves bodies by URL; any other URL is unreachable.
// Thread-safe.
class FixedFetcher final : public HttpFetcher {
 public:
  void Serve(const std::string& url, std::string body);
  int fetches() const;
  absl::StatusOr<HttpResponse> Fetch(const std::string& url,
                                     const FetchOptions& options) override;

 private:
  mutable absl::Mutex mu_;
  std::map<std::string, std::string> bodies_ ABSL_GUARDED_BY(mu_);
  int fetches_ ABSL_GUARDED_BY(mu_) = 0;
};

// FakeConnector connects every target to `function`. Its options are kept.
class FakeConnector final : public AuthFunctionConnector {
 public:
  absl::StatusOr<std::unique_ptr<AuthFunction>> Connect(
      const Options& options) override;

  // Connects to what `confirm` and `reset` do.
  absl::StatusOr<std::unique_ptr<AccountFunction>> ConnectAccounts(
      const Options& options) override;

  InProcessAuthFunctions::Function function;
  // Refuse while empty.
  std::function<absl::StatusOr<FunctionOutcome>(const ConfirmUserCall&)>
      confirm;
  std::function<absl::StatusOr<FunctionOutcome>(const ResetPasswordCall&)>
      reset;
  Options last_options;
};

class ProviderTestWorld {
 public:
  ProviderTestWorld();

  ProviderDeps deps();
  // A call that is wanted for ten more seconds.
  CallContext ctx();
  // Make gives the app's only provider, by way of the registry.
  absl::StatusOr<ProviderRegistry> Make(ProviderSettings settings);

  const AppId app{"myapp-abcde"};
  SimulatedClock clock;
  FakeRandom random;
  std::unique_ptr<Store> store;
  PasswordService passwords;
  FixedFetcher fetcher;
  FakeConnector functions;
  JwksCache jwks;
};

// Hs256Token signs `payload_json` with `secret` under `header_json`.
std::string Hs256Token(
    absl::string_view payload_json, absl::string_view secret,
    absl::string_view header_json = R"({"alg":"HS256","typ":"JWT"})");

}  // namespace latchkey

#endif  // LATCHKEY_CORE_PROVIDER_PROVIDER_TEST_WORLD_H_
