// CallSlot bounds how many calls a provider makes at once.
#ifndef LATCHKEY_CORE_PROVIDER_CALL_SLOT_H_
#define LATCHKEY_CORE_PROVIDER_CALL_SLOT_H_

#include <atomic>

namespace latchkey {

// CallSlot counts one call in `*running`, which is borrowed, while it lives. A
// call may be made only when the slot is taken: fewer than `limit` others were
// counted. Several threads may share the counter; a slot belongs to one.
class CallSlot final {
 public:
  CallSlot(std::atomic<int>* running, int limit)
      : running_(running), taken_(running->fetch_add(1) < limit) {}
  ~CallSlot() { running_->fetch_sub(1); }
  CallSlot(const CallSlot&) = delete;
  CallSlot& operator=(const CallSlot&) = delete;
  bool taken() const { return taken_; }

 private:
  std::atomic<int>* const running_;
  const bool taken_;
};

}  // namespace latchkey

#endif  // LATCHKEY_CORE_PROVIDER_CALL_SLOT_H_
