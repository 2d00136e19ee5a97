#include "core/provider/foreign_service.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "core/base/reason.h"
#include "core/base/secret.h"
#include "core/base/status_macros.h"
#include "core/jwks/answer.h"
#include "core/provider/call_slot.h"

namespace latchkey {
namespace {

constexpr size_t kMaxCodeBytes = 64;
// What a service may make our callers wait.
constexpr absl::Duration kMaxRetryAfter = absl::Minutes(5);
constexpr char kFormType[] = "application/x-www-form-urlencoded";

}  // namespace

absl::string_view SafeCode(absl::string_view text) {
  const bool safe =
      !text.empty() && text.size() <= kMaxCodeBytes &&
      std::all_of(text.begin(), text.end(), [](char c) {
        return absl::ascii_islower(static_cast<unsigned char>(c)) || c == '_';
      });
  return safe ? text : absl::string_view("?");
}

absl::string_view ForeignAnswer::Text(absl::string_view name) const {
  const json::Value* const member = body.Find(name);
  const std::string* const text =
      member == nullptr ? nullptr : member->as_string();
  return text == nullptr ? absl::string_view() : *text;
}

ForeignService::ForeignService(Options options, HttpFetcher* fetcher,
                               Clock* clock)
    : options_(std::move(options)), fetcher_(fetcher), clock_(clock) {}

absl::StatusOr<ForeignAnswer> ForeignService::Post(const std::string& url,
                                                   FormBody* form,
                                                   const CallContext& ctx) {
  FetchOptions fetch = options_.fetch;
  fetch.headers = {{"Accept", "application/json"}, {"Content-Type", kFormType}};
  fetch.post_body = form->Take();
  return Call(url, std::move(fetch), ctx);
}

absl::StatusOr<ForeignAnswer> ForeignService::Get(const std::string& url,
                                                  FormBody* query,
                                                  const CallContext& ctx) {
  FetchOptions fetch = options_.fetch;
  fetch.headers = {{"Accept", "application/json"}};
  std::string full = absl::StrCat(url, "?", *query->Take());
  absl::StatusOr<ForeignAnswer> answer = Call(full, std::move(fetch), ctx);
  WipeString(&full);
  return answer;
}

absl::StatusOr<ForeignAnswer> ForeignService::Call(const std::string& url,
                                                   FetchOptions fetch,
                                                   const CallContext& ctx) {
  const absl::Time now = clock_->TimeNow();
  RETURN_IF_ERROR(ctx.StillWanted(now));
  const CallSlot slot(&running_, options_.max_concurrency);
  if (!slot.taken()) {
    return Error(Reason::kOverloaded,
                 absl::StrCat(options_.name, " has ", options_.max_concurrency,
                              " calls in flight"));
  }
  // libcurl takes a timeout of zero for none at all.
  fetch.total_timeout = std::max(
      std::min(fetch.total_timeout, ctx.deadline - now), absl::Milliseconds(1));
  fetch.max_redirects = 0;
  const absl::StatusOr<HttpResponse> response = fetcher_->Fetch(url, fetch);
  // The caller's own end comes first: it is no verdict on the service.
  RETURN_IF_ERROR(ctx.StillWanted(clock_->TimeNow()));
  if (!response.ok()) {
    return Error(
        GetReason(response.status()),
        absl::StrCat(options_.name, ": ", response.status().message()));
  }
  return Judge(*response);
}

absl::StatusOr<ForeignAnswer> ForeignService::Judge(
    const HttpResponse& response) const {
  const absl::Time now = clock_->TimeNow();
  if (response.status == 429) {
    const std::optional<absl::Duration> delay = RetryAfter(response, now);
    absl::Status busy =
        Error(Reason::kOverloaded,
              absl::StrCat(options_.name, ": answered with status 429"));
    if (!delay.has_value()) return busy;
    return WithRetryAfter(std::move(busy), std::min(*delay, kMaxRetryAfter));
  }
  if (response.status != 200 &&
      (response.status < 400 || response.status >= 500)) {
    return AnswerError(options_.name, response, now);
  }
  json::Limits limits;
  limits.max_bytes = options_.fetch.max_body_bytes;
  absl::StatusOr<json::Value> body = json::ParseObject(response.body, limits);
  ForeignAnswer answer;
  answer.status = response.status;
  if (body.ok()) {
    answer.body = *std::move(body);
  } else if (answer.ok()) {
    return Error(Reason::kIssuerUnavailable,
                 absl::StrCat(options_.name, ": the answer is not acceptable: ",
                              body.status().message()));
  }
  return answer;
}

}  // namespace latchkey
