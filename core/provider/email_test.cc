#include "core/provider/email.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "core/base/reason.h"
#include "core/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

TEST(CanonicalEmailTest, LowerCasesAsciiOnly) {
  EXPECT_THAT(CanonicalEmail("Jean.Valjean+m@Example.ORG", "email"),
              IsOkAndHolds("jean.valjean+m@example.org"));
  // The Kelvin sign and a dotless i are no k and no i: nobody takes over an
  // address by case mapping (CVE-2019-19844).
  EXPECT_THAT(CanonicalEmail("mi\u212Ae@example.org", "email"),
              IsOkAndHolds("mi\u212Ae@example.org"));
  EXPECT_THAT(CanonicalEmail("m\u0131ke@example.org", "email"),
              IsOkAndHolds("m\u0131ke@example.org"));
}

TEST(CanonicalEmailTest, KeepsTheLongestAddress) {
  const std::string longest(242, 'a');
  EXPECT_THAT(CanonicalEmail(absl::StrCat(longest, "@example.org"), "email"),
              IsOkAndHolds(absl::StrCat(longest, "@example.org")));
}

class RefusedEmailTest : public testing::TestWithParam<std::string> {};

TEST_P(RefusedEmailTest, NamesTheField) {
  const auto result = CanonicalEmail(GetParam(), "credential.x.email");
  ASSERT_THAT(result, HasReason(Reason::kInvalidRequest));
  const auto violations = GetFieldViolations(result.status());
  ASSERT_EQ(violations.size(), 1u);
  EXPECT_EQ(violations[0].field, "credential.x.email");
}

INSTANTIATE_TEST_SUITE_P(
    Shapes, RefusedEmailTest,
    testing::Values("", "a@", "@a", "ab", "abc", "@abc", "abc@", "a@b@c",
                    "a b@example.org", " a@example.org", "a@example.org ",
                    "a@example.org\r\nBcc: b@example.org", "a\t@example.org",
                    std::string("a\0@example.org", 14), "a\x7f@example.org",
                    "\"a\"@example.org", "\xc3(@example.org",
                    std::string(243, 'a') + "@example.org"));

}  // namespace
}  // namespace latchkey
