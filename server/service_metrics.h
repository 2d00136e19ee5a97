// Metrics of the parts that keep their own figures.
#ifndef LATCHKEY_SERVER_SERVICE_METRICS_H_
#define LATCHKEY_SERVER_SERVICE_METRICS_H_

#include <memory>
#include <vector>

#include "core/base/clock.h"
#include "core/events/event_log.h"
#include "core/events/webhook.h"
#include "core/jwks/jwks_cache.h"
#include "core/login/anonymous_sweep.h"
#include "core/mail/mail_queue.h"
#include "core/metrics/metrics.h"
#include "core/outbound/outbound_credentials.h"
#include "server/readiness.h"
#include "server/rpc/dispatcher.h"
#include "server/rpc/event_watches.h"

namespace latchkey {

struct MetricSources {  // borrowed
  const JwksCache* jwks;
  const OutboundCredentials* outbound;
  const Dispatcher* dispatcher;
  const Readiness* readiness;
  Clock* clock;
  const MailQueue* mails;  // null: none is sent
  const EventLog* events;
  const EventWatches* watches;
  const AnonymousSweep* anonymous;
};

// AddServiceMetrics makes `metrics` ask the others at each Render: key sources
// (age, fetches, failures), outbound credentials (requests, failures), lanes
// (depth), mails, events, readiness, build. `metrics` is borrowed, too.
void AddServiceMetrics(Metrics* metrics, const MetricSources& sources);

// WebhookSamples gives the figures of webhooks, for a collector.
std::vector<MetricSample> WebhookSamples(
    const std::vector<std::unique_ptr<Webhook>>& webhooks);

}  // namespace latchkey

#endif  // LATCHKEY_SERVER_SERVICE_METRICS_H_
