// Exposition gathers samples and writes them as Prometheus text.
#ifndef LATCHKEY_CORE_METRICS_EXPOSITION_H_
#define LATCHKEY_CORE_METRICS_EXPOSITION_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/metrics/metrics.h"
#include "prometheus/metric_family.h"

namespace latchkey {

using MetricLabels = std::vector<std::pair<std::string, std::string>>;

// HistogramSample: buckets hold cumulative counts, by upper bound.
struct HistogramSample {
  struct Bucket {
    double upper_bound = 0;
    uint64_t cumulative_count = 0;
  };
  std::vector<Bucket> buckets;
  uint64_t count = 0;
  double sum = 0;
};

// Exposition: samples of one name form one family, in the order in which names
// were first seen. Not thread-safe.
class Exposition final {
 public:
  void Counter(const std::string& name, const std::string& help,
               const MetricLabels& labels, double value);
  void Histogram(const std::string& name, const std::string& help,
                 const MetricLabels& labels, const HistogramSample& sample);
  void Add(const MetricSample& sample);

  std::string Text() const;

 private:
  prometheus::MetricFamily* Family(const std::string& name,
                                   const std::string& help,
                                   prometheus::MetricType type);

  std::vector<prometheus::MetricFamily> families_;
  std::map<std::string, size_t> index_;
};

}  // namespace latchkey

#endif  // LATCHKEY_CORE_METRICS_EXPOSITION_H_
