#include <utility>

#include "core/base/reason.h"
#include "core/provider/api_key_service.h"
#include "core/provider/credential.h"
#include "core/provider/provider_registry.h"
#include "core/provider/provider_test_world.h"
#include "core/testing/status_matchers.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

// A login that checked the key just before it ended must not leave a session.
TEST(ApiKeyProviderTest, AKeyThatEndedMeanwhileHoldsNoMore) {
  ProviderTestWorld world;
  ProviderSettings settings;
  settings.name = ProviderName("api_key");
  settings.arm = ApiKeySettings();
  const auto registry = world.Make(std::move(settings));
  ASSERT_THAT(registry, IsOk());
  ApiKeyService service(ApiKeyLimits(), world.store.get(), &world.clock,
                        &world.random);
  const UserId owner("aaaaaaaaaaaaaaaaaaaaaaaa");
  auto created = service.CreateUserKey(world.app, owner, "laptop");
  ASSERT_THAT(created, IsOk());
  const ApiKeyId id = created->record.id;
  Credential credential;
  credential.arm = ApiKeyCredential{std::move(created->key)};
  const auto identity =
      registry->providers()[0]->Authenticate(credential, world.ctx());
  ASSERT_THAT(identity, IsOk());
  EXPECT_THAT(identity->still_holds(), IsOk());
  ASSERT_THAT(service.SetDisabled(world.app, owner, id, true), IsOk());
  EXPECT_THAT(identity->still_holds(), HasReason(Reason::kCredentialRejected));
  ASSERT_THAT(service.SetDisabled(world.app, owner, id, false), IsOk());
  EXPECT_THAT(identity->still_holds(), IsOk());
  ASSERT_THAT(service.Delete(world.app, owner, id), IsOk());
  EXPECT_THAT(identity->still_holds(), HasReason(Reason::kCredentialRejected));
}

}  // namespace
}  // namespace latchkey
