#include <cstddef>
#include <string>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "core/config/addresses.h"
#include "core/config/section.h"
#include "core/config/validate.h"

namespace latchkey {
namespace {

constexpr size_t kMaxPath = 4096;
constexpr int kMaxAdminKeys = 64;
constexpr size_t kSha256HexDigits = 64;
constexpr absl::Duration kMaxDrain = absl::Minutes(5);

void ReadRole(const std::string& role, const Place& place) {
  if (role.empty() || role == "server") return;
  place.Report(role == "sidecar" ? UnsupportedText("role sidecar")
                                 : "must be \"server\" or \"sidecar\"");
}

void ReadIssuer(const Section& section, Config* out) {
  out->issuer = section.Text("issuer");
  const Place place = section.Field("issuer");
  if (out->issuer.empty()) {
    place.Report("is required");
    return;
  }
  CheckIssuer(out->issuer, place);
  if (absl::EndsWith(out->issuer, "/")) place.Report("must not end in \"/\"");
}

void ReadStore(const config::v1::Store& store, const Place& place,
               Config* out) {
  using Durability = SqliteOptions::Durability;
  if (store.has_memory()) return;
  if (!store.has_sqlite()) {
    place.Report("exactly one of sqlite and memory must be set");
    return;
  }
  const Section section(store.sqlite(), place.Field("sqlite"));
  SqliteOptions options;
  options.path = section.Required("path", kMaxPath);
  const std::string durability = section.Text("durability");
  if (durability == "normal") {
    options.durability = Durability::kNormal;
  } else if (!durability.empty() && durability != "full") {
    section.Field("durability").Report("must be \"full\" or \"normal\"");
  }
  out->sqlite = options;
}

void ReadLog(const config::v1::Log& log, const Place& place, Config* out) {
  const std::string& level = log.level();
  if (level == "debug") {
    out->log_level = LogLevel::kDebug;
  } else if (level == "warn") {
    out->log_level = LogLevel::kWarning;
  } else if (level == "error") {
    out->log_level = LogLevel::kError;
  } else if (!level.empty() && level != "info") {
    place.Field("level").Report(
        "must be \"debug\", \"info\", \"warn\" or \"error\"");
  }
  if (log.format() == "text") {
    place.Field("format").Report(UnsupportedText("log format text"));
  } else if (!log.format().empty() && log.format() != "json") {
    place.Field("format").Report("must be \"json\" or \"text\"");
  }
}

bool IsSha256Hex(absl::string_view text) {
  if (text.size() != kSha256HexDigits) return false;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (!absl::ascii_isxdigit(byte) || absl::ascii_isupper(byte)) return false;
  }
  return true;
}

void ReadAdmin(const config::v1::Admin& admin, const Place& place,
               Config* out) {
  const Place keys = place.Field("keys");
  if (admin.keys_size() > kMaxAdminKeys) keys.Report("at most 64 keys");
  absl::flat_hash_set<std::string> ids;
  absl::flat_hash_set<std::string> hashes;
  for (int i = 0; i < admin.keys_size(); ++i) {
    const auto& key = admin.keys(i);
    CheckName(key.id(), keys.At(i).Field("id"));
    if (!key.id().empty() && !ids.insert(key.id()).second) {
      keys.At(i).Field("id").Report("another key has this id");
    }
    const Place hash = keys.At(i).Field("sha256");
    if (!IsSha256Hex(key.sha256())) {
      hash.Report("must be the key's SHA-256 as 64 lower-case hex digits");
    } else if (!hashes.insert(key.sha256()).second) {
      hash.Report("another key is the same");
    }
    out->admin_keys.push_back(
        {key.id(),
         absl::HexStringToBytes(IsSha256Hex(key.sha256()) ? key.sha256()
                                                          : std::string())});
  }
}

}  // namespace

void ReadService(const config::v1::Config& file, const Place& root,
                 Config* out) {
  const Section section(file, root);
  ReadIssuer(section, out);
  ReadRole(file.role(), root.Field("role"));
  ReadStore(file.store(), root.Field("store"), out);
  ReadLog(file.log(), root.Field("log"), out);
  ReadAdmin(file.admin(), root.Field("admin"), out);
  out->drain_delay = section.Duration(
      "drain_delay", {out->drain_delay, absl::ZeroDuration(), kMaxDrain});
  out->drain_timeout = section.Duration(
      "drain_timeout", {out->drain_timeout, absl::ZeroDuration(), kMaxDrain});
  const Section cache(file.verify_cache(), root.Field("verify_cache"));
  out->verify_cache_entries = cache.Number("entries", {4096, 0, 10'000'000});
  out->max_key_tables = cache.Number("key_tables", {32, 0, 10'000});
}

}  // namespace latchkey
