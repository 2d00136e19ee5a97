// What `token verify` asks of tokens, read from files and flags.
#ifndef LATCHKEY_CLIENTS_CLI_TOKEN_RULES_H_
#define LATCHKEY_CLIENTS_CLI_TOKEN_RULES_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "core/json/json.h"
#include "core/jwt/key_table.h"
#include "core/jwt/token_verifier.h"

namespace latchkey {

// TokenFlags are the flags as given.
struct TokenFlags {
  std::string jwks_file;  // one of the two
  std::string secret_file;
  std::vector<std::string> algorithms;
  std::vector<std::string> issuers;
  std::vector<std::string> audiences;
  std::vector<std::string> types;
  std::string now;  // RFC 3339; empty: the clock's
  std::string leeway = "0s";
  size_t max_bytes = kDefaultMaxTokenBytes;
  bool allow_missing_exp = false;
  bool require_sub = false;
  bool explain = false;
};

// TokenRules is what TokenVerifier takes.
struct TokenRules {
  KeyTable keys;
  Expectations expectations;
  absl::Time now;
  // Keys of the file that cannot be used, and why.
  std::vector<std::string> warnings;
  // Refusals are put into words.
  bool explain = false;
};

// ReadTokenRules reads the files; UsageError for anything that is wrong with
// flags or files. `clock_now` serves where no time is given.
absl::StatusOr<TokenRules> ReadTokenRules(const TokenFlags& flags,
                                          absl::Time clock_now);

// CheckToken gives {"valid","reason","header","claims"}. The header is {} when
// it cannot be decoded, the claims are {} unless the token is valid. Where
// rules.explain asks for it, a refused token also has
// "explanation":{"expected","found","advice"}.
json::Value CheckToken(absl::string_view token, const TokenRules& rules);

// InspectToken decodes WITHOUT verifying: {"verified":false,"header","claims"};
// the reason is TOKEN_MALFORMED or similar when that is impossible.
absl::StatusOr<json::Value> InspectToken(absl::string_view token);

}  // namespace latchkey

#endif  // LATCHKEY_CLIENTS_CLI_TOKEN_RULES_H_
