#include "core/testing/allocation_counter.h"

#include <cstdlib>
#include <new>

// Never inlined: gcc takes malloc and delete, seen together, for a mistake.
#define NOINLINE __attribute__((noinline))

namespace {
thread_local size_t g_allocations = 0;
}  // namespace

NOINLINE void* operator new(size_t size) {
  ++g_allocations;
  void* memory = std::malloc(size);
  if (memory == nullptr) std::abort();
  return memory;
}
NOINLINE void* operator new(size_t size, const std::nothrow_t&) noexcept {
  ++g_allocations;
  return std::malloc(size);
}
NOINLINE void operator delete(void* memory) noexcept { std::free(memory); }
NOINLINE void operator delete(void* memory, size_t) noexcept {
  std::free(memory);
}

namespace latchkey {

size_t AllocationsOfThisThread() { return g_allocations; }

}  // namespace latchkey
