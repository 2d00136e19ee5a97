#include "core/crypto/phc.h"

#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "core/base/base64url.h"

namespace latchkey {
namespace {

constexpr size_t kMaxPhcBytes = 512;
constexpr size_t kMinSaltBytes = 8;
constexpr size_t kMinHashBytes = 16;
constexpr size_t kMaxPartBytes = 64;

std::string EncodeBase64(absl::string_view bytes) {
  return absl::StrReplaceAll(Base64UrlEncode(bytes), {{"-", "+"}, {"_", "/"}});
}

std::optional<std::string> DecodeBase64(absl::string_view text) {
  if (text.find_first_of("-_") != absl::string_view::npos) return std::nullopt;
  return Base64UrlDecode(absl::StrReplaceAll(text, {{"+", "-"}, {"/", "_"}}));
}

// ParseNumber reads `prefix` and a decimal number in its one form.
std::optional<uint32_t> ParseNumber(absl::string_view prefix,
                                    absl::string_view text) {
  uint32_t number = 0;
  if (!absl::ConsumePrefix(&text, prefix) || !absl::SimpleAtoi(text, &number) ||
      absl::StrCat(number) != text) {
    return std::nullopt;
  }
  return number;
}

std::optional<Argon2idParameters> ParseParameters(absl::string_view text) {
  const std::vector<absl::string_view> parts = absl::StrSplit(text, ',');
  if (parts.size() != 3) return std::nullopt;
  const std::optional<uint32_t> m = ParseNumber("m=", parts[0]);
  const std::optional<uint32_t> t = ParseNumber("t=", parts[1]);
  const std::optional<uint32_t> p = ParseNumber("p=", parts[2]);
  if (!m.has_value() || !t.has_value() || !p.has_value()) return std::nullopt;
  const Argon2idParameters parameters{*m, *t, *p};
  if (!IsWithinLimits(parameters)) return std::nullopt;
  return parameters;
}

}  // namespace

std::string WritePhc(const PhcHash& phc) {
  return absl::StrCat("$argon2id$v=19$m=", phc.parameters.memory_kib,
                      ",t=", phc.parameters.iterations,
                      ",p=", phc.parameters.parallelism, "$",
                      EncodeBase64(phc.salt), "$", EncodeBase64(phc.hash));
}

std::optional<PhcHash> ParsePhc(absl::string_view text) {
  if (text.size() > kMaxPhcBytes) return std::nullopt;
  const std::vector<absl::string_view> parts = absl::StrSplit(text, '$');
  if (parts.size() != 6 || !parts[0].empty() || parts[1] != "argon2id" ||
      parts[2] != "v=19") {
    return std::nullopt;
  }
  const std::optional<Argon2idParameters> parameters =
      ParseParameters(parts[3]);
  std::optional<std::string> salt = DecodeBase64(parts[4]);
  std::optional<std::string> hash = DecodeBase64(parts[5]);
  if (!parameters.has_value() || !salt.has_value() || !hash.has_value() ||
      salt->size() < kMinSaltBytes || salt->size() > kMaxPartBytes ||
      hash->size() < kMinHashBytes || hash->size() > kMaxPartBytes) {
    return std::nullopt;
  }
  return PhcHash{*parameters, *std::move(salt), *std::move(hash)};
}

}  // namespace latchkey
