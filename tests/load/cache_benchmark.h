// Rows of jwt_benchmark for tokens of ours that are remembered.
#ifndef LATCHKEY_TESTS_LOAD_CACHE_BENCHMARK_H_
#define LATCHKEY_TESTS_LOAD_CACHE_BENCHMARK_H_

#include "tests/load/add_benchmark.h"

namespace latchkey {

// "remembered/N": AccessTokens::Verify of N tokens in turn.
void AddCacheBenchmarks(const AddBenchmark& add);

}  // namespace latchkey

#endif  // LATCHKEY_TESTS_LOAD_CACHE_BENCHMARK_H_
