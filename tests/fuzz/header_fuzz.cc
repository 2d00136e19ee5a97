// JOSE headers: what is accepted is exactly what RFC 7515 §4 and our rules say.
// The input is a header segment, and the text of one.
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/string_view.h"
#include "core/base/base64url.h"
#include "core/base/reason.h"
#include "core/crypto/algorithm.h"
#include "core/json/json.h"
#include "core/jwt/compact.h"
#include "core/jwt/header_memo.h"
#include "tests/fuzz/fuzz.h"

namespace latchkey {
namespace {

void CheckMembers(const JoseHeader& header) {
  const json::Value& members = header.members;
  FUZZ_CHECK(members.as_object() != nullptr);
  for (const char* name : {"crit", "b64", "zip"}) {
    FUZZ_CHECK(members.Find(name) == nullptr);
  }
  const json::Value* alg = members.Find("alg");
  FUZZ_CHECK(alg != nullptr);
  FUZZ_CHECK(*alg == json::Value(AlgorithmName(header.algorithm)));
  const json::Value* kid = members.Find("kid");
  FUZZ_CHECK(header.kid.has_value() == (kid != nullptr));
  if (kid != nullptr) {
    FUZZ_CHECK(*kid == json::Value(*header.kid));
    FUZZ_CHECK(header.kid->size() <= 256);
  }
  const json::Value* typ = members.Find("typ");
  FUZZ_CHECK(header.typ.has_value() == (typ != nullptr));
  if (typ == nullptr) return;
  FUZZ_CHECK(typ->as_string() != nullptr);
  const std::string lower = absl::AsciiStrToLower(*typ->as_string());
  FUZZ_CHECK(*header.typ == lower || "application/" + *header.typ == lower);
}

bool IsSame(const JoseHeader& a, const JoseHeader& b) {
  return a.algorithm == b.algorithm && a.kid == b.kid && a.typ == b.typ &&
         a.members == b.members;
}

void CheckSegment(absl::string_view segment) {
  const absl::StatusOr<JoseHeader> header = ParseHeader(segment);
  // Remembers across inputs; the second reading comes from memory.
  static HeaderMemo* const memo = new HeaderMemo();
  for (int i = 0; i < 2; ++i) {
    const absl::StatusOr<const JoseHeader*> kept = memo->Parse(segment);
    FUZZ_CHECK(kept.status() == header.status());
    if (kept.ok()) FUZZ_CHECK(IsSame(**kept, *header));
  }
  if (!header.ok()) {
    const Reason reason = GetReason(header.status());
    FUZZ_CHECK(reason == Reason::kTokenMalformed ||
               reason == Reason::kTokenUnsupported);
    return;
  }
  CheckMembers(*header);
  const auto again = ParseHeader(Base64UrlEncode(json::Write(header->members)));
  FUZZ_CHECK(again.ok());
  FUZZ_CHECK(IsSame(*again, *header));
}

}  // namespace

void FuzzOne(absl::string_view input) {
  CheckSegment(input);
  CheckSegment(Base64UrlEncode(input));
}

}  // namespace latchkey
