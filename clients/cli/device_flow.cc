#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "clients/cli/authorization.h"
#include "clients/cli/people_flows.h"
#include "clients/cli/terminal_qr.h"
#include "core/base/status_macros.h"
#include "core/json/json.h"
#include "core/jwks/form_body.h"
#include "core/jwks/url_rules.h"

namespace latchkey {
namespace {

constexpr char kGrantType[] = "urn:ietf:params:oauth:grant-type:device_code";
constexpr absl::Duration kInterval = absl::Seconds(5);  // RFC 8628 §3.2
constexpr absl::Duration kSlowDown = absl::Seconds(5);  // RFC 8628 §3.5
constexpr absl::Duration kMaxInterval = absl::Minutes(2);
constexpr absl::Duration kMaxLife = absl::Hours(1);

// The answer of the device authorization endpoint (RFC 8628 §3.2).
struct DeviceCode {
  Secret code;
  std::string user_code;
  std::string uri;
  std::string complete_uri;  // with the code in it; may be empty
  absl::Duration interval = kInterval;
  absl::Time expires_at;
};

std::optional<absl::Duration> Seconds(const json::Value& object,
                                      absl::string_view name) {
  const json::Value* const member = object.Find(name);
  const std::optional<int64_t> number =
      member == nullptr ? std::nullopt : member->as_int64();
  if (!number.has_value() || *number <= 0) return std::nullopt;
  return absl::Seconds(*number);
}

absl::StatusOr<DeviceCode> ReadDeviceCode(const ForeignAnswer& answer,
                                          absl::Time asked) {
  if (!answer.ok()) {
    const absl::string_view error = answer.Text("error");
    return IssuerRefusal(error.empty() ? absl::StrCat("HTTP ", answer.status)
                                       : std::string(error),
                         answer.Text("error_description"));
  }
  DeviceCode code;
  code.code = Secret(answer.Text("device_code"));
  code.user_code = std::string(answer.Text("user_code"));
  code.uri = std::string(answer.Text("verification_uri"));
  code.complete_uri = std::string(answer.Text("verification_uri_complete"));
  const auto life = Seconds(answer.body, "expires_in");
  if (code.code.empty() || code.user_code.empty() || !life.has_value() ||
      !CheckFetchUrl(code.uri, true).ok()) {
    return absl::InternalError(
        "the issuer's answer to the device authorization is incomplete");
  }
  if (!CheckFetchUrl(code.complete_uri, true).ok()) code.complete_uri.clear();
  code.expires_at = asked + std::min(*life, kMaxLife);
  code.interval = std::min(Seconds(answer.body, "interval").value_or(kInterval),
                           kMaxInterval);
  return code;
}

void TellPerson(const DeviceCode& code, Context* context) {
  Output& output = context->output();
  output.Tell(absl::StrCat("To log in, go to this address on any device:\n\n  ",
                           code.uri, "\n\nand enter the code:\n\n  ",
                           code.user_code, "\n"));
  if (!context->world().err_is_terminal) return;
  const std::string& target =
      code.complete_uri.empty() ? code.uri : code.complete_uri;
  *context->world().err << TerminalQr(target) << std::flush;
}

// One request; nullopt: not yet, and *interval is how long to wait from now on.
absl::StatusOr<std::optional<IssuerTokens>> Poll(const Secret& code,
                                                 IssuerClient* client,
                                                 absl::Duration* interval) {
  FormBody grant;
  grant.Add("grant_type", kGrantType);
  grant.Add("device_code", code.RevealSecret());
  absl::StatusOr<TokenAnswer> answer = client->Ask(&grant);
  if (absl::IsUnavailable(answer.status())) {
    *interval = std::min(*interval * 2, kMaxInterval);
    return std::optional<IssuerTokens>();
  }
  RETURN_IF_ERROR(answer.status());
  if (answer->error.empty()) {
    return std::optional<IssuerTokens>(std::move(answer->tokens));
  }
  if (answer->error == "slow_down") {
    *interval = std::min(*interval + kSlowDown, kMaxInterval);
    return std::optional<IssuerTokens>();
  }
  if (answer->error == "authorization_pending") {
    return std::optional<IssuerTokens>();
  }
  if (answer->error == "expired_token") {
    return absl::DeadlineExceededError(
        "the code has expired: run the command again");
  }
  return IssuerRefusal(answer->error, answer->description);
}

}  // namespace

absl::StatusOr<IssuerTokens> ByDevice(const Errand& errand, Context* context) {
  const CliWorld& world = context->world();
  IssuerClient* const client = errand.client;
  if (client->endpoints().device.empty()) {
    return absl::FailedPreconditionError(
        absl::StrCat(client->registration().issuer,
                     " knows no logins with a code: leave --device out"));
  }
  const absl::Time asked = context->now();
  FormBody form;
  form.Add("scope", errand.scope);
  ASSIGN_OR_RETURN(const ForeignAnswer answer,
                   client->Post(client->endpoints().device, &form));
  ASSIGN_OR_RETURN(const DeviceCode code, ReadDeviceCode(answer, asked));
  TellPerson(code, context);
  const absl::Time end = std::min(code.expires_at, errand.deadline);
  absl::Duration interval = code.interval;
  while (context->now() + interval <= end) {
    world.sleep(interval);
    ASSIGN_OR_RETURN(std::optional<IssuerTokens> tokens,
                     Poll(code.code, client, &interval));
    if (!tokens.has_value()) continue;
    if (!tokens->id_token.empty()) {
      RETURN_IF_ERROR(CheckIdToken(
          tokens->id_token.RevealSecret(),
          {client->registration().issuer, client->registration().client_id,
           std::nullopt, context->now()}));
    }
    return *std::move(tokens);
  }
  return absl::DeadlineExceededError(
      "nobody entered the code in time: run the command again");
}

}  // namespace latchkey
