#include "core/jwt/compact.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "core/base/base64url.h"
#include "core/base/reason.h"
#include "core/testing/status_matchers.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

absl::StatusOr<JoseHeader> Parse(absl::string_view json) {
  return ParseHeader(Base64UrlEncode(json));
}

TEST(SplitCompactTest, GivesViewsOfThreeParts) {
  const std::string text = "aa.bbb.cccc";
  const auto token = SplitCompact(text);
  ASSERT_THAT(token, IsOk());
  EXPECT_EQ(token->header, "aa");
  EXPECT_EQ(token->payload, "bbb");
  EXPECT_EQ(token->signature, "cccc");
  EXPECT_EQ(token->signing_input, "aa.bbb");
  EXPECT_EQ(token->header.data(), text.data());
}

// jwt-attacks A1, A2, A4, A13, A15.
TEST(SplitCompactTest, RefusesOtherShapes) {
  for (const std::string& text :
       {std::string(), std::string("a"), std::string(" "), std::string("."),
        std::string(".."), std::string("..."), std::string("a.b"),
        std::string("a.b.c.d"), std::string("a.b.c.d.e.f"),
        std::string(8000, '.'), std::string("a..c"), std::string(".b.c"),
        std::string("a.b."), std::string(R"({"payload":"a"})")}) {
    EXPECT_THAT(SplitCompact(text), HasReason(Reason::kTokenMalformed)) << text;
  }
}

// jwt-attacks A3: a JWE has five parts, of which any may be empty.
TEST(SplitCompactTest, NamesAJwe) {
  EXPECT_THAT(SplitCompact("a.b.c.d.e"), HasReason(Reason::kTokenUnsupported));
  EXPECT_THAT(SplitCompact("a..c.d.e"), HasReason(Reason::kTokenUnsupported));
}

// jwt-attacks A5.
TEST(SplitCompactTest, KeepsTheLimits) {
  const std::string exact = absl::StrCat("a.b.", std::string(8188, 'c'));
  EXPECT_THAT(SplitCompact(exact), IsOk());
  EXPECT_THAT(SplitCompact(absl::StrCat(exact, "c")),
              HasReason(Reason::kTokenTooLarge));
  EXPECT_THAT(SplitCompact(absl::StrCat(exact, "c"), 9000), IsOk());
  EXPECT_THAT(SplitCompact(std::string(1'000'001, '.'), 2'000'000),
              HasReason(Reason::kTokenTooLarge));
}

TEST(ParseHeaderTest, ReadsTheComparedMembers) {
  const auto header =
      Parse(R"({"typ":"application/AT+JWT","alg":"ES256","kid":"k1","x":[1]})");
  ASSERT_THAT(header, IsOk());
  EXPECT_EQ(header->algorithm, Algorithm::kEs256);
  EXPECT_EQ(header->kid, "k1");
  EXPECT_EQ(header->typ, "at+jwt");
  EXPECT_NE(header->members.Find("x"), nullptr);
  EXPECT_EQ(Parse(R"({"alg":"ES256"})")->kid, std::nullopt);
  EXPECT_EQ(Parse(R"({"alg":"ES256"})")->typ, std::nullopt);
  EXPECT_EQ(Parse(R"({"alg":"ES256","typ":"application/a/b"})")->typ,
            "application/a/b");
}

// jwt-attacks B20, B22, B23, B52.
TEST(ParseHeaderTest, UnknownAlgorithmsAreUnsupported) {
  for (absl::string_view alg :
       {"none", "None", "NONE", "nOnE", "none ", "none\\u0000", "", "HS1",
        "ES256K", "PS999", "rs256", "RS256 ", "RS256\\u0000x", "dir",
        "RSA-OAEP", "A128KW", "Ed25519"}) {
    EXPECT_THAT(Parse(absl::StrCat(R"({"alg":")", alg, "\"}")),
                HasReason(Reason::kTokenUnsupported))
        << alg;
  }
}

// jwt-attacks B21, B39, B49.
TEST(ParseHeaderTest, WrongTypesAreMalformed) {
  for (absl::string_view json :
       {R"({})", R"({"alg":null})", R"({"alg":1})", R"({"alg":true})",
        R"({"alg":["RS256"]})", R"({"alg":{"a":1}})",
        R"({"alg":"RS256","kid":1})", R"({"alg":"RS256","kid":null})",
        R"({"alg":"RS256","kid":{}})", R"({"alg":"RS256","kid":[]})",
        R"({"alg":"RS256","typ":1})", R"({"alg":"RS256","typ":null})"}) {
    EXPECT_THAT(Parse(json), HasReason(Reason::kTokenMalformed)) << json;
  }
  const auto with_kid = [](size_t size) {
    return Parse(absl::StrCat(R"({"alg":"RS256","kid":")",
                              std::string(size, 'k'), "\"}"));
  };
  EXPECT_THAT(with_kid(256), IsOk());
  EXPECT_THAT(with_kid(257), HasReason(Reason::kTokenMalformed));
}

// jwt-attacks B31-B33, B50.
TEST(ParseHeaderTest, ExtensionsAreUnsupported) {
  for (absl::string_view member :
       {R"("crit":["exp"])", R"("crit":[])", R"("crit":null)",
        R"("crit":["alg"])", R"("b64":false)", R"("b64":true)",
        R"("zip":"DEF")"}) {
    EXPECT_THAT(Parse(absl::StrCat(R"({"alg":"RS256",)", member, "}")),
                HasReason(Reason::kTokenUnsupported))
        << member;
  }
}

// jwt-attacks B34-B37, A6-A12.
TEST(ParseHeaderTest, RefusesWhatIsNotOneStrictObject) {
  for (absl::string_view json :
       {R"({"alg":"RS256","alg":"none"})", R"({"alg":"none","alg":"RS256"})",
        R"({"alg":"RS256","\u0061lg":"none"})", "null", "[]", "\"x\"",
        R"({"alg":"RS256"}x)", R"({"alg":"RS256"}{})", R"({"alg":"RS256",})",
        R"({'alg':'RS256'})", "\xEF\xBB\xBF{\"alg\":\"RS256\"}",
        R"({"alg":"RS256","x":[[[[[[[[]]]]]]]]})"}) {
    EXPECT_THAT(Parse(json), HasReason(Reason::kTokenMalformed)) << json;
  }
  const std::string good = Base64UrlEncode(R"({"alg":"RS256" })");
  for (const std::string& segment :
       {absl::StrCat(good, "="), absl::StrCat(good, " "),
        absl::StrCat(" ", good), absl::StrCat(good, "\n"),
        absl::StrCat("Bearer ", good), absl::StrCat(good, "\x80"),
        absl::StrCat(good, "+")}) {
    EXPECT_THAT(ParseHeader(segment), HasReason(Reason::kTokenMalformed))
        << segment;
  }
}

TEST(PeekUnverifiedIssuerTest, GivesTheIssuerOrNothing) {
  const auto peek = [](absl::string_view payload) {
    const std::string text =
        absl::StrCat("e30.", Base64UrlEncode(payload), ".AA");
    return PeekUnverifiedIssuer(*SplitCompact(text));
  };
  EXPECT_EQ(peek(R"({"sub":"x","iss":"https://a"})"), "https://a");
  EXPECT_EQ(peek(R"({"sub":"x"})"), std::nullopt);
  EXPECT_EQ(peek(R"({"iss":["https://a"]})"), std::nullopt);
  EXPECT_EQ(peek(R"({"iss":"a","iss":"b"})"), std::nullopt);
  EXPECT_EQ(peek("[]"), std::nullopt);
  EXPECT_EQ(PeekUnverifiedIssuer(*SplitCompact("e30.****.AA")), std::nullopt);
}

}  // namespace
}  // namespace latchkey
