// Section A: the compact serialization and its base64url.
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "core/base/base64url.h"
#include "core/base/reason.h"
#include "core/testing/status_matchers.h"
#include "gtest/gtest.h"
#include "tests/attacks/attack_world.h"

namespace latchkey {
namespace {

constexpr char kAlphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

class JwtAttacks : public ::testing::Test, protected AttackWorld {
 protected:
  JwtAttacks() {
    header_ = Base64UrlEncode(Header());
    payload_ = Base64UrlEncode(Payload());
  }

  void Refuses(absl::string_view token, Reason reason) const {
    EXPECT_THAT(Verify(token), HasReason(reason)) << '"' << token << '"';
  }
  void Refuses(absl::string_view token) const {
    Refuses(token, Reason::kTokenMalformed);
  }
  // Each segment in turn is replaced by what `change` makes of it. The first
  // two are signed as they then stand, so that only their form is wrong.
  template <typename Change>
  void RefusesEachSegment(Change change) const {
    ASSERT_THAT(Verify(SignSegments(header_, payload_)), IsOk());
    Refuses(SignSegments(change(header_), payload_));
    Refuses(SignSegments(header_, change(payload_)));
    const std::vector<std::string> parts = absl::StrSplit(Good(), '.');
    Refuses(absl::StrCat(parts[0], ".", parts[1], ".", change(parts[2])));
  }

  std::string header_;
  std::string payload_;
};

TEST_F(JwtAttacks, A01_EmptyAndTinyTexts) {
  for (const char* text : {"", "a", " ", "\t", "\r\n", "   ", ".", "..", "..."})
    Refuses(text);
  Refuses("....", Reason::kTokenUnsupported);
  Refuses(absl::string_view("\0", 1));
}

TEST_F(JwtAttacks, A02_WrongNumberOfSegments) {
  const std::string good = Good();
  const std::vector<std::string> parts = absl::StrSplit(good, '.');
  Refuses(parts[0]);
  Refuses(absl::StrCat(parts[0], ".", parts[1]));
  Refuses(absl::StrCat(good, ".", parts[2]));
  Refuses(absl::StrCat(good, "."));
  Refuses(absl::StrCat(".", good));
  Refuses(absl::StrCat(good, ".", good));  // six
  Refuses(absl::StrCat(good, "...."));
  Refuses(std::string(10'000, '.'), Reason::kTokenTooLarge);
  expected.max_token_bytes = kHardMaxTokenBytes;
  Refuses(std::string(10'000, '.'));
}

TEST_F(JwtAttacks, A03_FiveSegmentsAreNoJws) {
  const std::string jwe_header =
      Base64UrlEncode(R"({"alg":"RSA-OAEP","enc":"A256GCM","cty":"JWT"})");
  const std::string plain_jwt = absl::StrCat(
      Base64UrlEncode(R"({"alg":"none"})"), ".", Base64UrlEncode(Payload()));
  Refuses(absl::StrCat(jwe_header, ".AAAA.AAAA.AAAA.AAAA"),
          Reason::kTokenUnsupported);
  Refuses(absl::StrCat(jwe_header, ".", plain_jwt, "..AAAA"),
          Reason::kTokenUnsupported);
  Refuses(absl::StrCat(Good(), ".."), Reason::kTokenUnsupported);
  Refuses(absl::StrCat(Good(), ".AAAA.AAAA"), Reason::kTokenUnsupported);
  // The header is not even read.
  Refuses("!.AAAA.AAAA.AAAA.AAAA", Reason::kTokenUnsupported);
}

TEST_F(JwtAttacks, A04_EmptySegments) {
  Refuses("a..c");
  Refuses(".b.c");
  Refuses("a.b.");
  const std::vector<std::string> parts = absl::StrSplit(Good(), '.');
  Refuses(absl::StrCat(".", parts[1], ".", parts[2]));
  Refuses(absl::StrCat(parts[0], "..", parts[2]));
  Refuses(absl::StrCat(parts[0], ".", parts[1], "."));
  Refuses(SignSegments("", payload_));
  Refuses(SignSegments(header_, ""));
}

TEST_F(JwtAttacks, A05_LongerThanTheLimit) {
  const std::string good = Good();
  expected.max_token_bytes = good.size();
  EXPECT_THAT(Verify(good), IsOk());
  expected.max_token_bytes = good.size() - 1;
  Refuses(good, Reason::kTokenTooLarge);

  expected = AttackWorld().expected;
  ASSERT_EQ(expected.max_token_bytes, 8 * 1024u);
  const std::string large =
      WithClaim("x", absl::StrCat("\"", std::string(7'000, 'x'), "\""));
  Refuses(large, Reason::kTokenTooLarge);
  // Before anything is decoded.
  Refuses(std::string(8 * 1024 + 1, '!'), Reason::kTokenTooLarge);
  Refuses(std::string(8 * 1024, '!'));
  // A configured limit takes more, up to a hard one.
  expected.max_token_bytes = 16 * 1024;
  EXPECT_THAT(Verify(large), IsOk());
  expected.max_token_bytes = 2 * kHardMaxTokenBytes;
  Refuses(std::string(kHardMaxTokenBytes + 1, '.'), Reason::kTokenTooLarge);
}

TEST_F(JwtAttacks, A06_TextAroundTheToken) {
  const std::string good = Good();
  for (absl::string_view extra :
       {absl::string_view(" "), absl::string_view("\t"),
        absl::string_view("\r"), absl::string_view("\n"),
        absl::string_view("\r\n"), absl::string_view("\0", 1),
        absl::string_view("\xEF\xBB\xBF"),  // byte order mark
        absl::string_view("\xE2\x80\x8B"),  // zero-width space
        absl::string_view("\""), absl::string_view("'")}) {
    Refuses(absl::StrCat(extra, good));
    Refuses(absl::StrCat(good, extra));
    Refuses(absl::StrCat(extra, good, extra));
  }
  for (absl::string_view scheme : {"Bearer ", "bearer ", "Bearer", "JWT "}) {
    Refuses(absl::StrCat(scheme, good));
  }
}

TEST_F(JwtAttacks, A07_StandardAlphabet) {
  // Three alignments, so that both characters occur.
  const std::string odd = R"("x":"???>>>~~~","xy":"???>>>~~~","xyz":"???>>>")";
  header_ = Base64UrlEncode(Header(odd));
  payload_ = Base64UrlEncode(
      absl::StrCat(Payload().substr(0, Payload().size() - 1), ",", odd, "}"));
  ASSERT_THAT(Verify(SignSegments(header_, payload_)), IsOk());
  const auto standard = [](absl::string_view text) {
    return absl::StrReplaceAll(text, {{"-", "+"}, {"_", "/"}});
  };
  ASSERT_NE(standard(header_), header_);
  ASSERT_NE(standard(payload_), payload_);
  Refuses(SignSegments(standard(header_), payload_));
  Refuses(SignSegments(header_, standard(payload_)));
  int changed = 0;
  for (int i = 0; i < 50; ++i) {
    const std::string good = Good();  // another signature each time
    const size_t start = good.rfind('.');
    const std::string signature = standard(good.substr(start));
    if (signature == good.substr(start)) continue;
    ++changed;
    Refuses(absl::StrCat(good.substr(0, start), signature));
  }
  EXPECT_GT(changed, 0);
}

TEST_F(JwtAttacks, A08_Padding) {
  for (absl::string_view padding : {"=", "==", "===", "%3D", "%3D%3D"}) {
    RefusesEachSegment([padding](const std::string& segment) {
      return absl::StrCat(segment, padding);
    });
  }
}

TEST_F(JwtAttacks, A09_TrailingBitsAreZero) {
  const absl::string_view alphabet(kAlphabet);
  for (const Algorithm algorithm : AllAlgorithms()) {
    AttackWorld world(algorithm);
    const std::string good = world.Good();
    ASSERT_THAT(world.Verify(good), IsOk());
    int spellings = 0;
    for (const char last : alphabet) {
      std::string other = good;
      other.back() = last;
      spellings += world.Verify(other).ok() ? 1 : 0;
    }
    EXPECT_EQ(spellings, 1) << AlgorithmName(algorithm);
  }
  // The same for a header and a payload that are signed as they stand.
  for (const char* more : {"", "\"x\":1", "\"x\":10"}) {
    header_ = Base64UrlEncode(Header(more));
    payload_ = Base64UrlEncode(std::string(Payload().size() % 3, ' ') + "{}");
    if (header_.size() % 4 == 0) continue;
    std::string other = header_;
    other.back() = alphabet[alphabet.find(other.back()) + 1];
    Refuses(SignSegments(other, payload_));
  }
  expected.issuers.clear();
  expected.audiences.clear();
  expected.require_subject = false;
  expected.allow_missing_expiration = true;
  for (const char* text : {"{} ", "{}", "{}  "}) {
    const std::string payload = Base64UrlEncode(text);
    const std::string header = Base64UrlEncode(Header());
    EXPECT_THAT(Verify(SignSegments(header, payload)), IsOk());
    if (payload.size() % 4 == 0) continue;
    std::string other = payload;
    other.back() = alphabet[alphabet.find(other.back()) + 1];
    Refuses(SignSegments(header, other));
  }
}

TEST_F(JwtAttacks, A10_NoSegmentHasALengthOfFourNAndOne) {
  const auto with_one_more = [](const std::string& segment) {
    return segment + std::string(1 + (4 - segment.size() % 4) % 4, 'A');
  };
  RefusesEachSegment(with_one_more);
  Refuses("A.A.A");
}

TEST_F(JwtAttacks, A11_BlanksInsideASegment) {
  for (absl::string_view blank :
       {"\n", "\r\n", " ", "\t", "\n\n\n\n", "    ", "\v", "\f"}) {
    RefusesEachSegment([blank](const std::string& segment) {
      return absl::StrCat(segment.substr(0, 8), blank, segment.substr(8));
    });
    RefusesEachSegment([blank](const std::string& segment) {
      return absl::StrCat(segment, blank);
    });
  }
}

TEST_F(JwtAttacks, A12_BytesOver127) {
  for (int byte = 0x80; byte < 0x100; ++byte) {
    const char bad = static_cast<char>(byte);
    RefusesEachSegment([bad](std::string segment) {
      segment[segment.size() / 2] = bad;
      return segment;
    });
    RefusesEachSegment([bad](std::string segment) {
      segment.back() = bad;
      return segment;
    });
  }
}

std::string Flattened(const std::vector<std::string>& parts) {
  return absl::StrCat(R"({"payload":")", parts[1], R"(","protected":")",
                      parts[0], R"(","signature":")", parts[2], "\"}");
}

TEST_F(JwtAttacks, A13_JsonSerialization) {
  const std::vector<std::string> parts = absl::StrSplit(Good(), '.');
  Refuses(Flattened(parts));
  Refuses(absl::StrCat(R"({"payload":")", parts[1],
                       R"(","signatures":[{"protected":")", parts[0],
                       R"(","signature":")", parts[2], "\"}]}"));
  // Two dots make it no compact token either.
  Refuses(absl::StrCat(Flattened(parts), ".x.y"));
}

TEST_F(JwtAttacks, A14_OneGoodSignatureOfSeveral) {
  const std::vector<std::string> parts = absl::StrSplit(Good(), '.');
  const std::string good = absl::StrCat(R"({"protected":")", parts[0],
                                        R"(","signature":")", parts[2], "\"}");
  const std::string bad =
      absl::StrCat(R"({"protected":")", parts[0], R"(","signature":"AAAA"})");
  Refuses(absl::StrCat(R"({"payload":")", parts[1], R"(","signatures":[)", good,
                       ",", bad, "]}"));
  Refuses(absl::StrCat(R"({"payload":")", parts[1], R"(","signatures":[)", bad,
                       ",", good, "]}"));
}

TEST_F(JwtAttacks, A15_DetachedPayload) {
  const std::vector<std::string> parts = absl::StrSplit(Good(), '.');
  Refuses(absl::StrCat(parts[0], "..", parts[2]));
  Refuses(absl::StrCat(parts[0], ".", parts[2]));
  Refuses(SignSegments(header_, ""));
}

TEST_F(JwtAttacks, A16_NestedToken) {
  const std::string inner = Good();
  Refuses(WithPayload(inner));
  Refuses(SignSegments(Base64UrlEncode(Header(R"("cty":"JWT")")),
                       Base64UrlEncode(inner)));
  Refuses(WithPayload(absl::StrCat("\"", inner, "\"")));
  // What is signed counts, not what cty says.
  EXPECT_THAT(Verify(WithHeader(Header(R"("cty":"JWT")"))), IsOk());
}

// A17 and A18: tampering_test.cc, for every algorithm.

TEST_F(JwtAttacks, A19_WhatIsSignedIsTheTextAsReceived) {
  EXPECT_THAT(Verify(WithHeader("{ \"typ\":\"JWT\" ,\r\n \"kid\":\"k1\",\t"
                                "\"alg\" : \"ES256\" } ")),
              IsOk());
  EXPECT_THAT(Verify(WithHeader(R"({"kid":"\u006b1","alg":"ES\u003256"})")),
              IsOk());
  const std::string spaced = absl::StrCat("\r\n", Payload(), "\n");
  EXPECT_THAT(Verify(WithPayload(spaced)), IsOk());
  // The same meaning in other words is another text.
  const std::string good = WithPayload(spaced);
  const std::vector<std::string> parts = absl::StrSplit(good, '.');
  Refuses(
      absl::StrCat(parts[0], ".", Base64UrlEncode(Payload()), ".", parts[2]),
      Reason::kTokenSignatureInvalid);
}

}  // namespace
}  // namespace latchkey
