// Metrics of the parts that keep their own figures.
#ifndef LATCHKEY_SERVER_SERVICE_METRICS_H_
#define LATCHKEY_SERVER_SERVICE_METRICS_H_

#include "core/base/clock.h"
#include "core/jwks/jwks_cache.h"
#include "core/metrics/metrics.h"
#include "server/readiness.h"
#include "server/rpc/dispatcher.h"

namespace latchkey {

// AddServiceMetrics makes `metrics` ask the others at each Render: key sources
// (age, fetches, failures), lanes (depth), readiness, build. All are borrowed.
void AddServiceMetrics(Metrics* metrics, const JwksCache* jwks,
                       const Dispatcher* dispatcher, const Readiness* readiness,
                       Clock* clock);

}  // namespace latchkey

#endif  // LATCHKEY_SERVER_SERVICE_METRICS_H_
