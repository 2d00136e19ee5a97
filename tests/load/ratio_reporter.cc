#include "tests/load/ratio_reporter.h"

#include <algorithm>
#include <cstdio>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace latchkey {

void RatioReporter::ReportRuns(const std::vector<Run>& runs) {
  for (const Run& run : runs) {
    const auto rate = run.counters.find("items_per_second");
    if (run.aggregate_name != "median" || rate == run.counters.end()) continue;
    rates_[{run.run_name.function_name, static_cast<int>(run.threads)}] =
        rate->second;
  }
  ConsoleReporter::ReportRuns(runs);
}

double RatioReporter::Rate(const std::string& name, int threads) const {
  const auto found = rates_.find({name, threads});
  return found == rates_.end() ? 0 : found->second;
}

void RatioReporter::PrintAlgorithm(const std::string& name) const {
  const double bare = Rate(name + "/bare");
  const double ours = Rate(name + "/ours");
  if (bare == 0 || ours == 0) return;
  std::printf("%-13s %10.0f %10.0f %9.2f %9.2f", name.c_str(), bare, ours,
              ours / bare, Rate(name + "/ours", 2) / ours);
  for (const char* library : {"/cpp-jwt", "/libjwt"}) {
    const double rate = Rate(name + library);
    if (rate == 0) {
      std::printf(" %9s", "-");
    } else {
      std::printf(" %9.1f", ours / rate);
    }
  }
  std::printf(" %9.2f\n", Rate(name + "/forged") / ours);
}

void RatioReporter::Finalize() {
  std::printf(
      "\nOperations in a second of CPU time, medians\n%-13s %10s %10s "
      "%9s %9s %9s %9s %9s\n",
      "", "bare", "ours", "/bare", "2 threads", "/cpp-jwt", "/libjwt",
      "forged");
  for (const std::string& name : algorithms_) PrintAlgorithm(name);
  std::printf("\nMicroseconds of CPU time\n");
  for (const auto& entry : rates_) {
    const std::string& name = entry.first.first;
    const bool listed = std::any_of(
        algorithms_.begin(), algorithms_.end(), [&name](const std::string& a) {
          return absl::StartsWith(name, absl::StrCat(a, "/"));
        });
    if (listed) continue;
    std::printf("%-40s %2d thread(s) %9.3f\n", name.c_str(), entry.first.second,
                1e6 / entry.second);
  }
}

}  // namespace latchkey
