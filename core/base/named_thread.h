// NamedThread is a thread with an owner, for loops that wait in the kernel.
#ifndef LATCHKEY_CORE_BASE_NAMED_THREAD_H_
#define LATCHKEY_CORE_BASE_NAMED_THREAD_H_

#include <functional>
#include <string>
#include <thread>

namespace latchkey {

// NamedThread runs `run` once; the destructor joins. The owner makes `run`
// return first (closes what it waits on). For periodic work there is
// BackgroundTask, for jobs WorkQueue.
class NamedThread final {
 public:
  // `name`: at most 15 characters, "lk-...".
  NamedThread(std::string name, std::function<void()> run);
  ~NamedThread();
  NamedThread(const NamedThread&) = delete;
  NamedThread& operator=(const NamedThread&) = delete;

 private:
  std::thread thread_;
};

}  // namespace latchkey

#endif  // LATCHKEY_CORE_BASE_NAMED_THREAD_H_
