// Metrics of the parts that keep their own figures.
#ifndef LATCHKEY_SERVER_SERVICE_METRICS_H_
#define LATCHKEY_SERVER_SERVICE_METRICS_H_

#include "core/base/clock.h"
#include "core/jwks/jwks_cache.h"
#include "core/mail/mail_queue.h"
#include "core/metrics/metrics.h"
#include "core/outbound/outbound_credentials.h"
#include "server/readiness.h"
#include "server/rpc/dispatcher.h"

namespace latchkey {

struct MetricSources {  // borrowed
  const JwksCache* jwks;
  const OutboundCredentials* outbound;
  const Dispatcher* dispatcher;
  const Readiness* readiness;
  Clock* clock;
  const MailQueue* mails;  // null: none is sent
};

// AddServiceMetrics makes `metrics` ask the others at each Render: key sources
// (age, fetches, failures), outbound credentials (requests, failures), lanes
// (depth), mails, readiness, build. `metrics` is borrowed, too.
void AddServiceMetrics(Metrics* metrics, const MetricSources& sources);

}  // namespace latchkey

#endif  // LATCHKEY_SERVER_SERVICE_METRICS_H_
