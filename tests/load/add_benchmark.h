// How the parts of jwt_benchmark register their rows.
#ifndef LATCHKEY_TESTS_LOAD_ADD_BENCHMARK_H_
#define LATCHKEY_TESTS_LOAD_ADD_BENCHMARK_H_

#include <benchmark/benchmark.h>

#include <functional>
#include <string>

namespace latchkey {

// Adds a row `name`, run by so many threads at once.
using AddBenchmark = std::function<void(
    const std::string& name, std::function<void(benchmark::State&)> run,
    int threads)>;

}  // namespace latchkey

#endif  // LATCHKEY_TESTS_LOAD_ADD_BENCHMARK_H_
