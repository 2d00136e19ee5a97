#include <unistd.h>

#include <cstddef>
#include <optional>
#include <string>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/config/addresses.h"
#include "core/config/section.h"
#include "core/config/tls_files.h"
#include "core/config/validate.h"

namespace latchkey {
namespace {

constexpr size_t kMaxPath = 4096;
constexpr size_t kMaxSan = 2048;
constexpr int kMaxSans = 256;
constexpr int kMaxUids = 64;
constexpr absl::string_view kAdminByKeyOnly =
    "admin over TCP needs admin.keys, or tls with client_ca_file and "
    "allowed_sans; or use a Unix socket";

using Addresses = absl::flat_hash_set<std::string>;

// Reads `text`; reports a bad one, or one that is taken.
std::optional<SocketAddress> ReadAddress(const std::string& text,
                                         Addresses* taken, const Place& place) {
  if (text.empty()) {
    place.Report("is required");
    return std::nullopt;
  }
  std::optional<SocketAddress> address = ParseSocketAddress(text);
  if (!address.has_value()) {
    place.Report(std::string(kSocketAddressRule));
    return std::nullopt;
  }
  const bool any_port = !address->is_unix() && address->port == 0;
  if (!any_port && !taken->insert(address->Key()).second) {
    place.Report("another listener has this address");
  }
  return address;
}

void CheckPlaintext(const SocketAddress& address, bool insecure,
                    const Place& place) {
  if (address.is_loopback || insecure) return;
  place.Report(
      "plaintext on an address that is not loopback: set tls, or insecure: "
      "true if the network is trusted");
}

TlsConfig ReadTls(const config::v1::Tls& file, const Place& place) {
  const Section section(file, place);
  TlsConfig tls;
  tls.cert_file = section.Required("cert_file", kMaxPath);
  tls.key_file = section.Required("key_file", kMaxPath);
  tls.client_ca_file = file.client_ca_file();
  const Place sans = place.Field("allowed_sans");
  if (file.allowed_sans_size() > kMaxSans) sans.Report("at most 256");
  if (file.allowed_sans_size() > 0 && tls.client_ca_file.empty()) {
    sans.Report("needs client_ca_file: no other certificate is checked");
  }
  for (int i = 0; i < file.allowed_sans_size(); ++i) {
    const std::string& san = file.allowed_sans(i);
    if (san.empty() || san.size() > kMaxSan) {
      sans.At(i).Report("must be a DNS name or a SPIFFE id (spiffe://...)");
    }
    tls.allowed_sans.push_back(san);
  }
  return tls;
}

void CheckTlsFiles(const TlsConfig& tls, const TlsFileOptions& options,
                   const Place& place) {
  if (!options.check) return;
  TlsFiles unused;
  for (const TlsFileProblem& problem : ReadTlsFiles(tls, options, &unused)) {
    place.Field(problem.field)
        .Report(absl::StrCat("the file ", problem.message));
  }
}

void ReadServices(const config::v1::Listener& file, const Place& place,
                  ListenerConfig* out) {
  if (file.services_size() == 0) return;
  out->auth = false;
  for (int i = 0; i < file.services_size(); ++i) {
    const std::string& service = file.services(i);
    if (service == "auth") {
      out->auth = true;
    } else if (service == "admin") {
      out->admin = true;
    } else if (service == "outbound") {
      out->outbound = true;
    } else {
      place.At(i).Report("must be \"auth\", \"admin\" or \"outbound\"");
    }
  }
}

void ReadUids(const config::v1::Listener& file, const SocketAddress& address,
              const Place& place, ListenerConfig* out) {
  out->allowed_uids.assign(file.allowed_uids().begin(),
                           file.allowed_uids().end());
  if (out->allowed_uids.size() > kMaxUids) place.Report("at most 64");
  if (address.is_unix()) {
    // Whom it would keep from `auth` too.
    const bool is_trusted = out->admin || out->outbound;
    if (is_trusted && out->allowed_uids.empty()) {
      out->allowed_uids.push_back(geteuid());
    }
  } else if (!out->allowed_uids.empty()) {
    place.Report("is for Unix sockets only");
  }
}

// Whether somebody could prove to be an administrator on this TCP listener.
bool CanAdminister(const ListenerConfig& listener, const Config& config) {
  return !config.admin_keys.empty() ||
         (listener.tls.has_value() && !listener.tls->allowed_sans.empty());
}

// What one listener is checked against.
struct Surroundings {
  const Config& config;
  const TlsFileOptions& tls_files;
  Addresses* taken;
};

ListenerConfig ReadListener(const config::v1::Listener& file,
                            const Surroundings& around, const Place& place) {
  ListenerConfig listener;
  listener.address = file.address();
  if (file.has_reflection()) listener.reflection = file.reflection();
  if (file.has_tls()) {
    listener.tls = ReadTls(file.tls(), place.Field("tls"));
  }
  ReadServices(file, place.Field("services"), &listener);
  const std::optional<SocketAddress> address =
      ReadAddress(file.address(), around.taken, place.Field("address"));
  if (!address.has_value()) return listener;
  ReadUids(file, *address, place.Field("allowed_uids"), &listener);
  if (!listener.tls.has_value()) {
    CheckPlaintext(*address, file.insecure(), place.Field("address"));
  } else if (address->is_unix()) {
    place.Field("tls").Report("is for TCP only");
  } else {
    CheckTlsFiles(*listener.tls, around.tls_files, place.Field("tls"));
  }
  if (listener.admin && !address->is_unix() &&
      !CanAdminister(listener, around.config)) {
    place.Field("services").Report(std::string(kAdminByKeyOnly));
  }
  return listener;
}

void ReadHttpServices(const config::v1::Http& file, const Place& place,
                      const Config& config, HttpConfig* out) {
  if (file.services_size() == 0) return;
  out->auth = false;
  for (int i = 0; i < file.services_size(); ++i) {
    if (file.services(i) == "auth") {
      out->auth = true;
    } else if (file.services(i) == "admin") {
      out->admin = true;
    } else {
      place.At(i).Report("must be \"auth\" or \"admin\"");
    }
  }
  if (out->admin && config.admin_keys.empty()) {
    place.Report("admin over HTTP needs admin.keys");
  }
}

void ReadHttpLimits(const config::v1::HttpLimits& file, const Place& place,
                    HttpConfig* out) {
  const Section section(file, place);
  const absl::Duration min = absl::Milliseconds(1);
  const absl::Duration max = absl::Hours(1);
  out->max_header_bytes =
      section.Number("max_header_bytes", {16384, 1024, 65536});
  out->max_body_bytes =
      section.Number("max_body_bytes", {65536, 1024, 16'777'216});
  out->max_connections =
      section.Number("max_connections", {10'000, 1, 10'000'000});
  out->header_timeout =
      section.Duration("header_timeout", {out->header_timeout, min, max});
  out->body_timeout =
      section.Duration("body_timeout", {out->body_timeout, min, max});
  out->idle_timeout =
      section.Duration("idle_timeout", {out->idle_timeout, min, max});
  out->write_timeout =
      section.Duration("write_timeout", {out->write_timeout, min, max});
}

HttpConfig ReadHttp(const config::v1::Http& file, const Config& config,
                    Addresses* taken, const Place& place) {
  HttpConfig http;
  http.address = file.address();
  const std::optional<SocketAddress> address =
      ReadAddress(file.address(), taken, place.Field("address"));
  if (address.has_value() && address->is_unix()) {
    place.Field("address").Report("must be host:port: unix: is for gRPC");
  } else if (address.has_value() && !address->is_loopback && !file.insecure()) {
    place.Field("address").Report(
        "plaintext on an address that is not loopback: set insecure: true "
        "if the network is trusted");
  }
  ReadHttpServices(file, place.Field("services"), config, &http);
  ReadHttpLimits(file.limits(), place.Field("limits"), &http);
  return http;
}

}  // namespace

void ReadListeners(const config::v1::Config& file,
                   const TlsFileOptions& tls_files, const Place& root,
                   Config* out) {
  const Place place = root.Field("listeners");
  if (file.listeners_size() == 0) place.Report("at least one is required");
  Addresses taken;
  for (int i = 0; i < file.listeners_size(); ++i) {
    out->listeners.push_back(ReadListener(
        file.listeners(i), {*out, tls_files, &taken}, place.At(i)));
  }
  if (file.has_http()) {
    out->http = ReadHttp(file.http(), *out, &taken, root.Field("http"));
  }
}

}  // namespace latchkey
