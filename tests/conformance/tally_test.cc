#include "tests/conformance/tally.h"

#include "absl/strings/string_view.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr Deviation kListed[] = {
    {"a.json", "7", 1, "one case"},
    {"a.json", "short key", 2, "a class"},
    {"b.json", "1", 1, "of another file"},
};

Tally NewTally() { return Tally("a.json", kListed); }

void JudgeListed(Tally* tally) {
  tally->Judge({"7", Wanted::kValid}, false);
  tally->Judge({"8", Wanted::kValid, "short key"}, false);
  tally->Judge({"9", Wanted::kInvalid, "short key"}, true);
}

TEST(TallyTest, CountsWhatConforms) {
  Tally tally = NewTally();
  JudgeListed(&tally);
  tally.Judge({"1", Wanted::kValid}, true);
  tally.Judge({"2", Wanted::kInvalid}, false);
  tally.Judge({"3", Wanted::kFree}, false);
  EXPECT_THAT(tally.Problems(6), IsEmpty());
  EXPECT_EQ(tally.Summary(),
            "a.json: 6 cases, 1 valid accepted, 1 invalid refused, "
            "1 acceptable refused, 3 listed deviations, 0 unexpected");
}

TEST(TallyTest, NamesUnexpectedVerdicts) {
  Tally tally = NewTally();
  JudgeListed(&tally);
  tally.Judge({"1", Wanted::kValid}, false);
  tally.Judge({"2", Wanted::kInvalid, "other"}, true);
  tally.Judge({"3", Wanted::kFree}, true);
  EXPECT_THAT(tally.Problems(6),
              ElementsAre("a.json: case 1 is valid but was refused",
                          "a.json: case 2 is invalid (other) but was accepted",
                          "a.json: case 3 is acceptable but was accepted"));
}

TEST(TallyTest, ListedCaseThatDoesNotDeviateIsAProblem) {
  Tally tally = NewTally();
  tally.Judge({"7", Wanted::kValid}, true);
  tally.Judge({"8", Wanted::kValid, "short key"}, false);
  EXPECT_THAT(tally.Problems(2),
              ElementsAre("a.json: 7 lists 1 deviations, found 0",
                          "a.json: short key lists 2 deviations, found 1"));
}

TEST(TallyTest, ClassThatGrowsIsAProblem) {
  Tally tally = NewTally();
  JudgeListed(&tally);
  tally.Judge({"10", Wanted::kValid, "short key"}, false);
  EXPECT_THAT(tally.Problems(4),
              ElementsAre("a.json: short key lists 2 deviations, found 3"));
}

TEST(TallyTest, MissingCasesAreAProblem) {
  const Tally empty("c.json", kListed);
  EXPECT_THAT(empty.Problems(0), ElementsAre(HasSubstr("has 0 cases")));
  EXPECT_THAT(empty.Problems(3), ElementsAre(HasSubstr("expected 3")));
}

TEST(TallyTest, RowListedTwiceIsAProblem) {
  constexpr Deviation kTwice[] = {{"a.json", "7", 1, ""},
                                  {"a.json", "7", 1, ""}};
  Tally tally("a.json", kTwice);
  tally.Judge({"7", Wanted::kValid}, false);
  EXPECT_THAT(tally.Problems(1), ElementsAre("a.json: 7 is listed twice"));
}

// What the suites call a Tally's file: a row for another would never be
// checked.
constexpr absl::string_view kFilesWithDeviations[] = {
    "hmac_sha256_test.json",  "hmac_sha384_test.json",
    "hmac_sha512_test.json",  "json_web_crypto_test.json",
    "json_web_key_test.json", "json_web_signature_test.json",
    "rfc/examples.json",      "rfc7520-cookbook",
    "rfc7520-cookbook/jwk",   "rsa_pss_misc_test.json",
    "test_parsing",           "test_parsing, wide limits",
};

TEST(DeviationsTest, EachIsOfAFileThatIsReadAndHasAReason) {
  for (const Deviation& deviation : Deviations()) {
    EXPECT_THAT(kFilesWithDeviations, Contains(deviation.file));
    EXPECT_FALSE(deviation.reason.empty()) << deviation.cases;
    EXPECT_GT(deviation.count, 0) << deviation.cases;
  }
}

}  // namespace
}  // namespace latchkey
