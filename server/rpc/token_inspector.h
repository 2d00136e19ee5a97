// TokenInspector answers Verify for every kind of token.
#ifndef LATCHKEY_SERVER_RPC_TOKEN_INSPECTOR_H_
#define LATCHKEY_SERVER_RPC_TOKEN_INSPECTOR_H_

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "core/app/app.h"
#include "core/base/clock.h"
#include "core/base/snapshot.h"
#include "core/metrics/metrics.h"
#include "core/provider/api_key_service.h"
#include "core/session/access_tokens.h"
#include "google/protobuf/repeated_ptr_field.h"
#include "latchkey/v1/auth_service.pb.h"
#include "server/rpc/rpc_context.h"

namespace latchkey {

// TokenInspector examines one token: our own first, then, where the named app
// allows direct verification, foreign JWTs and API keys. Thread-safe.
class TokenInspector final {
 public:
  struct Deps {  // borrowed
    const Snapshot<AppTable>* apps;
    Store* store;
    ApiKeyService* api_keys;
    const AccessTokens* access_tokens;
    Metrics* metrics;
    Clock* clock;
  };
  explicit TokenInspector(Deps deps);

  // Question: views of a request's fields.
  struct Question {
    absl::string_view token;
    absl::string_view app;
    const google::protobuf::RepeatedPtrField<std::string>* audience;
  };

  // InspectNow never blocks: own tokens, and everything else that needs no
  // waiting; false when Inspect has to be asked on a lane.
  bool InspectNow(const Question& question, const RpcContext& context,
                  v1::VerifyResponse* out) const;
  // Inspect may block until the call's deadline.
  void Inspect(const Question& question, const RpcContext& context,
               v1::VerifyResponse* out) const;

 private:
  void Answer(const absl::Status& status, v1::VerifyResponse* out) const;
  // Each says whether the token was its to judge.
  bool InspectApiKey(const App& app, const Question& question,
                     v1::VerifyResponse* out) const;
  absl::Status FindApiKeyOwner(const App& app, absl::string_view token,
                               v1::Principal* out) const;
  // nullopt: some provider would have to wait.
  std::optional<absl::Status> InspectForeign(const App& app,
                                             const Question& question,
                                             const RpcContext& context,
                                             bool may_wait,
                                             v1::Principal* out) const;

  const Deps deps_;
};

}  // namespace latchkey

#endif  // LATCHKEY_SERVER_RPC_TOKEN_INSPECTOR_H_
