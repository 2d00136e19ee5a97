#include "server/rpc/admin_call.h"

#include "core/base/reason.h"
#include "core/base/status_macros.h"
#include "server/rpc/field_checks.h"

namespace latchkey {
namespace {

constexpr size_t kMaxAppId = 64;

}  // namespace

absl::StatusOr<AdminCall> AdminGate::Admit(const std::string& app,
                                           const RpcContext& context) const {
  AdminCall admin;
  ASSIGN_OR_RETURN(admin.call, guard_->Admit(context));
  RETURN_IF_ERROR(FieldChecks().Text("app", app, 1, kMaxAppId).status());
  admin.app = apps_->Share()->Find(AppId(app));
  if (admin.app == nullptr) return Error(Reason::kResourceNotFound, "app");
  return admin;
}

}  // namespace latchkey
