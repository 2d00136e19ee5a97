// Prints Google Benchmark's medians as a table of ratios.
#ifndef LATCHKEY_TESTS_LOAD_RATIO_REPORTER_H_
#define LATCHKEY_TESTS_LOAD_RATIO_REPORTER_H_

#include <benchmark/benchmark.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace latchkey {

// RatioReporter keeps the median rates of all runs, and prints them when the
// last run is over: first one row for each algorithm, then all other runs with
// their time for one operation.
class RatioReporter final : public benchmark::ConsoleReporter {
 public:
  explicit RatioReporter(std::vector<std::string> algorithms)
      : algorithms_(std::move(algorithms)) {}

  void ReportRuns(const std::vector<Run>& runs) override;
  void Finalize() override;

 private:
  // Operations in a second of CPU time; 0: not run.
  double Rate(const std::string& name, int threads = 1) const;
  void PrintAlgorithm(const std::string& name) const;

  const std::vector<std::string> algorithms_;
  std::map<std::pair<std::string, int>, double> rates_;
};

}  // namespace latchkey

#endif  // LATCHKEY_TESTS_LOAD_RATIO_REPORTER_H_
