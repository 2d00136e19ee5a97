// Runs the conformance suites over every implementation of Store.
#include "core/store/store_conformance.h"

#include <memory>
#include <string>
#include <utility>

#include "core/store/store.h"
#include "core/testing/status_matchers.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

StoreMaker Memory() {
  return {"Memory", [](const std::string&) { return NewMemoryStore(); }};
}

StoreMaker Sqlite(const std::string& name,
                  SqliteOptions::Durability durability) {
  return {name, [durability](const std::string& folder) {
            SqliteOptions options;
            options.path = folder + "/latchkey.db";
            options.durability = durability;
            auto store = NewSqliteStore(options);
            EXPECT_THAT(store, IsOk());
            return store.ok() ? *std::move(store) : nullptr;
          }};
}

std::string NameOf(const testing::TestParamInfo<StoreMaker>& info) {
  return info.param.name;
}

const auto kStores = testing::Values(
    Memory(), Sqlite("SqliteFull", SqliteOptions::Durability::kFull),
    Sqlite("SqliteNormal", SqliteOptions::Durability::kNormal));

INSTANTIATE_TEST_SUITE_P(Stores, AtomicStepTest, kStores, NameOf);
INSTANTIATE_TEST_SUITE_P(Stores, UserStoreTest, kStores, NameOf);
INSTANTIATE_TEST_SUITE_P(Stores, SessionStoreTest, kStores, NameOf);
INSTANTIATE_TEST_SUITE_P(Stores, PasswordStoreTest, kStores, NameOf);
INSTANTIATE_TEST_SUITE_P(Stores, ApiKeyStoreTest, kStores, NameOf);
INSTANTIATE_TEST_SUITE_P(Stores, EventStoreTest, kStores, NameOf);
INSTANTIATE_TEST_SUITE_P(Stores, KeyStoreTest, kStores, NameOf);
INSTANTIATE_TEST_SUITE_P(Stores, OneTimeTokenStoreTest, kStores, NameOf);
INSTANTIATE_TEST_SUITE_P(Stores, TransferStoreTest, kStores, NameOf);

}  // namespace
}  // namespace latchkey
