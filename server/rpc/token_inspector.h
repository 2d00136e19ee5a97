// TokenInspector answers Verify for every kind of token.
#ifndef LATCHKEY_SERVER_RPC_TOKEN_INSPECTOR_H_
#define LATCHKEY_SERVER_RPC_TOKEN_INSPECTOR_H_

#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/app/app.h"
#include "core/base/clock.h"
#include "core/base/ids.h"
#include "core/base/snapshot.h"
#include "core/metrics/metrics.h"
#include "core/provider/api_key_service.h"
#include "core/session/access_tokens.h"
#include "google/protobuf/repeated_ptr_field.h"
#include "latchkey/v1/auth_service.pb.h"
#include "server/rpc/method_table.h"
#include "server/rpc/rpc_context.h"

namespace latchkey {

// TokenInspector examines one token: our own first, then, where an app allows
// direct verification, its API keys and, if it is named, foreign JWTs.
// Thread-safe.
//
// OK means that the answer is in *out, whether the token is good or not. An
// error means that nobody could judge the token: ISSUER_UNAVAILABLE,
// STORE_UNAVAILABLE, INTERNAL; *out is empty then.
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

  // TryInspect never blocks: it judges own tokens, and everything else that
  // needs no waiting; nullopt when Inspect has to be asked, on a lane and with
  // the same *out, which then may hold what was found so far.
  std::optional<absl::Status> TryInspect(const Question& question,
                                         const RpcContext& context,
                                         v1::VerifyResponse* out) const;
  // Inspect may block on the store, and until the call's deadline for an
  // issuer; *out is empty or as TryInspect left it.
  absl::Status Inspect(const Question& question, const RpcContext& context,
                       v1::VerifyResponse* out) const;

  // LaneFor says where to ask Inspect after TryInspect: what needs the store
  // only does not queue behind what waits for issuers.
  static Lane LaneFor(absl::string_view token, const v1::VerifyResponse& out);

 private:
  // Answer is the one place that turns a status into an answer.
  absl::Status Answer(absl::Status status, v1::VerifyResponse* out) const;
  absl::Status VerifyOwn(const Question& question,
                         v1::VerifyResponse* out) const;
  // Whether Verify accepts API keys of the app; with an empty id, of any.
  bool TakesApiKeys(absl::string_view id) const;
  absl::Status FindApiKeyOwner(const Question& question,
                               v1::Principal* out) const;
  // Where no app is named, a key's text leads to its app.
  absl::StatusOr<AppId> AppOfApiKey(const Question& question) const;
  std::shared_ptr<const App> FindApp(absl::string_view id) const;
  // The user of a foreign token that was found good.
  absl::Status FindForeignUser(v1::VerifyResponse* out) const;

  const Deps deps_;
};

}  // namespace latchkey

#endif  // LATCHKEY_SERVER_RPC_TOKEN_INSPECTOR_H_
