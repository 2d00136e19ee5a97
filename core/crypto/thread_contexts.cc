#include "core/crypto/thread_contexts.h"

#include <array>
#include <atomic>
#include <memory>
#include <utility>

namespace latchkey {
namespace {

struct Kept {
  uint64_t id = 0;
  EvpPkeyCtxPtr context;
};

using Contexts = std::array<Kept, PreparedContext::kKeptContexts>;

uint64_t NextId() {
  static std::atomic<uint64_t> next{1};
  return next.fetch_add(1, std::memory_order_relaxed);
}

}  // namespace

PreparedContext::PreparedContext(EvpPkeyCtxPtr context)
    : id_(NextId()), context_(std::move(context)) {}

EVP_PKEY_CTX* PreparedContext::ForThisThread() const {
  // Ids follow each other, so that keys made together do not collide.
  thread_local const auto contexts = std::make_unique<Contexts>();
  Kept& kept = (*contexts)[id_ % kKeptContexts];
  if (kept.id != id_) {
    kept.context.reset(EVP_PKEY_CTX_dup(context_.get()));
    kept.id = kept.context == nullptr ? 0 : id_;
  }
  return kept.context.get();
}

}  // namespace latchkey
