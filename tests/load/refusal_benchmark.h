// Rows of jwt_benchmark for what is refused.
#ifndef LATCHKEY_TESTS_LOAD_REFUSAL_BENCHMARK_H_
#define LATCHKEY_TESTS_LOAD_REFUSAL_BENCHMARK_H_

#include "tests/load/add_benchmark.h"

namespace latchkey {

// "refused/…": what anybody may send, and what it costs to say no. Bounded by
// one signature check.
void AddRefusalBenchmarks(const AddBenchmark& add);

}  // namespace latchkey

#endif  // LATCHKEY_TESTS_LOAD_REFUSAL_BENCHMARK_H_
