#include "core/provider/provider_registry.h"

#include <string>
#include <utility>
#include <vector>

#include "core/base/reason.h"
#include "core/provider/provider_test_world.h"
#include "core/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

ProviderSettings Function(const char* name) {
  FunctionSettings function;
  function.target = "unix:///run/fn.sock";
  ProviderSettings settings;
  settings.name = ProviderName(name);
  settings.arm = function;
  return settings;
}

ProviderSettings Anonymous() {
  ProviderSettings settings;
  settings.name = ProviderName("anonymous");
  settings.arm = AnonymousSettings();
  return settings;
}

class ProviderRegistryTest : public testing::Test {
 protected:
  absl::StatusOr<ProviderRegistry> Create() {
    return ProviderRegistry::Create(world_.app, settings_, world_.deps());
  }
  ProviderTestWorld world_;
  std::vector<ProviderSettings> settings_;
};

TEST_F(ProviderRegistryTest, FindsByKindAndName) {
  settings_.push_back(Anonymous());
  settings_.push_back(Function("legacy"));
  const auto registry = Create();
  ASSERT_THAT(registry, IsOk());
  EXPECT_EQ(registry->providers().size(), 2u);
  const auto legacy =
      registry->Find(ProviderKind::kFunction, ProviderName("legacy"));
  ASSERT_THAT(legacy, IsOk());
  EXPECT_EQ((*legacy)->name().value(), "legacy");
  EXPECT_EQ((*legacy)->kind(), ProviderKind::kFunction);
  EXPECT_THAT(registry->Find(ProviderKind::kFunction, ProviderName()),
              IsOkAndHolds(*legacy));
  EXPECT_THAT(registry->Find(ProviderKind::kFunction, ProviderName("x")),
              HasReason(Reason::kProviderNotEnabled));
  EXPECT_THAT(registry->Find(ProviderKind::kAnonymous, ProviderName("legacy")),
              HasReason(Reason::kProviderNotEnabled));
  EXPECT_THAT(registry->Find(ProviderKind::kApiKey, ProviderName()),
              HasReason(Reason::kProviderNotEnabled));
  EXPECT_THAT(registry->Find(ProviderKind::kGoogle, ProviderName()),
              HasReason(Reason::kProviderNotEnabled));
}

TEST_F(ProviderRegistryTest, AsksForTheNameWhenThereAreTwo) {
  settings_.push_back(Function("one"));
  settings_.push_back(Function("two"));
  const auto registry = Create();
  ASSERT_THAT(registry, IsOk());
  const auto found = registry->Find(ProviderKind::kFunction, ProviderName());
  ASSERT_THAT(found, HasReason(Reason::kInvalidRequest));
  EXPECT_EQ(GetFieldViolations(found.status()).at(0).field,
            "credential.function.provider");
  EXPECT_THAT(registry->Find(ProviderKind::kFunction, ProviderName("two")),
              IsOk());
}

TEST_F(ProviderRegistryTest, LeavesDisabledOnesOut) {
  settings_.push_back(Function("one"));
  settings_.push_back(Function("two"));
  settings_[0].disabled = true;
  const auto registry = Create();
  ASSERT_THAT(registry, IsOk());
  const auto found = registry->Find(ProviderKind::kFunction, ProviderName());
  ASSERT_THAT(found, IsOk());
  EXPECT_EQ((*found)->name().value(), "two");
  EXPECT_THAT(registry->Find(ProviderKind::kFunction, ProviderName("one")),
              HasReason(Reason::kProviderNotEnabled));
}

TEST_F(ProviderRegistryTest, NamesTheOneThatCannotBeMade) {
  settings_.push_back(Function("good"));
  settings_.push_back(Function("bad"));
  std::get<FunctionSettings>(settings_[1].arm).in_process = "both";
  const auto registry = Create();
  ASSERT_THAT(registry, HasReason(Reason::kInvalidRequest));
  EXPECT_THAT(std::string(registry.status().message()),
              testing::StartsWith("provider bad: "));
}

TEST_F(ProviderRegistryTest, RefusesEqualNames) {
  settings_.push_back(Function("one"));
  settings_.push_back(Function("one"));
  EXPECT_THAT(Create(), HasReason(Reason::kInvalidRequest));
}

TEST_F(ProviderRegistryTest, NeedsWhatItsProvidersNeed) {
  settings_.push_back(Function("one"));
  ProviderDeps deps = world_.deps();
  deps.functions = nullptr;
  EXPECT_THAT(ProviderRegistry::Create(world_.app, settings_, deps),
              HasReason(Reason::kInternal));
}

}  // namespace
}  // namespace latchkey
