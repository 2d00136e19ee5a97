#include "core/jwt/header_memo.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "core/base/base64url.h"
#include "core/base/reason.h"
#include "core/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

std::string Segment(absl::string_view kid) {
  return Base64UrlEncode(absl::StrCat(R"({"alg":"ES256","kid":")", kid, "\"}"));
}

TEST(HeaderMemoTest, GivesWhatParseHeaderGives) {
  HeaderMemo memo;
  // More texts than places, twice, so that each place is taken again.
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 100; ++i) {
      const std::string kid = absl::StrCat("key-", i);
      for (int again = 0; again < 2; ++again) {
        const auto header = memo.Parse(Segment(kid));
        ASSERT_THAT(header, IsOk());
        EXPECT_EQ((*header)->kid, kid);
        EXPECT_EQ((*header)->algorithm, Algorithm::kEs256);
      }
    }
  }
}

std::string Padded(absl::string_view kid, size_t bytes) {
  return Base64UrlEncode(absl::StrCat(R"({"alg":"ES256","kid":")", kid,
                                      R"(","x":")", std::string(bytes, 'x'),
                                      "\"}"));
}

TEST(HeaderMemoTest, KeepsOneLongHeader) {
  HeaderMemo memo;
  for (const size_t bytes : {600, 20'000}) {
    for (const char* kid : {"a", "a", "b", "a"}) {
      const auto header = memo.Parse(Padded(kid, bytes));
      ASSERT_THAT(header, IsOk());
      EXPECT_EQ((*header)->kid, kid);
    }
  }
  // The same object as long as no other long one comes between.
  const JoseHeader* const kept = *memo.Parse(Padded("c", 600));
  ASSERT_THAT(memo.Parse(Segment("short")), IsOk());
  EXPECT_EQ(kept->kid, "c");
  EXPECT_EQ(*memo.Parse(Padded("c", 600)), kept);
}

TEST(HeaderMemoTest, ARefusedHeaderStaysRefused) {
  HeaderMemo memo;
  const std::string none = Base64UrlEncode(R"({"alg":"none"})");
  for (int i = 0; i < 2; ++i) {
    EXPECT_THAT(memo.Parse(none), HasReason(Reason::kTokenUnsupported));
    EXPECT_THAT(memo.Parse(none), HasReason(Reason::kTokenUnsupported));
    EXPECT_THAT(memo.Parse("e30x"), HasReason(Reason::kTokenMalformed));
    EXPECT_THAT(memo.Parse(""), HasReason(Reason::kTokenMalformed));
    EXPECT_THAT(memo.Parse(Segment("good")), IsOk());
  }
}

}  // namespace
}  // namespace latchkey
