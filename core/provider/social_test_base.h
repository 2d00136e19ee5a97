// What the tests of google, apple and facebook have in common.
#ifndef LATCHKEY_CORE_PROVIDER_SOCIAL_TEST_BASE_H_
#define LATCHKEY_CORE_PROVIDER_SOCIAL_TEST_BASE_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/base/identity.h"
#include "core/base/reason.h"
#include "core/json/json.h"
#include "core/provider/credential.h"
#include "core/provider/provider_registry.h"
#include "core/provider/provider_settings.h"
#include "core/provider/stand_in.h"
#include "core/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace latchkey {

// SocialTest has an app with one provider, whose service is a stand-in.
class SocialTest : public testing::Test {
 protected:
  // Make makes it of the settings of its kind, under the name "social".
  template <typename Settings>
  absl::Status Make(Settings arm) {
    ProviderSettings settings;
    settings.name = ProviderName("social");
    settings.arm = std::move(arm);
    auto made = world_.Make(std::move(settings));
    if (made.ok()) registry_ = *std::move(made);
    return made.status();
  }
  template <typename Settings>
  void Enable(Settings arm) {
    ASSERT_THAT(Make(std::move(arm)), IsOk());
  }

  template <typename Proof>
  absl::StatusOr<ProvenIdentity> Login(Proof proof) {
    Credential credential;
    credential.arm = std::move(proof);
    return registry_.providers().at(0)->Authenticate(credential,
                                                     world_.base.ctx());
  }

  // Changed gives `claims` with one of them replaced; a null takes it out.
  static json::Value Changed(json::Value claims, absl::string_view name,
                             json::Value value) {
    if (!value.is_null()) {
      claims.Set(name, std::move(value));
      return claims;
    }
    json::Value::Object* members = claims.mutable_object();
    for (auto it = members->begin(); it != members->end(); ++it) {
      if (it->first == name) {
        members->erase(it);
        break;
      }
    }
    return claims;
  }
  static json::Value List(const std::vector<std::string>& texts) {
    return json::Value::Array(texts.begin(), texts.end());
  }

  void ExpectRejected(const absl::StatusOr<ProvenIdentity>& identity,
                      absl::string_view why) {
    ASSERT_THAT(identity, HasReason(Reason::kCredentialRejected));
    EXPECT_THAT(std::string(identity.status().message()),
                testing::HasSubstr(std::string(why)));
    EXPECT_TRUE(GetFieldViolations(identity.status()).empty());
  }

  // jwt-attacks C71: tokens that were made for, or asked for by, another client
  // of the same service. `login` logs in by an ID token of those claims, which
  // are good; `ours` are two of the app's own clients there.
  template <typename LoginFn>
  void RefusesTokensOfOtherClients(LoginFn login, const json::Value& good,
                                   const std::vector<std::string>& ours) {
    const auto with = [&](absl::string_view name, json::Value value) {
      return login(Changed(good, name, std::move(value)));
    };
    for (const json::Value& other :
         {json::Value("another"), json::Value(7), json::Value(""),
          json::Value(json::Value::Object{}), List({ours.front()})}) {
      ExpectRejected(with("azp", other), "TOKEN_AUDIENCE_MISMATCH");
    }
    ExpectRejected(with("aud", "another"), "TOKEN_AUDIENCE_MISMATCH");
    ExpectRejected(with("aud", List({})), "TOKEN_AUDIENCE_MISMATCH");
    // One that somebody else may use too, whoever asked for it.
    json::Value shared = Changed(good, "aud", List({ours.front(), "another"}));
    ExpectRejected(login(shared), "TOKEN_AUDIENCE_MISMATCH");
    ExpectRejected(login(Changed(shared, "azp", ours.front())),
                   "TOKEN_AUDIENCE_MISMATCH");
    EXPECT_THAT(with("azp", nullptr), IsOk());
    for (const std::string& own : ours) {
      EXPECT_THAT(with("azp", own), IsOk());
      EXPECT_THAT(with("aud", own), IsOk());
    }
    EXPECT_THAT(with("aud", List(ours)), IsOk());
  }

  StandInWorld world_;
  ProviderRegistry registry_;
};

}  // namespace latchkey

#endif  // LATCHKEY_CORE_PROVIDER_SOCIAL_TEST_BASE_H_
