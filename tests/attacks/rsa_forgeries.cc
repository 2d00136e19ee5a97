#include "tests/attacks/rsa_forgeries.h"

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <sstream>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace latchkey {
namespace {

constexpr char kFile[] = "tests/attacks/rsa_forgeries.json";

}  // namespace

std::vector<RsaForgeries::Token> RsaForgeries::Tokens(
    absl::string_view list) const {
  std::vector<Token> tokens;
  for (const json::Value& row : *document_.Find(list)->as_array()) {
    tokens.push_back(
        {*row.Find("cause")->as_string(), *row.Find("token")->as_string()});
  }
  return tokens;
}

json::Value RsaForgeries::Object(absl::string_view name) const {
  return *document_.Find(name);
}

std::string RsaForgeries::Text(absl::string_view name,
                               absl::string_view inner) const {
  const json::Value* value = document_.Find(name);
  if (!inner.empty()) value = value->Find(inner);
  return *value->as_string();
}

std::string RsaForgeries::Der(absl::string_view form) const {
  std::string base64;
  for (absl::string_view line : absl::StrSplit(Text("pem", form), '\n')) {
    if (!absl::StartsWith(line, "-----")) absl::StrAppend(&base64, line);
  }
  std::string der;
  if (!absl::Base64Unescape(base64, &der)) std::abort();
  return der;
}

const RsaForgeries& LoadRsaForgeries() {
  static const auto* const forgeries = [] {
    std::ifstream file(kFile);
    std::stringstream text;
    text << file.rdbuf();
    json::Limits limits;
    limits.max_bytes = 1 << 20;
    absl::StatusOr<json::Value> document =
        json::ParseObject(text.str(), limits);
    if (!document.ok()) {
      std::cerr << kFile << ": " << document.status() << "\n";
      std::abort();
    }
    return new RsaForgeries(*std::move(document));
  }();
  return *forgeries;
}

}  // namespace latchkey
