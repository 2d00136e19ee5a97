// Runs the conformance suites over every implementation of Store.
#include "core/store/store_conformance.h"

#include <memory>
#include <string>

#include "core/store/store.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

StoreMaker Memory() {
  return {"Memory", [](const std::string&) { return NewMemoryStore(); }};
}

std::string NameOf(const testing::TestParamInfo<StoreMaker>& info) {
  return info.param.name;
}

const auto kStores = testing::Values(Memory());

INSTANTIATE_TEST_SUITE_P(Stores, UserStoreTest, kStores, NameOf);
INSTANTIATE_TEST_SUITE_P(Stores, SessionStoreTest, kStores, NameOf);
INSTANTIATE_TEST_SUITE_P(Stores, PasswordStoreTest, kStores, NameOf);
INSTANTIATE_TEST_SUITE_P(Stores, ApiKeyStoreTest, kStores, NameOf);
INSTANTIATE_TEST_SUITE_P(Stores, KeyStoreTest, kStores, NameOf);

}  // namespace
}  // namespace latchkey
