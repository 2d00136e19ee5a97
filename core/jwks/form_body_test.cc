#include "core/jwks/form_body.h"

#include <string>

#include "gtest/gtest.h"

namespace latchkey {
namespace {

TEST(FormBodyTest, EncodesAllButTheUnreservedCharacters) {
  EXPECT_EQ(FormEncode("azAZ09-._~"), "azAZ09-._~");
  EXPECT_EQ(FormEncode("a b+c%d&e=f/g:h*"), "a%20b%2Bc%25d%26e%3Df%2Fg%3Ah%2A");
  EXPECT_EQ(FormEncode("\xC3\xA9\n"), "%C3%A9%0A");
  EXPECT_EQ(FormEncode(absl::string_view("\0", 1)), "%00");
}

TEST(FormBodyTest, JoinsFieldsInTheirOrder) {
  FormBody body;
  body.Add("grant_type", "client_credentials");
  body.Add("scope", "a b");
  body.Add("client secret", "p%s:+");
  body.Add("empty", "");
  EXPECT_EQ(*body.Take(),
            "grant_type=client_credentials&scope=a%20b&"
            "client%20secret=p%25s%3A%2B&empty=");
  EXPECT_EQ(*body.Take(), "");
}

TEST(FormBodyTest, GrowsAsNeeded) {
  FormBody body;
  const std::string large(10'000, '%');
  body.Add("a", large);
  body.Add("b", large);
  EXPECT_EQ(body.Take()->size(), 2 * (2 + 30'000) + 1);
}

}  // namespace
}  // namespace latchkey
