#include "core/base/named_thread.h"

#include <utility>

#include "core/base/background_task.h"

namespace latchkey {

NamedThread::NamedThread(std::string name, std::function<void()> run)
    : thread_([name = std::move(name), run = std::move(run)] {
        NameThisThread(name);
        run();
      }) {}

NamedThread::~NamedThread() { thread_.join(); }

}  // namespace latchkey
