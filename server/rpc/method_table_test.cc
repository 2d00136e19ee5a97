#include "server/rpc/method_table.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "latchkey/v1/auth_service.pb.h"

namespace latchkey {
namespace {

using ::testing::ElementsAre;

constexpr char kVerify[] = "/latchkey.v1.AuthService/Verify";
constexpr char kBatch[] = "/latchkey.v1.AuthService/BatchVerify";

void AddBoth(MethodTable* table) {
  table->Add<v1::VerifyRequest, v1::VerifyResponse>(
      kVerify, MethodTable::RowOptions(),
      [](const v1::VerifyRequest&, const RpcContext&, v1::VerifyResponse*) {
        return absl::OkStatus();
      });
  table->Add<v1::BatchVerifyRequest, v1::BatchVerifyResponse>(
      kBatch, {.max_request_bytes = 5000},
      [](const v1::BatchVerifyRequest&, const RpcContext&,
         v1::BatchVerifyResponse*) { return absl::OkStatus(); });
}

TEST(MethodTableTest, RowsTakeTheTablesLimitUnlessTheyHaveTheirOwn) {
  MethodTable usual;
  AddBoth(&usual);
  EXPECT_EQ(usual.Find(kVerify)->max_request_bytes, 65536u);
  EXPECT_EQ(usual.Find(kBatch)->max_request_bytes, 5000u);
  MethodTable small(2048);
  AddBoth(&small);
  EXPECT_EQ(small.Find(kVerify)->max_request_bytes, 2048u);
  EXPECT_EQ(small.Find(kBatch)->max_request_bytes, 5000u);
}

TEST(MethodTableTest, FindsByPathAndListsServicesOnce) {
  MethodTable table;
  AddBoth(&table);
  EXPECT_EQ(table.Find("/latchkey.v1.AuthService/Nothing"), nullptr);
  EXPECT_THAT(table.Services(ServiceGroup::kAuth),
              ElementsAre("latchkey.v1.AuthService"));
  EXPECT_THAT(table.Services(ServiceGroup::kAdmin), ElementsAre());
}

}  // namespace
}  // namespace latchkey
