// Settings of the event trail and of the webhooks that it feeds.
#ifndef LATCHKEY_CORE_EVENTS_EVENT_OPTIONS_H_
#define LATCHKEY_CORE_EVENTS_EVENT_OPTIONS_H_

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "core/base/identity.h"
#include "core/base/ids.h"
#include "core/base/secret.h"

namespace latchkey {

struct EventLogOptions {
  absl::Duration retention = absl::Hours(24 * 90);
  size_t max_events = 1'000'000;  // kept
  size_t queue_length = 10'000;   // waiting to be written
};

// WebhookSettings is one endpoint that hears of events of one app.
struct WebhookSettings {
  std::string name;  // its place in the trail is kept by this name
  AppId app;
  // Words of audit_actions.h, or "logout".
  std::vector<std::string> actions;
  std::vector<ProviderName> providers;  // empty: of any
  // Kinds of the app's providers by their names.
  std::map<std::string, ProviderKind> kinds;
  std::string url;
  Secret secret;  // of the signature
  std::string ca_pem;
  bool allow_private_addresses = false;
  absl::Duration timeout = absl::Seconds(10);
  absl::Duration retry_delay = absl::Seconds(1);  // doubles
  absl::Duration max_retry_delay = absl::Minutes(5);
  // An event that the endpoint refuses is given up after so many attempts;
  // any event when it is so old.
  int max_refusals = 8;
  absl::Duration give_up_after = absl::Hours(24);
};

struct EventsConfig {
  EventLogOptions log;
  size_t max_watchers = 64;
  std::vector<WebhookSettings> webhooks;
};

}  // namespace latchkey

#endif  // LATCHKEY_CORE_EVENTS_EVENT_OPTIONS_H_
