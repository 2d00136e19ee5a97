#include <algorithm>
#include <string>

#include "core/config/section.h"
#include "core/config/validate.h"

namespace latchkey {
namespace {

constexpr absl::Duration kDay = absl::Hours(24);

void ReadSigningAlgorithm(const Section& section, Config* out) {
  const std::string name = section.Text("signing_alg");
  if (name == "EdDSA") {
    out->tokens.signing_algorithm = Algorithm::kEdDsa;
  } else if (name == "RS256") {
    out->tokens.signing_algorithm = Algorithm::kRs256;
  } else if (!name.empty() && name != "ES256") {
    section.Field("signing_alg")
        .Report("must be \"ES256\", \"EdDSA\" or \"RS256\"");
  }
}

}  // namespace

void ReadTokens(const config::v1::Config& file, const Place& root,
                Config* out) {
  const Section section(file.tokens(), root.Field("tokens"));
  TokensConfig& tokens = out->tokens;
  tokens.access_ttl = section.Duration(
      "access_ttl", {tokens.access_ttl, absl::Minutes(1), kDay});
  tokens.refresh_ttl = section.Duration(
      "refresh_ttl", {tokens.refresh_ttl, absl::Minutes(30), 1825 * kDay});
  if (tokens.refresh_ttl < tokens.access_ttl) {
    section.Field("refresh_ttl").Report("must be at least access_ttl");
  }
  tokens.refresh_grace = section.Duration(
      "refresh_grace",
      {tokens.refresh_grace, absl::ZeroDuration(), absl::Minutes(5)});
  tokens.leeway = section.Duration(
      "leeway", {tokens.leeway, absl::ZeroDuration(), absl::Seconds(60)});
  ReadSigningAlgorithm(section, out);
}

void ReadPasswords(const config::v1::Config& file, const Place& root,
                   Config* out) {
  const Section section(file.passwords(), root.Field("passwords"));
  PasswordPolicy& policy = out->passwords;
  const Section cost(file.passwords().argon2id(), section.Field("argon2id"));
  policy.argon2id.memory_kib =
      cost.Number("memory_kib", {19456, 8192, 1'048'576});
  policy.argon2id.iterations = cost.Number("iterations", {2, 1, 10});
  policy.argon2id.parallelism = cost.Number("parallelism", {1, 1, 1});
  policy.memory_budget_mib =
      section.Number("memory_budget_mib", {256, 8, 1'048'576});
  if (policy.memory_budget_mib * 1024 < policy.argon2id.memory_kib) {
    section.Field("memory_budget_mib")
        .Report("must hold one hash: argon2id.memory_kib / 1024 at least");
  }
  policy.min_length = section.Number("min_length", {8, 1, 128});
  policy.max_length = section.Number("max_length", {1024, 64, 1024});
  if (policy.min_length > policy.max_length) {
    section.Field("min_length").Report("must be at most max_length");
  }
  out->limits.hash_queue_length = section.Number("queue", {64, 1, 65536});
}

}  // namespace latchkey
