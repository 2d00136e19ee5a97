// Metrics counts what the service does, for Prometheus.
#ifndef LATCHKEY_CORE_METRICS_METRICS_H_
#define LATCHKEY_CORE_METRICS_METRICS_H_

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "core/base/reason.h"

namespace latchkey {

// One sample of a gauge or counter that is read when metrics are rendered.
struct MetricSample {
  std::string name;  // "latchkey_jwks_age_seconds"
  std::string help;
  std::vector<std::pair<std::string, std::string>> labels;
  double value = 0;
  bool counter = false;
};

// Metrics: labels are bounded (methods of the table, reasons of the enum,
// provider kinds). Count* cost a few atomic operations and never block or
// allocate on the Verify path. Thread-safe.
class Metrics final {
 public:
  Metrics();
  ~Metrics();

  // RegisterMethod makes the series of one method ahead of time; the handle is
  // what CountRpc takes. At start only.
  class MethodSeries;
  MethodSeries* RegisterMethod(absl::string_view path);
  void CountRpc(MethodSeries* method, Reason reason, absl::Duration took);

  void CountVerify(bool active);
  void CountLogin(absl::string_view provider_kind, Reason reason);
  void CountRefresh(Reason reason);

  // AddCollector adds a function that is asked for samples at each Render.
  // At start only; must be thread-safe.
  void AddCollector(std::function<std::vector<MetricSample>()> collector);

  // Render gives the Prometheus text format, version 0.0.4.
  std::string Render() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace latchkey

#endif  // LATCHKEY_CORE_METRICS_METRICS_H_
