#include "tests/fuzz/jwks_check.h"

#include <cstddef>
#include <string>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/status/statusor.h"
#include "core/base/reason.h"
#include "core/crypto/algorithm.h"
#include "core/crypto/public_key.h"
#include "core/json/json.h"
#include "core/jwt/key_table.h"
#include "tests/fuzz/fuzz.h"

namespace latchkey {
namespace {

void CheckKeys(const ParsedJwks& parsed, const JwksOptions& options) {
  FUZZ_CHECK(parsed.keys.size() + parsed.dropped.size() <= options.max_keys);
  for (const PublicKey& key : parsed.keys) {
    FUZZ_CHECK(
        absl::c_linear_search(options.allowed_algorithms, key.algorithm()));
    FUZZ_CHECK(options.allow_symmetric || !IsMac(key.algorithm()));
    // A secret has no thumbprint to be called by.
    FUZZ_CHECK(IsMac(key.algorithm()) || !key.kid().empty());
    FUZZ_CHECK(key.kid().size() <= 256);
    // No signature at all is never one.
    FUZZ_CHECK(!key.Verify("text", "").ok());
  }
  for (const ParsedJwks::Dropped& dropped : parsed.dropped) {
    FUZZ_CHECK(!dropped.cause.empty());
  }
}

void CheckPublicText(const std::string& text) {
  json::Limits limits;
  limits.max_bytes = text.size();
  const absl::StatusOr<json::Value> document = json::ParseObject(text, limits);
  FUZZ_CHECK(document.ok());
  const json::Value* keys = document->Find("keys");
  FUZZ_CHECK(keys != nullptr && keys->as_array() != nullptr);
  static const std::vector<std::string>* const members =
      new std::vector<std::string>{"kty", "crv", "x",   "y",  "n",
                                   "e",   "kid", "alg", "use"};
  for (const json::Value& key : *keys->as_array()) {
    for (const auto& [name, value] : *key.as_object()) {
      FUZZ_CHECK(absl::c_linear_search(*members, name));
    }
  }
}

void CheckWritten(const ParsedJwks& parsed, const JwksOptions& options) {
  std::vector<PublicKey> expected;
  for (const PublicKey& key : parsed.keys) {
    if (!IsMac(key.algorithm())) expected.push_back(key);
  }
  const std::string text = WriteJwks(KeyTable(parsed.keys));
  CheckPublicText(text);
  JwksOptions wide = options;
  wide.max_bytes = text.size();
  const absl::StatusOr<ParsedJwks> again = ParseJwks(text, wide);
  FUZZ_CHECK(again.ok());
  FUZZ_CHECK(again->dropped.empty());
  FUZZ_CHECK(again->keys == expected);
  for (size_t i = 0; i < expected.size(); ++i) {
    FUZZ_CHECK(again->keys[i].kid() == expected[i].kid());
    FUZZ_CHECK(again->keys[i].algorithm() == expected[i].algorithm());
  }
}

void CheckTable(const ParsedJwks& parsed) {
  const KeyTable table(parsed.keys);
  for (const PublicKey& key : table.keys()) {
    if (key.kid().empty()) continue;  // tried for every token
    const KeyTable::CandidateList found =
        table.Candidates(key.kid(), key.algorithm());
    FUZZ_CHECK(!found.empty());
    FUZZ_CHECK(found.size() <= KeyTable::kMaxCandidates);
    for (const PublicKey* candidate : found) {
      FUZZ_CHECK(candidate->kid() == key.kid() || candidate->kid().empty());
      FUZZ_CHECK(candidate->algorithm() == key.algorithm());
    }
  }
}

}  // namespace

void CheckJwks(absl::string_view document, const JwksOptions& options) {
  const absl::StatusOr<ParsedJwks> parsed = ParseJwks(document, options);
  if (!parsed.ok()) {
    FUZZ_CHECK(GetReason(parsed.status()) == Reason::kInvalidRequest);
    return;
  }
  FUZZ_CHECK(document.size() <= options.max_bytes);
  CheckKeys(*parsed, options);
  CheckWritten(*parsed, options);
  CheckTable(*parsed);
}

JwksOptions WithSymmetric() {
  JwksOptions options;
  options.allow_symmetric = true;
  options.allowed_algorithms.push_back(Algorithm::kHs256);
  return options;
}

}  // namespace latchkey
