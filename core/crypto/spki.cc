#include "core/crypto/spki.h"

#include "absl/strings/str_cat.h"
#include "core/crypto/der.h"

namespace latchkey {
namespace {

using Text = absl::string_view;

constexpr Text kRsaEncryption("\x2A\x86\x48\x86\xF7\x0D\x01\x01\x01", 9);
constexpr Text kEcPublicKey("\x2A\x86\x48\xCE\x3D\x02\x01", 7);
constexpr Text kEd25519("\x2B\x65\x70", 3);
// DER of NULL, the parameters of rsaEncryption.
constexpr Text kNullElement("\x05\x00", 2);
// First octet of a BIT STRING without unused bits.
constexpr Text kNoUnusedBits("\x00", 1);
constexpr char kUncompressed = 0x04;

std::string Spki(Text oid, Text parameters, Text key) {
  const std::string algorithm =
      absl::StrCat(der::Element(der::kObjectIdentifier, oid), parameters);
  return der::Element(
      der::kSequence,
      absl::StrCat(
          der::Element(der::kSequence, algorithm),
          der::Element(der::kBitString, absl::StrCat(kNoUnusedBits, key))));
}

// KeyOf gives the key bits when algorithm and parameters are the ones given.
std::optional<Text> KeyOf(Text der_text, Text oid, Text parameters) {
  der::Reader outer(der_text);
  const std::optional<Text> spki = outer.Take(der::kSequence);
  if (!spki.has_value() || !outer.done()) return std::nullopt;
  der::Reader reader(*spki);
  const std::optional<Text> algorithm = reader.Take(der::kSequence);
  const std::optional<Text> bits = reader.Take(der::kBitString);
  if (!algorithm.has_value() || !bits.has_value() || !reader.done() ||
      bits->empty() || bits->front() != '\0') {
    return std::nullopt;
  }
  if (*algorithm !=
      absl::StrCat(der::Element(der::kObjectIdentifier, oid), parameters)) {
    return std::nullopt;
  }
  return bits->substr(1);
}

std::string CurveParameter(const Curve& curve) {
  return der::Element(der::kObjectIdentifier, curve.oid);
}

}  // namespace

std::string WriteRsaSpki(Text n, Text e) {
  return Spki(
      kRsaEncryption, kNullElement,
      der::Element(der::kSequence, absl::StrCat(der::UnsignedInteger(n),
                                                der::UnsignedInteger(e))));
}

std::string WriteEcSpki(const Curve& curve, const EcPoint& point) {
  return Spki(kEcPublicKey, CurveParameter(curve),
              absl::StrCat(std::string(1, kUncompressed), point.x, point.y));
}

std::optional<RsaNumbers> ParseRsaPublicKey(Text der_text) {
  der::Reader outer(der_text);
  const std::optional<Text> key = outer.Take(der::kSequence);
  if (!key.has_value() || !outer.done()) return std::nullopt;
  der::Reader reader(*key);
  const std::optional<Text> n = reader.TakeUnsigned();
  const std::optional<Text> e = reader.TakeUnsigned();
  if (!n.has_value() || !e.has_value() || !reader.done()) return std::nullopt;
  return RsaNumbers{std::string(*n), std::string(*e)};
}

std::optional<RsaNumbers> ParseRsaSpki(Text der_text) {
  const std::optional<Text> key = KeyOf(der_text, kRsaEncryption, kNullElement);
  if (!key.has_value()) return std::nullopt;
  return ParseRsaPublicKey(*key);
}

std::optional<EcPoint> ParseEcSpki(const Curve& curve, Text der_text) {
  const std::optional<Text> key =
      KeyOf(der_text, kEcPublicKey, CurveParameter(curve));
  if (!key.has_value() || key->size() != 1 + 2 * curve.size ||
      key->front() != kUncompressed) {
    return std::nullopt;
  }
  return EcPoint{std::string(key->substr(1, curve.size)),
                 std::string(key->substr(1 + curve.size))};
}

std::optional<std::string> ParseEd25519Spki(Text der_text) {
  const std::optional<Text> key = KeyOf(der_text, kEd25519, "");
  if (!key.has_value()) return std::nullopt;
  return std::string(*key);
}

}  // namespace latchkey
