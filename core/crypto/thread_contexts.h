// Contexts of the crypto library that each thread keeps for itself.
#ifndef LATCHKEY_CORE_CRYPTO_THREAD_CONTEXTS_H_
#define LATCHKEY_CORE_CRYPTO_THREAD_CONTEXTS_H_

#include <cstdint>

#include "core/crypto/openssl_ptr.h"

namespace latchkey {

// A context remembers the key's form for its operation and may be used by one
// thread at a time; copying it costs as much as a tenth of an RSA check.
//
// PreparedContext is read-only; each thread that uses it keeps a copy, at most
// kKeptContexts of all keys together, about 1 KiB each. A copy keeps the key in
// memory until another takes its place or the thread ends. Thread-safe.
class PreparedContext final {
 public:
  static constexpr uint64_t kKeptContexts = 64;

  explicit PreparedContext(EvpPkeyCtxPtr context);

  // ForThisThread is the calling thread's copy; null when there is no memory.
  // Valid until this thread asks the next PreparedContext.
  EVP_PKEY_CTX* ForThisThread() const;

 private:
  uint64_t id_;  // never used twice
  EvpPkeyCtxPtr context_;
};

}  // namespace latchkey

#endif  // LATCHKEY_CORE_CRYPTO_THREAD_CONTEXTS_H_
