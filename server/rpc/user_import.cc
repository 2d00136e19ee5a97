#include "server/rpc/user_import.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/reason.h"
#include "core/base/status_macros.h"
#include "server/rpc/field_checks.h"
#include "server/rpc/transfer_codec.h"

namespace latchkey {
namespace {

constexpr int kMaxRows = 1000;
// About where an answer ends; what a single user has comes on top.
constexpr size_t kAnswerBytes = 1024 * 1024;

// Places in the list of everything: the users, then the registrations.
constexpr char kUsers = 'u';
constexpr char kRegistrations = 'r';

// What a row breaks, without its values.
std::string Rule(const absl::Status& status) {
  std::string rule;
  for (const FieldViolation& violation : GetFieldViolations(status)) {
    absl::StrAppend(&rule, rule.empty() ? "" : "; ", violation.field, ": ",
                    violation.description);
  }
  return rule;
}

void Refuse(const absl::Status& status, v1::ImportOutcome* outcome) {
  outcome->Clear();
  outcome->set_result(v1::IMPORT_RESULT_REFUSED);
  outcome->set_detail(Rule(status));
}

void Collide(const char* with, v1::ImportOutcome* outcome) {
  outcome->set_result(v1::IMPORT_RESULT_COLLISION);
  outcome->set_detail(with);
  outcome->clear_logins();
  outcome->clear_claimable();
}

void SetResult(TransferResult result, v1::ImportOutcome* outcome) {
  switch (result) {
    case TransferResult::kCreated:
      return outcome->set_result(v1::IMPORT_RESULT_CREATED);
    case TransferResult::kExists:
      return outcome->set_result(v1::IMPORT_RESULT_EXISTS);
    case TransferResult::kIdentityTaken:
      return Collide("an identity belongs to another user", outcome);
    case TransferResult::kAddressTaken:
      return Collide("the address (or its subject) is taken", outcome);
    case TransferResult::kApiKeyTaken:
      return Collide("an API key is taken", outcome);
  }
}

}  // namespace

UserTransferService::UserTransferService(Deps deps)
    : deps_(deps), gate_(deps.guard, deps.apps) {}

void UserTransferService::Register(MethodTable* table) {
  table->AddMember("/latchkey.v1.UserAdminService/ImportUsers",
                   {.group = ServiceGroup::kAdmin,
                    .max_request_bytes = deps_.max_batch_bytes},
                   this, &UserTransferService::ImportUsers);
  table->AddMember("/latchkey.v1.UserAdminService/ExportUsers",
                   {.group = ServiceGroup::kAdmin}, this,
                   &UserTransferService::ExportUsers);
}

void UserTransferService::Record(absl::string_view action, std::string detail,
                                 const AdminCall& admin) {
  AuditEvent event(action, admin.call);
  event.app = admin.app->id;
  event.detail = std::move(detail);
  deps_.audit->Record(event);
}

absl::Status UserTransferService::ImportUsers(
    const v1::ImportUsersRequest& request, const RpcContext& context,
    v1::ImportUsersResponse* response) {
  ASSIGN_OR_RETURN(const AdminCall admin, gate_.Admit(request.app(), context));
  RETURN_IF_ERROR(
      FieldChecks()
          .That(request.users_size() >= 1 && request.users_size() <= kMaxRows,
                "users", "must be 1 to 1000")
          .status());
  if (deps_.store->transfers() == nullptr) {
    return Error(Reason::kUnimplemented, "the store moves no users");
  }
  TransferReader reader(
      {admin.app, deps_.clock->TimeNow(), deps_.passwords->budget_kib()});
  std::vector<TransferRow> rows;
  std::vector<v1::ImportOutcome*> outcomes;
  for (const v1::UserTransfer& user : request.users()) {
    v1::ImportOutcome* const outcome = response->add_outcomes();
    absl::StatusOr<TransferRow> row = reader.Read(user, outcome);
    if (!row.ok() && GetReason(row.status()) != Reason::kInvalidRequest) {
      return row.status();
    }
    if (!row.ok()) {
      Refuse(row.status(), outcome);
      continue;
    }
    rows.push_back(*std::move(row));
    outcomes.push_back(outcome);
  }
  const TransferMode mode =
      request.dry_run() ? TransferMode::kDryRun : TransferMode::kStore;
  ASSIGN_OR_RETURN(const std::vector<TransferResult> results,
                   deps_.store->transfers()->Insert(rows, mode));
  size_t created = 0;
  for (size_t i = 0; i < results.size(); ++i) {
    SetResult(results[i], outcomes[i]);
    if (results[i] == TransferResult::kCreated) ++created;
  }
  // Not one each: a million of them would crowd out everybody else's.
  if (created > 0 && !request.dry_run()) {
    Record(audit_action::kUsersImported, absl::StrCat(created, " users"),
           admin);
  }
  return absl::OkStatus();
}

absl::StatusOr<TransferRow> UserTransferService::Complete(
    const UserRecord& user) const {
  TransferRow row;
  for (const IdentityRecord& identity : user.identities) {
    if (identity.kind != ProviderKind::kEmailPassword) continue;
    absl::StatusOr<PasswordRecord> record =
        deps_.store->passwords()->FindById(user.app, identity.subject);
    if (GetReason(record.status()) == Reason::kResourceNotFound) continue;
    if (!record.ok()) return record.status();
    row.passwords.push_back(*std::move(record));
  }
  // Server keys are listed with the app's.
  const bool server = user.type == UserType::kServer;
  ASSIGN_OR_RETURN(
      const std::vector<ApiKeyRecord> keys,
      deps_.store->api_keys()->List(user.app, server ? UserId() : user.id));
  for (const ApiKeyRecord& key : keys) {
    if (key.user == user.id) row.api_keys.push_back(key);
  }
  row.user = user;
  return row;
}

absl::Status UserTransferService::ExportUserPage(
    const AppId& app, const Page& page,
    v1::ExportUsersResponse* response) const {
  ASSIGN_OR_RETURN(
      const std::vector<UserRecord> users,
      deps_.store->users()->List(app, {}, UserId(page.after), page.size));
  size_t bytes = 0;
  for (const UserRecord& user : users) {
    ASSIGN_OR_RETURN(const TransferRow row, Complete(user));
    v1::UserTransfer* const out = response->add_users();
    WriteTransfer(row, out);
    bytes += out->ByteSizeLong();
    response->set_next_page_token(
        PageToken(absl::StrCat(std::string(1, kUsers), user.id.value())));
    if (bytes >= kAnswerBytes) return absl::OkStatus();
  }
  if (users.size() < page.size) {
    response->set_next_page_token(PageToken(std::string(1, kRegistrations)));
  }
  return absl::OkStatus();
}

absl::Status UserTransferService::ExportRegistrations(
    const AppId& app, const Page& page,
    v1::ExportUsersResponse* response) const {
  ASSIGN_OR_RETURN(
      const std::vector<PasswordRecord> records,
      deps_.store->transfers()->ListPasswords(app, page.after, page.size));
  for (const PasswordRecord& record : records) {
    const Reason reason =
        GetReason(deps_.store->users()
                      ->FindByIdentity(app, record.provider, record.id)
                      .status());
    if (reason == Reason::kUnspecified) continue;  // came with its user
    if (reason != Reason::kUserNotFound) {
      return Error(reason, "look for a user");
    }
    TransferRow row;
    row.passwords.push_back(record);
    WriteTransfer(row, response->add_users());
  }
  if (records.size() == page.size) {
    response->set_next_page_token(PageToken(
        absl::StrCat(std::string(1, kRegistrations), records.back().id)));
  }
  return absl::OkStatus();
}

absl::Status UserTransferService::ExportUsers(
    const v1::ExportUsersRequest& request, const RpcContext& context,
    v1::ExportUsersResponse* response) {
  ASSIGN_OR_RETURN(const AdminCall admin, gate_.Admit(request.app(), context));
  ASSIGN_OR_RETURN(Page page,
                   ReadPage(request.page_size(), request.page_token()));
  if (deps_.store->transfers() == nullptr) {
    return Error(Reason::kUnimplemented, "the store moves no users");
  }
  const char place = page.after.empty() ? kUsers : page.after.front();
  RETURN_IF_ERROR(FieldChecks()
                      .That(place == kUsers || place == kRegistrations,
                            "page_token", "must be of this call")
                      .status());
  if (!page.after.empty()) page.after.erase(0, 1);
  RETURN_IF_ERROR(place == kUsers
                      ? ExportUserPage(admin.app->id, page, response)
                      : ExportRegistrations(admin.app->id, page, response));
  Record(audit_action::kUsersExported, "", admin);
  return absl::OkStatus();
}

}  // namespace latchkey
