#include "core/login/attempt_key.h"

#include <algorithm>
#include <variant>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "core/provider/api_key_service.h"

namespace latchkey {
namespace {

// An address longer than any that is accepted still makes a bounded key.
constexpr size_t kMaxNameBytes = 256;

struct LoginName {
  std::optional<std::string> operator()(
      const EmailPasswordCredential& credential) const {
    // Spellings of one address share a bucket.
    return absl::AsciiStrToLower(
        absl::string_view(credential.email).substr(0, kMaxNameBytes));
  }
  std::optional<std::string> operator()(
      const ApiKeyCredential& credential) const {
    const std::optional<ApiKeyParts> parts =
        ParseApiKey(credential.key.RevealSecret());
    return parts ? parts->id.value() : "malformed";
  }
  template <typename Other>
  std::optional<std::string> operator()(const Other&) const {
    return std::nullopt;
  }
};

}  // namespace

absl::string_view PeerHost(absl::string_view peer) {
  const size_t colon = peer.rfind(':');
  if (colon == absl::string_view::npos) return peer;
  const absl::string_view host = peer.substr(0, colon);
  const absl::string_view port = peer.substr(colon + 1);
  const bool is_port =
      !port.empty() && std::all_of(port.begin(), port.end(), [](char c) {
        return absl::ascii_isdigit(static_cast<unsigned char>(c));
      });
  // "::1" is an address without a port, "[::1]:80" one with it.
  const bool bare_ipv6 =
      host.find(':') != absl::string_view::npos && host.back() != ']';
  return is_port && !bare_ipv6 ? host : peer;
}

std::optional<std::string> AttemptKey(absl::string_view peer, const AppId& app,
                                      const Credential& credential) {
  const std::optional<std::string> name =
      std::visit(LoginName(), credential.arm);
  if (!name) return std::nullopt;
  // No part before the last can hold a newline.
  return absl::StrCat(PeerHost(peer), "\n", app.value(), "\n",
                      ProviderKindName(credential.kind()), "\n", *name);
}

}  // namespace latchkey
