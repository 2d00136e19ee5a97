#include "core/provider/oidc_token.h"

#include <string>

#include "core/base/reason.h"
#include "core/provider/issuer_quirks.h"
#include "core/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

json::Value Payload(absl::string_view text) { return *json::ParseObject(text); }

TEST(OidcTokenTest, ScopesAreWordsOrALists) {
  EXPECT_THAT(ScopesOf(Payload(R"({"scope":"openid  api:read "})")),
              ElementsAre("openid", "api:read"));
  EXPECT_THAT(ScopesOf(Payload(R"({"scp":["a","b c"]})")),  // Okta
              ElementsAre("a", "b c"));
  EXPECT_THAT(ScopesOf(Payload(R"({"scp":"User.Read x"})")),  // Entra
              ElementsAre("User.Read", "x"));
  EXPECT_THAT(ScopesOf(Payload(R"({"scope":"","scp":"x"})")), ElementsAre("x"));
  EXPECT_THAT(ScopesOf(Payload(R"({"scope":7,"scp":[7,null]})")), IsEmpty());
  EXPECT_THAT(ScopesOf(Payload("{}")), IsEmpty());
}

TEST(OidcTokenTest, TheClientHasManyNames) {
  EXPECT_EQ(ClientOf(Payload(R"({"client_id":"a","azp":"b"})")), "a");
  EXPECT_EQ(ClientOf(Payload(R"({"cid":"0oa1","uid":"00u1"})")), "0oa1");
  EXPECT_EQ(ClientOf(Payload(R"({"azp":"b"})")), "b");
  EXPECT_EQ(ClientOf(Payload(R"({"appid":"c","azp":5})")), "c");
  EXPECT_EQ(ClientOf(Payload(R"({"client_id":["a"]})")), "");
}

TEST(OidcTokenTest, BooleansMayBeTexts) {
  const json::Value payload =
      Payload(R"({"a":true,"b":"true","c":"True","d":1,"e":false})");
  EXPECT_TRUE(IsTrue(payload.Find("a")));
  EXPECT_TRUE(IsTrue(payload.Find("b")));
  for (const char* name : {"c", "d", "e", "f"}) {
    EXPECT_FALSE(IsTrue(payload.Find(name))) << name;
  }
}

TEST(OidcTokenTest, TextClaims) {
  const json::Value payload = Payload(R"({"a":"1234","b":"","c":7,"d":"x\n"})");
  EXPECT_THAT(TextClaim(payload, "a", 4), IsOkAndHolds(std::string("1234")));
  for (const char* name : {"b", "c", "d", "e"}) {
    EXPECT_THAT(TextClaim(payload, name, 4),
                HasReason(Reason::kTokenClaimInvalid))
        << name;
  }
  EXPECT_THAT(TextClaim(payload, "a", 3),
              HasReason(Reason::kTokenClaimInvalid));
}

TEST(OidcTokenTest, GroupsAreOneTextOrAList) {
  const auto groups = [](absl::string_view text) {
    return GroupsOf(Payload(text), "groups");
  };
  EXPECT_THAT(*groups(R"({"groups":"dba"})"), ElementsAre("dba"));
  EXPECT_THAT(*groups(R"({"groups":["b","a","b"]})"), ElementsAre("b", "a"));
  EXPECT_THAT(*groups(R"({"groups":[]})"), IsEmpty());
}

TEST(OidcTokenTest, EveryOtherKindOfGroupsFailsInItsOwnWords) {
  const auto why = [](absl::string_view text,
                      absl::string_view claim = "groups") {
    const auto groups = GroupsOf(Payload(text), claim);
    EXPECT_THAT(groups, HasReason(Reason::kAuthorizationClaimInvalid)) << text;
    return std::string(groups.status().message());
  };
  const std::string missing = "claim groups is missing";
  EXPECT_EQ(why("{}"), missing);
  EXPECT_EQ(why(R"({"hasgroups":false})"), missing);
  EXPECT_EQ(why(R"({"_claim_names":{"other":"src1"}})"), missing);
  for (const char* text :
       {R"({"groups":null})", R"({"groups":7})", R"({"groups":{"a":1}})"}) {
    EXPECT_EQ(why(text), "claim groups is neither a text nor a list of texts");
  }
  EXPECT_EQ(why(R"({"groups":["a",7]})"),
            "claim groups has an element that is not a text");
  for (const char* text : {R"({"groups":""})", R"({"groups":["a",""]})",
                           R"({"groups":["\u0007"]})"}) {
    EXPECT_EQ(why(text), "claim groups has a group without a printable name");
  }
  // Entra: too many groups for the token.
  EXPECT_THAT(why(R"({"_claim_names":{"groups":"src1"},"_claim_sources":)"
                  R"({"src1":{"endpoint":"https://graph.windows.net/x"}}})"),
              HasSubstr("overage"));
  EXPECT_THAT(why(R"({"hasgroups":true})"), HasSubstr("overage"));
  EXPECT_THAT(why(R"({"hasgroups":"true"})"), HasSubstr("overage"));
  // That the groups were left out says nothing of the roles.
  EXPECT_EQ(why(R"({"hasgroups":true})", "roles"), "claim roles is missing");
}

TEST(OidcTokenTest, IdTokensAreRefused) {
  for (const char* text :
       {R"({"nonce":"n"})", R"({"at_hash":"x"})", R"({"c_hash":"x"})",
        R"({"s_hash":"x"})", R"({"jti":"ID.1"})", R"({"typ":"ID"})",
        R"({"typ":"Refresh"})", R"({"typ":"Offline"})"}) {
    EXPECT_THAT(RefuseIdToken(Payload(text)),
                HasReason(Reason::kTokenTypeMismatch))
        << text;
  }
  EXPECT_THAT(RefuseIdToken(Payload(R"({"jti":"AT.1","typ":"Bearer"})")),
              IsOk());
}

TEST(OidcTokenTest, IdTokensAsSuch) {
  const auto check = [](absl::string_view payload, const IdTokenRule& rule) {
    return CheckIdToken(*ParseClaims(payload), rule);
  };
  const IdTokenRule rule = {{"a", "b"}, std::nullopt};
  EXPECT_THAT(check(R"({"aud":"a"})", rule), IsOk());
  EXPECT_THAT(check(R"({"aud":["a","x"],"azp":"b"})", rule), IsOk());
  for (const char* payload :
       {R"({"aud":["a","x"]})", R"({"aud":"a","azp":"x"})",
        R"({"aud":"a","azp":7})"}) {
    EXPECT_THAT(check(payload, rule), HasReason(Reason::kTokenAudienceMismatch))
        << payload;
  }
  const IdTokenRule nonce = {{"a"}, "n-1"};
  EXPECT_THAT(check(R"({"aud":"a","nonce":"n-1"})", nonce), IsOk());
  for (const char* payload : {R"({"aud":"a"})", R"({"aud":"a","nonce":"n-2"})",
                              R"({"aud":"a","nonce":1})"}) {
    EXPECT_THAT(check(payload, nonce), HasReason(Reason::kTokenClaimInvalid))
        << payload;
  }
}

TEST(IssuerQuirksTest, IssuersThatCannotWork) {
  for (const char* issuer :
       {"https://dev-1.okta.com/oauth2/default", "https://id.example.com",
        "https://login.microsoftonline.com/{tenantid}/v2.0",
        "https://notokta.com", "nonsense",
        "https://sts.windows.net/72f988bf-86f1-41af-91ab-2d7cd011db47/"}) {
    EXPECT_EQ(UnusableIssuer(issuer), "") << issuer;
  }
  EXPECT_THAT(UnusableIssuer("https://dev-1.okta.com"),
              HasSubstr("https://dev-1.okta.com/oauth2/default"));
  EXPECT_THAT(UnusableIssuer("https://Dev-1.OktaPreview.com/"),
              HasSubstr("only Okta can verify"));
  EXPECT_THAT(UnusableIssuer("https://dev-1-admin.okta.com/oauth2/default"),
              HasSubstr("console"));
  for (const char* issuer :
       {"https://login.microsoftonline.com/common/v2.0",
        "https://login.microsoftonline.com/organizations/v2.0",
        "https://sts.windows.net/common/"}) {
    EXPECT_THAT(UnusableIssuer(issuer), HasSubstr("allowed_tenants")) << issuer;
  }
}

TEST(IssuerQuirksTest, WhyATokenIsOfAnotherIssuer) {
  const char okta[] = "https://dev-1.okta.com/oauth2/default";
  const char v1[] =
      "https://sts.windows.net/72f988bf-86f1-41af-91ab-2d7cd011db47/";
  const char v2[] =
      "https://login.microsoftonline.com/"
      "72f988bf-86f1-41af-91ab-2d7cd011db47/v2.0";
  EXPECT_THAT(ExplainOtherIssuer(okta, "https://dev-1.okta.com"),
              HasSubstr("own authorization server"));
  EXPECT_THAT(ExplainOtherIssuer("https://dev-1.okta.com", okta),
              HasSubstr("custom authorization server"));
  EXPECT_THAT(ExplainOtherIssuer(okta, "https://id.example.com/oauth2/default"),
              HasSubstr("issuer mode"));
  EXPECT_EQ(ExplainOtherIssuer(okta, "https://id.example.com/oauth2/x"), "");
  EXPECT_THAT(
      ExplainOtherIssuer(okta, "https://dev-1.okta.com/oauth2/default/"),
      HasSubstr("slash"));
  EXPECT_THAT(ExplainOtherIssuer(v2, v1), HasSubstr("version 1"));
  EXPECT_THAT(ExplainOtherIssuer(v1, v2), HasSubstr("version 2"));
  EXPECT_THAT(ExplainOtherIssuer(
                  "https://login.microsoftonline.com/{tenantid}/v2.0", v2),
              HasSubstr("allowed_tenants"));
  EXPECT_EQ(ExplainOtherIssuer("https://a.example", "https://b.example"), "");
}

}  // namespace
}  // namespace latchkey
