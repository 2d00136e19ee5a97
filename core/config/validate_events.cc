#include <algorithm>
#include <cstddef>
#include <iterator>
#include <optional>
#include <string>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "core/audit/audit_actions.h"
#include "core/config/section.h"
#include "core/config/validate.h"
#include "core/events/event_options.h"
#include "core/jwks/url_rules.h"
#include "core/provider/provider_settings.h"

namespace latchkey {
namespace {

constexpr int kMaxWebhooks = 32;
constexpr size_t kMaxUrl = 2048;
constexpr size_t kMinSecret = 32;
constexpr absl::Duration kDay = absl::Hours(24);

struct Operation {
  absl::string_view name;
  absl::string_view action;
};
// The last is EventLog's own word.
constexpr Operation kOperations[] = {{"CREATE", audit_action::kUserCreated},
                                     {"LOGIN", audit_action::kLogin},
                                     {"LINK", audit_action::kLink},
                                     {"DELETE", audit_action::kUserDeleted},
                                     {"LOGOUT", "logout"}};

void ReadOperations(const config::v1::Webhook& file, const Place& list,
                    WebhookSettings* out) {
  if (file.operations_size() == 0) list.Report("is required");
  for (int i = 0; i < file.operations_size(); ++i) {
    const auto* const found =
        std::find_if(std::begin(kOperations), std::end(kOperations),
                     [&](const Operation& operation) {
                       return operation.name == file.operations(i);
                     });
    if (found == std::end(kOperations)) {
      list.At(i).Report(
          "must be \"CREATE\", \"LOGIN\", \"LINK\", \"DELETE\" or \"LOGOUT\"");
      continue;
    }
    std::string action(found->action);
    if (std::find(out->actions.begin(), out->actions.end(), action) !=
        out->actions.end()) {
      list.At(i).Report("is listed twice");
    }
    out->actions.push_back(std::move(action));
  }
}

const AppSettings* FindApp(const Config& config, const std::string& id) {
  for (const AppSettings& app : config.apps) {
    if (app.id.value() == id) return &app;
  }
  return nullptr;
}

void ReadApp(const config::v1::Webhook& file, const Place& place,
             const Config& config, WebhookSettings* out) {
  out->app = AppId(file.app());
  const AppSettings* const app = FindApp(config, file.app());
  if (app == nullptr) {
    place.Field("app").Report(file.app().empty() ? "is required"
                                                 : "names no app");
    return;
  }
  for (const ProviderSettings& provider : app->providers) {
    out->kinds[provider.name.value()] = KindOf(provider);
  }
  const Place list = place.Field("providers");
  absl::flat_hash_set<std::string> seen;
  for (int i = 0; i < file.providers_size(); ++i) {
    const std::string& name = file.providers(i);
    if (out->kinds.count(name) == 0) {
      list.At(i).Report("names no provider of that app");
    } else if (!seen.insert(name).second) {
      list.At(i).Report("is listed twice");
    }
    out->providers.emplace_back(name);
  }
}

void ReadEndpoint(const Section& section, const EventsContext& context,
                  WebhookSettings* out) {
  out->url = section.Required("url", kMaxUrl);
  if (!out->url.empty() &&
      !CheckFetchUrl(out->url, /*allow_loopback_http=*/true).ok()) {
    section.Field("url").Report("must be https, or http on loopback");
  }
  const std::string name = section.Text("secret");
  if (name.empty()) {
    section.Field("secret").Report("is required");
  } else if (const Secret* secret =
                 context.secrets->Find(name, section.Field("secret"))) {
    out->secret = secret->Clone();
    if (secret->size() < kMinSecret) {
      section.Field("secret").Report("must have at least 32 bytes");
    }
  }
  const std::string ca_file = section.Text("ca_file");
  if (ca_file.empty()) return;
  const std::optional<std::string> pem = (*context.read_file)(ca_file);
  if (!pem.has_value() || pem->empty()) {
    section.Field("ca_file").Report("cannot be read, or is empty");
  } else {
    out->ca_pem = *pem;
  }
}

void ReadRetries(const Section& section, WebhookSettings* out) {
  const absl::Duration least = absl::Milliseconds(1);
  out->timeout =
      section.Duration("timeout", {out->timeout, least, absl::Minutes(1)});
  out->retry_delay = section.Duration(
      "retry_delay", {out->retry_delay, least, absl::Hours(1)});
  out->max_retry_delay =
      section.Duration("max_retry_delay", {out->max_retry_delay, least, kDay});
  if (out->max_retry_delay < out->retry_delay) {
    section.Field("max_retry_delay").Report("must be at least retry_delay");
  }
  out->max_refusals =
      static_cast<int>(section.Number("max_refusals", {8, 1, 100}));
  out->give_up_after = section.Duration(
      "give_up_after", {out->give_up_after, absl::Seconds(1), 90 * kDay});
}

WebhookSettings ReadWebhook(const config::v1::Webhook& file,
                            const EventsContext& context, const Place& place,
                            const Config& config) {
  const Section section(file, place);
  WebhookSettings out;
  out.name = file.name();
  CheckName(out.name, section.Field("name"));
  ReadApp(file, place, config, &out);
  ReadEndpoint(section, context, &out);
  ReadOperations(file, section.Field("operations"), &out);
  ReadRetries(section, &out);
  out.allow_private_addresses = file.allow_private_addresses();
  return out;
}

}  // namespace

void ReadEvents(const config::v1::Config& file, const EventsContext& context,
                const Place& root, Config* out) {
  const config::v1::Events& events = file.events();
  const Place place = root.Field("events");
  const Section section(events, place);
  EventsConfig& settings = out->events;
  settings.log.retention = section.Duration(
      "retention", {settings.log.retention, absl::Hours(1), 3650 * kDay});
  settings.log.max_events =
      section.Number("max_events", {1'000'000, 1000, 100'000'000});
  settings.log.queue_length =
      section.Number("queue_length", {10'000, 100, 1'000'000});
  settings.max_watchers = section.Number("max_watchers", {64, 1, 1000});
  const Place list = place.Field("webhooks");
  if (events.webhooks_size() > kMaxWebhooks) list.Report("at most 32");
  absl::flat_hash_set<std::string> names;
  for (int i = 0; i < events.webhooks_size(); ++i) {
    const config::v1::Webhook& one = events.webhooks(i);
    if (!one.name().empty() && !names.insert(one.name()).second) {
      list.At(i).Field("name").Report("another webhook has this name");
    }
    WebhookSettings webhook = ReadWebhook(one, context, list.At(i), *out);
    if (!one.disabled()) settings.webhooks.push_back(std::move(webhook));
  }
}

}  // namespace latchkey
