// `latchkey import users` and `latchkey export users`.
#include "clients/cli/import_commands.h"

#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "clients/cli/command.h"
#include "clients/cli/failure.h"
#include "clients/cli/file_input.h"
#include "clients/cli/outcome_file.h"
#include "clients/cli/user_file.h"
#include "clients/cli/user_formats.h"
#include "clients/cli/user_importer.h"
#include "core/base/status_macros.h"
#include "latchkey/v1/user_admin_service.pb.h"

namespace latchkey {
namespace {

constexpr CommandText kImport = {
    "import", "bring in what another system kept",
    "latchkey import app-services ./exported-app --check\n"
    "latchkey import users users.json --format=app-services --app=myapp-abcde"};
constexpr CommandText kImportUsers = {
    "users",
    "import users with their identities and password hashes. It can be "
    "repeated:\n"
    "what is there already is left alone. Guide: docs/import-users.md",
    "latchkey import users users.json --format=app-services --app=myapp-abcde"
    " --dry-run\n"
    "latchkey import users users.json --format=app-services --app=myapp-abcde"
    " --outcomes=outcomes.json\n"
    "latchkey import users users.json --format=firebase --app=myapp-abcde"
    " --firebase-signer-key-file=key.txt\n"
    "latchkey import users - --app=myapp-abcde <exported.json"};
constexpr CommandText kExport = {
    "export", "take out what latchkey keeps",
    "latchkey export users --app=myapp-abcde >users.json"};
constexpr CommandText kExportUsers = {
    "users",
    "print every user and registration, a JSON object a line, with password\n"
    "hashes: keep the file as safe as the database",
    "latchkey export users --app=myapp-abcde >users.json"};

constexpr char kImportRpc[] = "latchkey.v1.UserAdminService/ImportUsers";
constexpr char kExportRpc[] = "latchkey.v1.UserAdminService/ExportUsers";
constexpr int kExportPage = 500;

struct ImportFlags {
  std::string file;
  std::string format = "generic";
  bool dry_run = false;
  std::string outcomes;
  bool resume = false;
  std::vector<std::string> providers;  // KIND=NAME
  bool confirmed = false;
  std::string signer_key_file;
  std::string salt_separator = "Bw==";
  int rounds = 8;
  int mem_cost = 14;
};

absl::StatusOr<UserFileOptions> FileOptions(const ImportFlags& flags) {
  UserFileOptions options;
  options.confirmed = flags.confirmed;
  if (flags.format == "app-services") {
    options.format = UserFormat::kAppServices;
  } else if (flags.format == "firebase") {
    options.format = UserFormat::kFirebase;
  } else if (flags.format != "generic") {
    return UsageError("--format: app-services, firebase or generic");
  }
  for (const std::string& provider : flags.providers) {
    const std::pair<std::string, std::string> parts =
        absl::StrSplit(provider, absl::MaxSplits('=', 1));
    if (parts.first.empty() || parts.second.empty()) {
      return UsageError("--provider: KIND=NAME, for example custom_jwt=okta");
    }
    options.providers[parts.first] = parts.second;
  }
  options.firebase.salt_separator = flags.salt_separator;
  options.firebase.rounds = flags.rounds;
  options.firebase.mem_cost = flags.mem_cost;
  if (!flags.signer_key_file.empty()) {
    ASSIGN_OR_RETURN(const Secret key,
                     ReadSecretInputFile(flags.signer_key_file));
    options.firebase.signer_key = std::string(key.RevealSecret());
  }
  return options;
}

absl::Status OpenOutcomes(const ImportFlags& flags, OutcomeFile* outcomes) {
  if (flags.outcomes.empty()) {
    if (flags.resume) return UsageError("--resume needs --outcomes");
    return absl::OkStatus();
  }
  if (flags.resume && flags.dry_run) {
    return UsageError("--resume does not go with --dry-run");
  }
  return outcomes->Open(flags.outcomes, flags.resume);
}

void PrintReport(const ImportReport& report, const ImportFlags& flags,
                 Context* context) {
  context->output().PrintObject(report.ToJson());
  if (flags.dry_run) context->output().Say("Nothing was stored: a dry run.");
}

absl::StatusOr<int> ImportUsers(const ImportFlags& flags, Context* context) {
  UserImporter::Options options;
  ASSIGN_OR_RETURN(options.app, context->App());
  ASSIGN_OR_RETURN(UserFileOptions file_options, FileOptions(flags));
  std::ifstream opened;
  if (flags.file != "-") {
    opened.open(flags.file, std::ios::binary);
    if (!opened) {
      return UsageError(absl::StrCat(flags.file, ": cannot be opened"));
    }
  }
  OutcomeFile outcomes;
  RETURN_IF_ERROR(OpenOutcomes(flags, &outcomes));
  options.dry_run = flags.dry_run;
  options.outcomes = &outcomes;
  options.send = [context](const v1::ImportUsersRequest& request,
                           v1::ImportUsersResponse* response) {
    return context->CallAsAdmin(kImportRpc, request, response);
  };
  UserFile file(flags.file == "-" ? context->world().in : &opened,
                std::move(file_options));
  UserImporter importer(std::move(options));
  const absl::Status done = importer.Run(&file);
  // Also after a failure: this much was done.
  PrintReport(importer.report(), flags, context);
  RETURN_IF_ERROR(done);
  return importer.report().all_stored() ? kExitOk : kExitFailed;
}

absl::StatusOr<int> ExportUsers(Context* context) {
  v1::ExportUsersRequest request;
  ASSIGN_OR_RETURN(*request.mutable_app(), context->App());
  request.set_page_size(kExportPage);
  while (true) {
    v1::ExportUsersResponse response;
    RETURN_IF_ERROR(context->CallAsAdmin(kExportRpc, request, &response));
    for (const v1::UserTransfer& user : response.users()) {
      *context->world().out << GenericUser(user) << "\n";
    }
    if (response.next_page_token().empty()) return kExitOk;
    if (!*context->world().out) {
      return absl::DataLossError("the answer could not be written");
    }
    request.set_page_token(response.next_page_token());
  }
}

void AddFirebaseFlags(CLI::App* command, ImportFlags* flags) {
  const char* const group = "Firebase (its console shows the values)";
  command
      ->add_option("--firebase-signer-key-file", flags->signer_key_file,
                   "file with base64_signer_key")
      ->group(group);
  command
      ->add_option("--firebase-salt-separator", flags->salt_separator,
                   "base64_salt_separator")
      ->capture_default_str()
      ->group(group);
  command->add_option("--firebase-rounds", flags->rounds, "rounds")
      ->capture_default_str()
      ->group(group);
  command->add_option("--firebase-mem-cost", flags->mem_cost, "mem_cost")
      ->capture_default_str()
      ->group(group);
}

}  // namespace

void AddImportUsers(CLI::App* import_group, Context* context) {
  auto flags = std::make_shared<ImportFlags>();
  CLI::App* command =
      AddCommand(import_group, kImportUsers, context,
                 [flags, context] { return ImportUsers(*flags, context); });
  command->add_option("FILE", flags->file, "the users, as JSON; - for stdin")
      ->required();
  command
      ->add_option("--format", flags->format,
                   "app-services, firebase or generic")
      ->capture_default_str();
  command->add_flag("--dry-run", flags->dry_run,
                    "store nothing, say what would be");
  command->add_option("--outcomes", flags->outcomes,
                      "new file for what becomes of each row, JSON lines");
  command->add_flag("--resume", flags->resume,
                    "go on after the last row of the file of outcomes");
  command->add_option("--provider", flags->providers,
                      "KIND=NAME: the provider for identities of a kind");
  command->add_flag("--confirmed", flags->confirmed,
                    "take every user's address as confirmed");
  AddFirebaseFlags(command, flags.get());
}

void AddTransferCommands(CLI::App* root, Context* context) {
  CLI::App* const imports = AddGroup(root, kImport);
  AddImportUsers(imports, context);
  AddImportAppServices(imports, context);
  CLI::App* const exports = AddGroup(root, kExport);
  AddCommand(exports, kExportUsers, context,
             [context] { return ExportUsers(context); });
}

}  // namespace latchkey
