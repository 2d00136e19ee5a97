#include "server/rpc/struct_json.h"

#include <limits>
#include <string>

#include "core/base/reason.h"
#include "core/json/json.h"
#include "core/testing/status_matchers.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

using google::protobuf::Struct;

TEST(StructJsonTest, RoundTripKeepsEverythingAStructHolds) {
  const std::string text =
      R"({"a":[1,-2.5,true,null,"x\"y"],"b":{"c":{}},"d":9007199254740992})";
  Struct message;
  JsonToStruct(*json::ParseObject(text), &message);
  const auto back = StructToValue(message, "field");
  ASSERT_THAT(back, IsOk());
  EXPECT_EQ(json::Write(*back), text);
}

TEST(StructJsonTest, RefusesWhatJsonCannotSay) {
  Struct message;
  (*message.mutable_fields())["n"].set_number_value(
      std::numeric_limits<double>::infinity());
  EXPECT_THAT(StructToValue(message, "f"), HasReason(Reason::kInvalidRequest));
}

TEST(StructJsonTest, BoundsNesting) {
  Struct message;
  Struct* inner = &message;
  for (int i = 0; i < 40; ++i) {
    inner = (*inner->mutable_fields())["x"].mutable_struct_value();
  }
  EXPECT_THAT(StructToValue(message, "f"), HasReason(Reason::kInvalidRequest));
}

}  // namespace
}  // namespace latchkey
