// Function: login logic of the app's owner, in this process or called out to.
#include <algorithm>
#include <atomic>
#include <exception>
#include <memory>
#include <string>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "core/base/reason.h"
#include "core/base/status_macros.h"
#include "core/base/utf8.h"
#include "core/json/json.h"
#include "core/provider/auth_function.h"
#include "core/provider/call_slot.h"
#include "core/provider/provider.h"
#include "core/provider/provider_settings.h"

namespace latchkey {
namespace {

constexpr absl::string_view kPayloadField = "credential.function.payload";
constexpr size_t kMaxIdBytes = 255;
constexpr size_t kMaxNameBytes = 255;
constexpr size_t kMaxDataBytes = 16 * 1024;
constexpr size_t kMaxCauseBytes = 256;

absl::Status Rejected(absl::string_view cause) {
  return Error(Reason::kCredentialRejected,
               absl::StrCat("function: ", cause.substr(0, kMaxCauseBytes)));
}

// InProcessFunction keeps exceptions of the embedder's code on its side.
class InProcessFunction final : public AuthFunction {
 public:
  explicit InProcessFunction(const InProcessAuthFunctions::Function* function)
      : function_(function) {}

  absl::StatusOr<AuthFunctionResult> Authenticate(
      absl::string_view payload_json, const CallContext& ctx) override {
    try {
      return (*function_)(payload_json, ctx);
    } catch (const std::exception& e) {
      return Rejected(e.what());
    } catch (...) {
      return Rejected("threw something that is no std::exception");
    }
  }

 private:
  const InProcessAuthFunctions::Function* const function_;
};

bool IsCleanText(absl::string_view text, size_t max_bytes) {
  return text.size() <= max_bytes && IsValidUtf8(text) &&
         !HasControlCharacters(text);
}

class FunctionProvider final : public Provider {
 public:
  FunctionProvider(const ProviderSettings& settings,
                   std::unique_ptr<AuthFunction> function, Clock* clock)
      : name_(settings.name),
        settings_(std::get<FunctionSettings>(settings.arm)),
        function_(std::move(function)),
        clock_(clock) {}

  const ProviderName& name() const override { return name_; }
  ProviderKind kind() const override { return ProviderKind::kFunction; }

  absl::StatusOr<ProvenIdentity> Authenticate(const Credential& credential,
                                              const CallContext& ctx) override;

 private:
  absl::Status CheckPayload(absl::string_view payload_json) const;
  absl::StatusOr<AuthFunctionResult> Call(absl::string_view payload_json,
                                          const CallContext& ctx);
  absl::StatusOr<ProvenIdentity> ToIdentity(AuthFunctionResult result) const;

  const ProviderName name_;
  const FunctionSettings settings_;
  const std::unique_ptr<AuthFunction> function_;
  Clock* const clock_;
  std::atomic<int> running_{0};
};

absl::StatusOr<ProvenIdentity> FunctionProvider::Authenticate(
    const Credential& credential, const CallContext& ctx) {
  const auto* arm = std::get_if<FunctionCredential>(&credential.arm);
  if (arm == nullptr) {
    return Error(Reason::kInternal, "credential of another kind");
  }
  RETURN_IF_ERROR(CheckPayload(arm->payload_json));
  RETURN_IF_ERROR(ctx.StillWanted(clock_->TimeNow()));
  const CallSlot slot(&running_, settings_.max_concurrency);
  if (!slot.taken()) {
    return Error(Reason::kOverloaded,
                 absl::StrCat("function ", name_.value(), " has ",
                              settings_.max_concurrency, " calls in flight"));
  }
  ASSIGN_OR_RETURN(AuthFunctionResult result, Call(arm->payload_json, ctx));
  return ToIdentity(std::move(result));
}

absl::Status FunctionProvider::CheckPayload(
    absl::string_view payload_json) const {
  if (payload_json.size() > settings_.max_payload_bytes) {
    return InvalidField(
        kPayloadField,
        absl::StrCat("at most ", settings_.max_payload_bytes, " bytes"));
  }
  json::Limits limits;
  limits.max_bytes = settings_.max_payload_bytes;
  if (!json::ParseObject(payload_json, limits).ok()) {
    return InvalidField(kPayloadField, "a JSON object, nesting at most 32");
  }
  return absl::OkStatus();
}

absl::StatusOr<AuthFunctionResult> FunctionProvider::Call(
    absl::string_view payload_json, const CallContext& ctx) {
  CallContext bounded = ctx;
  bounded.deadline =
      std::min(ctx.deadline, clock_->TimeNow() + settings_.timeout);
  absl::StatusOr<AuthFunctionResult> result =
      function_->Authenticate(payload_json, bounded);
  const absl::Time now = clock_->TimeNow();
  // The caller's own end comes first: it is no verdict on the credential.
  RETURN_IF_ERROR(ctx.StillWanted(now));
  if (!result.ok()) return Rejected(result.status().message());
  if (now >= bounded.deadline) return Rejected("answered after its timeout");
  return result;
}

absl::StatusOr<ProvenIdentity> FunctionProvider::ToIdentity(
    AuthFunctionResult result) const {
  if (result.id.empty() || !IsCleanText(result.id, kMaxIdBytes)) {
    return Rejected("its id is not 1-255 bytes of clean UTF-8");
  }
  if (!IsCleanText(result.name, kMaxNameBytes)) {
    return Rejected("its name is not at most 255 bytes of clean UTF-8");
  }
  json::Limits limits;
  limits.max_bytes = std::min(kMaxDataBytes, settings_.max_response_bytes);
  absl::StatusOr<json::Value> data =
      json::ParseObject(result.data_json, limits);
  if (!data.ok()) {
    return Rejected(
        absl::StrCat("its data is not acceptable: ", data.status().message()));
  }
  if (!result.name.empty()) data->Set("name", std::move(result.name));
  ProvenIdentity identity;
  identity.provider = name_;
  identity.kind = kind();
  identity.subject = std::move(result.id);
  identity.data_json = json::Write(*data);
  identity.user_data_json = identity.data_json;
  return identity;
}

absl::StatusOr<std::unique_ptr<AuthFunction>> MakeFunction(
    const AppId& app, const ProviderSettings& settings,
    const ProviderDeps& deps) {
  const auto& function = std::get<FunctionSettings>(settings.arm);
  if (function.target.empty() == function.in_process.empty()) {
    return Error(Reason::kInvalidRequest,
                 "either a target or an in-process function is needed");
  }
  if (!function.in_process.empty()) {
    const auto* found =
        InProcessAuthFunctions::Global()->Find(function.in_process);
    if (found == nullptr) {
      return Error(Reason::kInvalidRequest,
                   absl::StrCat("no function ", function.in_process,
                                " is registered in this process"));
    }
    return std::make_unique<InProcessFunction>(found);
  }
  if (deps.functions == nullptr) {
    return Error(Reason::kInternal, "functions cannot be called from here");
  }
  AuthFunctionConnector::Options options;
  options.target = function.target;
  options.app = app.value();
  options.function_name = function.function_name.empty()
                              ? settings.name.value()
                              : function.function_name;
  options.max_response_bytes = function.max_response_bytes;
  return deps.functions->Connect(options);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Provider>> NewFunctionProvider(
    const AppId& app, const ProviderSettings& settings,
    const ProviderDeps& deps) {
  const auto& function = std::get<FunctionSettings>(settings.arm);
  if (function.max_concurrency < 1 ||
      function.timeout <= absl::ZeroDuration()) {
    return Error(Reason::kInvalidRequest,
                 "max_concurrency and timeout must be positive");
  }
  ASSIGN_OR_RETURN(std::unique_ptr<AuthFunction> callable,
                   MakeFunction(app, settings, deps));
  return std::make_unique<FunctionProvider>(settings, std::move(callable),
                                            deps.clock);
}

}  // namespace latchkey
