// `latchkey token`: works offline, with the same code as the service; and
// print, which does not.
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "clients/cli/command.h"
#include "clients/cli/failure.h"
#include "clients/cli/file_input.h"
#include "clients/cli/session_keeper.h"
#include "clients/cli/token_explanation.h"
#include "clients/cli/token_rules.h"
#include "core/base/reason.h"
#include "core/base/status_macros.h"
#include "core/json/json.h"

namespace latchkey {
namespace {

constexpr CommandText kToken = {
    "token", "examine tokens offline; print the one of the session",
    "latchkey token print\n"
    "latchkey token inspect < token.jwt\n"
    "latchkey token verify --jwks=keys.json < tokens.txt"};
constexpr CommandText kVerify = {
    "verify",
    "verify tokens, one a line on standard input; one JSON line out for each",
    "latchkey token verify --jwks=keys.json --issuer=https://issuer.example "
    "< tokens.txt\n"
    "latchkey token verify --secret-file=hs.key --alg=HS256,HS512 < "
    "tokens.txt\n"
    "latchkey token verify --jwks=keys.json --now=2011-03-22T18:00:00Z "
    "< old.txt\n"
    "latchkey token verify --jwks=keys.json --explain < refused.txt"};
constexpr CommandText kInspect = {"inspect",
                                  "decode a token WITHOUT verifying it",
                                  "latchkey token inspect eyJhbGciOi...\n"
                                  "latchkey token inspect --explain - "
                                  "< token.jwt"};

constexpr CommandText kPrint = {
    "print",
    "print the session's access token, renewed when it is about to end",
    "latchkey token print\n"
    "grpcurl -H \"authorization: Bearer $(latchkey token print)\" ...\n"
    "latchkey token print --output=json"};

void AddVerifyFlags(CLI::App* command, TokenFlags* flags) {
  command->add_option("--jwks", flags->jwks_file, "file with a JWKS or a JWK");
  command->add_option("--secret-file", flags->secret_file,
                      "file with a secret for HS256 and so on; one trailing "
                      "newline does not count");
  command
      ->add_option("--alg", flags->algorithms,
                   "accepted algorithms [HS256 with a secret, else the keys']")
      ->delimiter(',')
      ->allow_extra_args(false);
  command->add_option("--issuer", flags->issuers, "accepted iss; may repeat")
      ->allow_extra_args(false);
  command
      ->add_option("--audience", flags->audiences,
                   "accepted aud, one of them must be there; may repeat")
      ->allow_extra_args(false);
  command->add_option("--require-typ", flags->types, "accepted typ; may repeat")
      ->allow_extra_args(false);
  command->add_option("--now", flags->now,
                      "the time to verify at, RFC 3339 [the clock's]");
  command
      ->add_option("--leeway", flags->leeway,
                   "clock difference to allow, at most 10m")
      ->capture_default_str();
  command
      ->add_option("--max-bytes", flags->max_bytes, "longer tokens are refused")
      ->capture_default_str();
  command->add_flag("--allow-missing-exp", flags->allow_missing_exp,
                    "accept tokens that never expire");
  command->add_flag("--require-sub", flags->require_sub,
                    "refuse tokens without sub");
  command->add_flag("--explain", flags->explain,
                    "say of each refused token what was expected, what was "
                    "found and what to do");
}

// Answers stay in step with the lines: each has its own, an empty one too.
absl::StatusOr<int> Verify(const TokenFlags& flags, Context* context) {
  ASSIGN_OR_RETURN(const TokenRules rules,
                   ReadTokenRules(flags, context->now()));
  for (const std::string& warning : rules.warnings) {
    context->output().Warn(warning);
  }
  bool all_valid = true;
  bool any = false;
  std::string line;
  while (ReadLine(context->world().in, &line)) {
    const json::Value result = CheckToken(line, rules);
    all_valid = all_valid && *result.Find("valid")->as_bool();
    any = true;
    // At once: whoever writes the tokens may wait for the answer.
    *context->world().out << json::Write(result) << "\n" << std::flush;
  }
  if (!any) return UsageError("no tokens came on standard input, one a line");
  return all_valid ? kExitOk : kExitFailed;
}

// Words of the explanation follow: a list in JSON, lines for people.
void Explain(const std::vector<std::string>& sentences, json::Value* answer,
             Output* output) {
  if (output->is_json()) {
    answer->Set("explanation",
                json::Value::Array(sentences.begin(), sentences.end()));
    return;
  }
  for (const std::string& sentence : sentences) output->Say(sentence);
}

absl::StatusOr<int> Inspect(std::string token, bool explain, Context* context) {
  if (token.empty() || token == "-") {
    ReadLine(context->world().in, &token);
  }
  token = std::string(absl::StripAsciiWhitespace(token));
  if (token.empty()) return UsageError("no token came on standard input");
  absl::StatusOr<json::Value> result = InspectToken(token);
  const std::vector<std::string> sentences =
      explain ? DescribeToken(token, context->now())
              : std::vector<std::string>();
  if (!result.ok()) {
    const absl::string_view text =
        GetReasonInfo(GetReason(result.status())).public_text;
    return absl::InvalidArgumentError(absl::StrCat(
        text, sentences.empty() ? "" : " ", absl::StrJoin(sentences, " ")));
  }
  context->output().Say("NOT VERIFIED: anybody could have written this.");
  if (explain) Explain(sentences, &*result, &context->output());
  context->output().PrintObject(*result);
  return kExitOk;
}

// JSON only when it is asked for in so many words: in "$(...)" there is no
// terminal, and the token is what is wanted.
absl::StatusOr<int> Print(Context* context) {
  ASSIGN_OR_RETURN(const StoredSession session,
                   FreshSession(Renewal::kAlsoAtIssuer, context));
  if (context->flags.output != "json") {
    *context->world().out << session.access_token << "\n";
    return kExitOk;
  }
  context->output().PrintObject(json::Value::Object{
      {"accessToken", session.access_token},
      {"tokenType", "Bearer"},
      {"expiresAt",
       absl::FormatTime(absl::RFC3339_sec, session.access_expires_at,
                        absl::UTCTimeZone())}});
  return kExitOk;
}

}  // namespace

void AddTokenCommands(CLI::App* root, Context* context) {
  CLI::App* token = AddGroup(root, kToken);
  auto flags = std::make_shared<TokenFlags>();
  CLI::App* verify = AddCommand(token, kVerify, context, [flags, context] {
    return Verify(*flags, context);
  });
  AddVerifyFlags(verify, flags.get());

  AddCommand(token, kPrint, context, [context] { return Print(context); });

  auto text = std::make_shared<std::string>();
  auto explain = std::make_shared<bool>(false);
  CLI::App* inspect = AddCommand(
      token, kInspect, context,
      [text, explain, context] { return Inspect(*text, *explain, context); });
  inspect->add_option("TOKEN", *text, "the token, or - for standard input");
  inspect->add_flag("--explain", *explain,
                    "say in words what the token claims, and what every "
                    "verifier would refuse it for");
}

}  // namespace latchkey
