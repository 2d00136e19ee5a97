#include "server/rpc/batch_inspection.h"

#include <algorithm>

#include "absl/time/time.h"
#include "core/base/call_context.h"
#include "core/base/reason.h"
#include "core/base/status_macros.h"

namespace latchkey {
namespace {

// Of one turn on the lane: about a millisecond of signature checks.
constexpr int kSliceTokens = 16;

TokenInspector::Question QuestionOf(const v1::BatchVerifyRequest& request,
                                    int index) {
  return {request.tokens(index), request.app(), &request.audience()};
}

bool IsOpen(const v1::VerifyResponse& result) {
  return !result.active() && result.reason() == v1::REASON_UNSPECIFIED;
}

int FirstOpen(const v1::BatchVerifyResponse& response) {
  const auto& results = response.results();
  return static_cast<int>(std::find_if(results.begin(), results.end(), IsOpen) -
                          results.begin());
}

// In a batch our own trouble with a token is told like the token's.
void SetReason(const absl::Status& status, v1::VerifyResponse* out) {
  if (!status.ok()) out->set_reason(static_cast<v1::Reason>(GetReason(status)));
}

}  // namespace

BatchInspection::BatchInspection(const TokenInspector* inspector, Clock* clock,
                                 const RpcContext* context)
    : inspector_(inspector), clock_(clock), context_(context) {}

std::optional<absl::Status> BatchInspection::Continue(
    const v1::BatchVerifyRequest& request,
    v1::BatchVerifyResponse* response) const {
  int left = kSliceTokens;
  const RpcContext first_look = NoWaiting();
  for (; left > 0 && response->results_size() < request.tokens_size(); --left) {
    RETURN_IF_ERROR(StillWanted());
    const int index = response->results_size();
    v1::VerifyResponse* const out = response->add_results();
    const absl::Status status =
        inspector_->Inspect(QuestionOf(request, index), first_look, out);
    if (GetReason(status) != Reason::kIssuerUnavailable) SetReason(status, out);
  }
  if (response->results_size() < request.tokens_size()) return std::nullopt;
  const RpcContext last_look = HalfTime();
  int open = FirstOpen(*response);
  for (; left > 0 && open < response->results_size(); --left) {
    RETURN_IF_ERROR(StillWanted());
    v1::VerifyResponse* const out = response->mutable_results(open);
    SetReason(inspector_->Inspect(QuestionOf(request, open), last_look, out),
              out);
    open = FirstOpen(*response);
  }
  if (open < response->results_size()) return std::nullopt;
  return absl::OkStatus();
}

RpcContext BatchInspection::NoWaiting() const {
  RpcContext context = *context_;
  context.call.deadline = absl::InfinitePast();
  return context;
}

RpcContext BatchInspection::HalfTime() const {
  RpcContext context = *context_;
  const CallContext& call = context_->call;
  context.call.deadline = call.started + (call.deadline - call.started) / 2;
  return context;
}

absl::Status BatchInspection::StillWanted() const {
  return context_->call.StillWanted(clock_->TimeNow());
}

}  // namespace latchkey
