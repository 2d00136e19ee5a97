#include "core/provider/metadata.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/reason.h"
#include "core/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

constexpr size_t kMax = 4096;

json::Value Payload(absl::string_view text) {
  return json::ParseObject(text).value();
}

TEST(MapMetadataTest, KeepsJustTheMappedFields) {
  const json::Value payload =
      Payload(R"({"sub":"24601","user_data":{"name":"Jean Valjean",)"
              R"("aliases":["Monsieur Madeleine","Ultime Fauchelevent"]}})");
  EXPECT_THAT(MapMetadata({{"user_data.name", "name", true},
                           {"user_data.aliases", "aliases", false}},
                          payload, kMax),
              IsOkAndHolds(R"({"name":"Jean Valjean","aliases":)"
                           R"(["Monsieur Madeleine","Ultime Fauchelevent"]})"));
}

TEST(MapMetadataTest, CopiesEveryTypeWhole) {
  const json::Value payload = Payload(
      R"({"t":true,"n":12345678901234567890123,"o":{"a":[{}]},"e":""})");
  EXPECT_THAT(
      MapMetadata({{"t", "t"}, {"n", "n"}, {"o", "o"}, {"e", "e", true}},
                  payload, kMax),
      IsOkAndHolds(
          R"({"t":true,"n":12345678901234567890123,"o":{"a":[{}]},"e":""})"));
}

TEST(MapMetadataTest, RenamesAndDefaultsToTheLastPart) {
  const json::Value payload = Payload(
      R"({"location":{"primary":{"city":"Digne"}},"http://x.org/id":7})");
  EXPECT_THAT(
      MapMetadata({{"location.primary.city", "", false},
                   {"location.primary.city", "town", false},
                   {R"(http://x\.org/id)", "", false}},
                  payload, kMax),
      IsOkAndHolds(R"({"city":"Digne","town":"Digne","http://x.org/id":7})"));
}

TEST(MapMetadataTest, MissingAndNullHaveNoValue) {
  const json::Value payload = Payload(R"({"a":null,"b":{"c":1}})");
  EXPECT_THAT(
      MapMetadata({{"a", "a"}, {"b.d", "d"}, {"b.c.e", "e"}}, payload, kMax),
      IsOkAndHolds("{}"));
  const auto missing = MapMetadata({{"b.d", "d", true}}, payload, kMax);
  ASSERT_THAT(missing, HasReason(Reason::kTokenClaimInvalid));
  EXPECT_THAT(std::string(missing.status().message()),
              testing::HasSubstr("b.d"));
  EXPECT_THAT(MapMetadata({{"a", "a", true}}, payload, kMax),
              HasReason(Reason::kTokenClaimInvalid));
}

TEST(MapMetadataTest, BoundsEachValue) {
  const std::string fits(kMax, 'x');
  EXPECT_THAT(
      MapMetadata({{"a", "a"}},
                  Payload(absl::StrCat(R"({"a":")", fits, R"("})")), kMax),
      IsOkAndHolds(absl::StrCat(R"({"a":")", fits, R"("})")));
  const auto over = MapMetadata(
      {{"a", "a"}}, Payload(absl::StrCat(R"({"a":"x)", fits, R"("})")), kMax);
  ASSERT_THAT(over, HasReason(Reason::kTokenClaimInvalid));
  EXPECT_THAT(std::string(over.status().message()),
              testing::Not(testing::HasSubstr("xx")));
  // Anything else is measured as compact JSON: ["…"] is 4 bytes longer.
  EXPECT_THAT(
      MapMetadata({{"a", "a"}},
                  Payload(absl::StrCat(R"({"a":[")", fits, R"("]})")), kMax),
      HasReason(Reason::kTokenClaimInvalid));
}

}  // namespace
}  // namespace latchkey
