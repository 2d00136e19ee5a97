#include "core/store/test_records.h"

#include <string>

namespace latchkey {

absl::Time TestTime(int seconds) {
  return absl::FromUnixMicros(1'700'000'000'123'456) + absl::Seconds(seconds);
}

IdentityRecord TestIdentity(absl::string_view provider,
                            absl::string_view subject) {
  IdentityRecord identity;
  identity.provider = ProviderName(provider);
  identity.kind = ProviderKind::kCustomJwt;
  identity.subject = std::string(subject);
  identity.data_json = R"({"name":"Jean Valjean"})";
  identity.created_at = TestTime();
  return identity;
}

UserRecord TestUser(absl::string_view app, absl::string_view id) {
  UserRecord user;
  user.id = UserId(id);
  user.app = AppId(app);
  user.identities = {TestIdentity("custom", id)};
  user.created_at = TestTime();
  return user;
}

SessionRecord TestSession(absl::string_view id) {
  SessionRecord session;
  session.id = SessionId(id);
  session.app = AppId("app");
  session.user = UserId("user");
  session.provider = ProviderName("custom");
  session.subject = "subject";
  session.created_at = TestTime();
  session.advanced_at = TestTime();
  session.expires_at = TestTime(1000);
  return session;
}

}  // namespace latchkey
