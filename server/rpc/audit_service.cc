#include "server/rpc/audit_service.h"

#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "core/base/reason.h"
#include "core/base/status_macros.h"
#include "server/rpc/event_codec.h"
#include "server/rpc/field_checks.h"
#include "server/rpc/paging.h"

namespace latchkey {
namespace {

constexpr char kService[] = "/latchkey.v1.AuditService/";
constexpr size_t kMaxAppId = 64;
constexpr int kMaxTypes = 32;
// Of google.protobuf.Timestamp.
constexpr int64_t kMinSeconds = -62'135'596'800;
constexpr int64_t kMaxSeconds = 253'402'300'799;
constexpr int32_t kMaxNanos = 999'999'999;

using Types = google::protobuf::RepeatedField<int>;

void CheckTypes(const Types& types, FieldChecks* checks) {
  checks->That(types.size() <= kMaxTypes, "types", "must be at most 32");
  for (const int type : types) {
    checks->That(type != v1::AUDIT_EVENT_TYPE_UNSPECIFIED, "types",
                 "must not be UNSPECIFIED");
  }
}

// Types that this version writes no events of match none of them.
std::vector<std::string> Actions(const Types& types) {
  std::vector<std::string> actions = ActionsOf(types);
  if (!types.empty() && actions.empty()) actions.emplace_back("none");
  return actions;
}

std::optional<absl::Time> ReadTime(const google::protobuf::Timestamp& time,
                                   absl::string_view field,
                                   FieldChecks* checks) {
  checks->That(time.seconds() >= kMinSeconds && time.seconds() <= kMaxSeconds &&
                   time.nanos() >= 0 && time.nanos() <= kMaxNanos,
               field, "must be a time of the years 1 to 9999");
  return absl::FromUnixSeconds(time.seconds()) +
         absl::Nanoseconds(time.nanos());
}

absl::StatusOr<EventFilter> FilterOf(const v1::ListEventsRequest& request) {
  FieldChecks checks;
  checks.Text("app", request.app(), 0, kMaxAppId);
  if (!request.user_id().empty()) {
    checks.ObjectId("user_id", request.user_id());
  }
  CheckTypes(request.types(), &checks);
  EventFilter filter;
  filter.app = AppId(request.app());
  filter.user = UserId(request.user_id());
  filter.actions = Actions(request.types());
  if (request.has_start_time()) {
    filter.since = ReadTime(request.start_time(), "start_time", &checks);
  }
  if (request.has_end_time()) {
    filter.until = ReadTime(request.end_time(), "end_time", &checks);
  }
  RETURN_IF_ERROR(checks.status());
  return filter;
}

}  // namespace

AuditService::AuditService(Deps deps) : deps_(deps) {}

void AuditService::Register(MethodTable* table) {
  const MethodTable::RowOptions options = {.group = ServiceGroup::kAdmin,
                                           .lane = Lane::kStore};
  table->AddMember(absl::StrCat(kService, "ListEvents"), options, this,
                   &AuditService::ListEvents);
  table->AddStream<v1::WatchEventsRequest, v1::WatchEventsResponse>(
      absl::StrCat(kService, "WatchEvents"), options,
      [this](const v1::WatchEventsRequest& request, const RpcContext& context,
             const std::shared_ptr<RpcStream>& stream) {
        WatchEvents(request, context, stream);
      });
}

absl::Status AuditService::ListEvents(const v1::ListEventsRequest& request,
                                      const RpcContext& context,
                                      v1::ListEventsResponse* response) {
  RETURN_IF_ERROR(deps_.guard->Admit(context).status());
  ASSIGN_OR_RETURN(const Page page,
                   ReadPage(request.page_size(), request.page_token()));
  ASSIGN_OR_RETURN(const EventFilter filter, FilterOf(request));
  uint64_t before = 0;
  if (!page.after.empty()) {
    const std::optional<uint64_t> id = ParseEventId(page.after);
    if (!id.has_value()) {
      return InvalidField("page_token",
                          "must be a next_page_token of this call");
    }
    before = *id;
  }
  ASSIGN_OR_RETURN(const EventPage found,
                   deps_.events->ListBefore(before, filter, page.size));
  for (const EventRecord& event : found.events) {
    ToProto(event, response->add_events());
  }
  if (found.more) {
    response->set_next_page_token(PageToken(EventId(found.reached)));
  }
  return absl::OkStatus();
}

absl::Status AuditService::TryWatch(const v1::WatchEventsRequest& request,
                                    const RpcContext& context,
                                    const std::shared_ptr<RpcStream>& stream) {
  RETURN_IF_ERROR(deps_.guard->Admit(context).status());
  FieldChecks checks;
  checks.Text("app", request.app(), 0, kMaxAppId);
  CheckTypes(request.types(), &checks);
  std::optional<uint64_t> after = deps_.log->newest();
  if (!request.after_id().empty()) after = ParseEventId(request.after_id());
  checks.That(after.has_value(), "after_id", "must be the id of an event");
  RETURN_IF_ERROR(checks.status());
  EventFilter filter;
  filter.app = AppId(request.app());
  filter.actions = Actions(request.types());
  deps_.watches->Add(std::move(filter), *after, stream);
  return absl::OkStatus();
}

void AuditService::WatchEvents(const v1::WatchEventsRequest& request,
                               const RpcContext& context,
                               const std::shared_ptr<RpcStream>& stream) {
  const absl::Status status = TryWatch(request, context, stream);
  if (!status.ok()) stream->Finish(status);
}

}  // namespace latchkey
