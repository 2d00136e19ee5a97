#include "core/metrics/exposition.h"

#include <limits>

#include "prometheus/text_serializer.h"

namespace latchkey {
namespace {

prometheus::ClientMetric WithLabels(const MetricLabels& labels) {
  prometheus::ClientMetric metric;
  metric.label.reserve(labels.size());
  for (const auto& [name, value] : labels) {
    metric.label.push_back({name, value});
  }
  return metric;
}

}  // namespace

prometheus::MetricFamily* Exposition::Family(const std::string& name,
                                             const std::string& help,
                                             prometheus::MetricType type) {
  const auto [it, added] = index_.emplace(name, families_.size());
  if (added) families_.push_back({name, help, type, {}});
  return &families_[it->second];
}

void Exposition::Counter(const std::string& name, const std::string& help,
                         const MetricLabels& labels, double value) {
  prometheus::ClientMetric metric = WithLabels(labels);
  metric.counter.value = value;
  Family(name, help, prometheus::MetricType::Counter)
      ->metric.push_back(std::move(metric));
}

void Exposition::Histogram(const std::string& name, const std::string& help,
                           const MetricLabels& labels,
                           const HistogramSample& sample) {
  prometheus::ClientMetric metric = WithLabels(labels);
  metric.histogram.sample_count = sample.count;
  metric.histogram.sample_sum = sample.sum;
  for (const HistogramSample::Bucket& bucket : sample.buckets) {
    metric.histogram.bucket.push_back(
        {bucket.cumulative_count, bucket.upper_bound});
  }
  metric.histogram.bucket.push_back(
      {sample.count, std::numeric_limits<double>::infinity()});
  Family(name, help, prometheus::MetricType::Histogram)
      ->metric.push_back(std::move(metric));
}

void Exposition::Add(const MetricSample& sample) {
  if (sample.counter) {
    return Counter(sample.name, sample.help, sample.labels, sample.value);
  }
  prometheus::ClientMetric metric = WithLabels(sample.labels);
  metric.gauge.value = sample.value;
  Family(sample.name, sample.help, prometheus::MetricType::Gauge)
      ->metric.push_back(std::move(metric));
}

std::string Exposition::Text() const {
  return prometheus::TextSerializer().Serialize(families_);
}

}  // namespace latchkey
