// Counts what operator new gives out, to pin that a path allocates nothing.
#ifndef LATCHKEY_CORE_TESTING_ALLOCATION_COUNTER_H_
#define LATCHKEY_CORE_TESTING_ALLOCATION_COUNTER_H_

#include <cstddef>

namespace latchkey {

// AllocationsOfThisThread is how often this thread has called operator new. A
// program with this library has operators of its own. Allocations of C
// libraries (malloc) are not counted.
size_t AllocationsOfThisThread();

}  // namespace latchkey

#endif  // LATCHKEY_CORE_TESTING_ALLOCATION_COUNTER_H_
