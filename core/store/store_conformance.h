// The tests that every Store must pass: instantiate each of the suites named
// below with one StoreMaker per implementation.
#ifndef LATCHKEY_CORE_STORE_STORE_CONFORMANCE_H_
#define LATCHKEY_CORE_STORE_STORE_CONFORMANCE_H_

#include <functional>
#include <memory>
#include <string>

#include "core/store/store.h"
#include "gtest/gtest.h"

namespace latchkey {

struct StoreMaker {
  std::string name;  // of the test's parameter: letters and digits
  // Makes an empty store in `folder`, which is empty; null on failure.
  std::function<std::unique_ptr<Store>(const std::string& folder)> make;
};

class StoreConformanceTest : public testing::TestWithParam<StoreMaker> {
 protected:
  void SetUp() override;
  void TearDown() override;

  Store* store() { return store_.get(); }

 private:
  std::string folder_;
  std::unique_ptr<Store> store_;
};

using AtomicStepTest = StoreConformanceTest;
using UserStoreTest = StoreConformanceTest;
using SessionStoreTest = StoreConformanceTest;
using PasswordStoreTest = StoreConformanceTest;
using ApiKeyStoreTest = StoreConformanceTest;
using EventStoreTest = StoreConformanceTest;
using KeyStoreTest = StoreConformanceTest;
using OneTimeTokenStoreTest = StoreConformanceTest;
using TransferStoreTest = StoreConformanceTest;

// Parallel calls `body(i)` for i in [0, threads), all at the same time.
void Parallel(int threads, const std::function<void(int)>& body);

}  // namespace latchkey

#endif  // LATCHKEY_CORE_STORE_STORE_CONFORMANCE_H_
