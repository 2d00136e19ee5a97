// Why a token was refused, in words for people.
#ifndef LATCHKEY_CLIENTS_CLI_TOKEN_EXPLANATION_H_
#define LATCHKEY_CLIENTS_CLI_TOKEN_EXPLANATION_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "clients/cli/token_rules.h"

namespace latchkey {

struct Explanation {
  std::string expected;
  std::string found;
  std::string advice;
};

// ExplainRefusal puts `refusal`, which TokenVerifier gave for `token` under
// `rules`, into words. Shown are sizes, dates and single members of the token,
// cut; never its signature, so that nobody can use what is shown as a token,
// and nothing of a secret.
Explanation ExplainRefusal(const absl::Status& refusal, absl::string_view token,
                           const TokenRules& rules);

// DescribeToken says what a token claims about itself, and what every verifier
// would refuse it for: a sentence each. Nothing of it is verified.
std::vector<std::string> DescribeToken(absl::string_view token, absl::Time now);

}  // namespace latchkey

#endif  // LATCHKEY_CLIENTS_CLI_TOKEN_EXPLANATION_H_
