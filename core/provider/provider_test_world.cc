#include "core/provider/provider_test_world.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/base64url.h"
#include "core/base/reason.h"
#include "core/crypto/digest.h"

namespace latchkey {
namespace {

// Cheap hashes: what they cost is not the matter of these tests.
PasswordPolicy CheapPolicy() {
  PasswordPolicy policy;
  policy.argon2id.memory_kib = 8;
  policy.argon2id.iterations = 1;
  return policy;
}

class CalledFunction final : public AuthFunction {
 public:
  explicit CalledFunction(InProcessAuthFunctions::Function function)
      : function_(std::move(function)) {}
  absl::StatusOr<AuthFunctionResult> Authenticate(
      absl::string_view payload_json, const CallContext& ctx) override {
    return function_(payload_json, ctx);
  }

 private:
  const InProcessAuthFunctions::Function function_;
};

class CalledAccounts final : public AccountFunction {
 public:
  explicit CalledAccounts(const FakeConnector* from) : from_(from) {}
  absl::StatusOr<FunctionOutcome> ConfirmUser(
      const ConfirmUserCall& call, const CallContext& /*ctx*/) override {
    if (!from_->confirm) return FunctionOutcome::kFail;
    return from_->confirm(call);
  }
  absl::StatusOr<FunctionOutcome> ResetPassword(
      const ResetPasswordCall& call, const CallContext& /*ctx*/) override {
    if (!from_->reset) return FunctionOutcome::kFail;
    return from_->reset(call);
  }

 private:
  const FakeConnector* const from_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<AccountFunction>> FakeConnector::ConnectAccounts(
    const Options& options) {
  last_options = options;
  return std::make_unique<CalledAccounts>(this);
}

void FixedFetcher::Serve(const std::string& url, std::string body) {
  absl::MutexLock lock(&mu_);
  bodies_[url] = std::move(body);
}

int FixedFetcher::fetches() const {
  absl::MutexLock lock(&mu_);
  return fetches_;
}

absl::StatusOr<HttpResponse> FixedFetcher::Fetch(const std::string& url,
                                                 const FetchOptions&) {
  absl::MutexLock lock(&mu_);
  ++fetches_;
  auto found = bodies_.find(url);
  if (found == bodies_.end()) {
    return Error(Reason::kIssuerUnavailable, "no route in this test");
  }
  return HttpResponse{200, {}, found->second};
}

absl::StatusOr<std::unique_ptr<AuthFunction>> FakeConnector::Connect(
    const Options& options) {
  last_options = options;
  return std::make_unique<CalledFunction>(function);
}

ProviderTestWorld::ProviderTestWorld()
    : clock(absl::FromUnixSeconds(1'800'000'000)),
      store(NewMemoryStore()),
      passwords(CheapPolicy(), store->passwords(), &clock, &random),
      jwks(JwksCacheOptions(), &fetcher, &clock, &random) {}

ProviderDeps ProviderTestWorld::deps() {
  ProviderDeps deps;
  deps.clock = &clock;
  deps.random = &random;
  deps.jwks = &jwks;
  deps.store = store.get();
  deps.passwords = &passwords;
  deps.functions = &functions;
  deps.http = &fetcher;
  return deps;
}

CallContext ProviderTestWorld::ctx() {
  CallContext ctx;
  ctx.peer = "unix";
  ctx.request_id = "r1";
  ctx.deadline = clock.TimeNow() + absl::Seconds(10);
  return ctx;
}

absl::StatusOr<ProviderRegistry> ProviderTestWorld::Make(
    ProviderSettings settings) {
  std::vector<ProviderSettings> all;
  all.push_back(std::move(settings));
  return ProviderRegistry::Create(app, all, deps());
}

std::string Hs256Token(absl::string_view payload_json, absl::string_view secret,
                       absl::string_view header_json) {
  const std::string input = absl::StrCat(Base64UrlEncode(header_json), ".",
                                         Base64UrlEncode(payload_json));
  return absl::StrCat(input, ".",
                      Base64UrlEncode(AsStringView(HmacSha256(secret, input))));
}

}  // namespace latchkey
