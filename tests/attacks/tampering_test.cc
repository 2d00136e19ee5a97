// A17, A18 and their like: every small change of a good token, of its header's
// JSON and of a JWK. Whatever verifies is what was signed, by the key that is
// trusted; nothing crashes (run it with --config=asan).
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "core/testing/json_grammar.h"
#include "core/testing/jwt_fixture.h"
#include "core/testing/status_matchers.h"
#include "gtest/gtest.h"
#include "tests/attacks/attack_world.h"
#include "tests/attacks/rsa_forgeries.h"

namespace latchkey {
namespace {

using Visit = std::function<void(const std::string&)>;

void EachFlippedBit(const std::string& text, const Visit& visit) {
  for (size_t bit = 0; bit < 8 * text.size(); ++bit) {
    std::string changed = text;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << (bit % 8)));
    visit(changed);
  }
}

// Cut at the end, cut at the start, and each byte left out.
void EachTruncation(const std::string& text, const Visit& visit) {
  for (size_t size = 0; size < text.size(); ++size) {
    visit(text.substr(0, size));
    visit(text.substr(text.size() - size));
    std::string without = text;
    without.erase(size, 1);
    if (without != text) visit(without);
  }
}

void EachInsertion(const std::string& text, const std::vector<size_t>& places,
                   const Visit& visit) {
  for (const size_t place : places) {
    for (int byte = 0; byte < 256; ++byte) {
      std::string changed = text;
      changed.insert(place, 1, static_cast<char>(byte));
      visit(changed);
    }
  }
}

std::vector<size_t> EveryPlace(const std::string& text) {
  std::vector<size_t> places(text.size() + 1);
  for (size_t i = 0; i < places.size(); ++i) places[i] = i;
  return places;
}

// The claims are not looked at, so that only form, key and signature refuse.
Expectations Lenient() {
  Expectations lenient;
  lenient.allow_missing_expiration = true;
  lenient.require_subject = false;
  return lenient;
}

class JwtAttacks : public ::testing::TestWithParam<Algorithm> {
 protected:
  JwtAttacks() : world_(GetParam()) {
    world_.expected = Lenient();
    good_ = world_.WithPayload(R"({"sub":"24601"})");
  }
  // In place only, for these are many.
  void Refuses(const std::string& token) {
    ASSERT_FALSE(TokenVerifier()
                     .VerifyInPlace(token, world_.expected, world_.keys,
                                    world_.now, &buffers_)
                     .ok())
        << absl::CEscape(token);
  }

  AttackWorld world_;
  VerifyBuffers buffers_;
  std::string good_;
};

TEST_P(JwtAttacks, A17_EachFlippedBit) {
  ASSERT_THAT(world_.Verify(good_), IsOk());
  EachFlippedBit(good_, [this](const std::string& bad) { Refuses(bad); });
}

TEST_P(JwtAttacks, A18_EachTruncationAndInsertion) {
  EachTruncation(good_, [this](const std::string& bad) { Refuses(bad); });
  const size_t first = good_.find('.');
  const size_t second = good_.rfind('.');
  const std::vector<size_t> places = {
      0,      1,          first - 1,        first,       first + 1, first + 2,
      second, second + 1, good_.size() - 1, good_.size()};
  EachInsertion(good_, places,
                [this](const std::string& bad) { Refuses(bad); });
}

TEST_P(JwtAttacks, A18_SegmentsOutOfPlace) {
  const std::vector<std::string> parts = absl::StrSplit(good_, '.');
  for (const std::string& a : parts) {
    for (const std::string& b : parts) {
      for (const std::string& c : parts) {
        const std::string token = absl::StrCat(a, ".", b, ".", c);
        if (token != good_) Refuses(token);
      }
    }
  }
  // The parts of two good tokens do not make a third.
  const std::string other = world_.WithPayload(R"({"sub":"24602"})");
  const std::vector<std::string> others = absl::StrSplit(other, '.');
  Refuses(absl::StrCat(parts[0], ".", parts[1], ".", others[2]));
  Refuses(absl::StrCat(parts[0], ".", others[1], ".", parts[2]));
}

INSTANTIATE_TEST_SUITE_P(All, JwtAttacks, ::testing::ValuesIn(AllAlgorithms()),
                         [](const ::testing::TestParamInfo<Algorithm>& test) {
                           return std::string(AlgorithmName(test.param));
                         });

// The header is signed as it then is: what is accepted still names the key's
// algorithm, and the key.
class HeaderTampering : public ::testing::Test, protected AttackWorld {
 protected:
  HeaderTampering() : AttackWorld(Algorithm::kHs256) { expected = Lenient(); }

  void Check(const std::string& header) const {
    const auto token = Verify(WithHeader(header));
    if (!token.ok()) return;
    ASSERT_EQ(token->header().algorithm, Algorithm::kHs256) << header;
    const std::string kid = token->header().kid.value_or(kAttackKid);
    ASSERT_EQ(kid, kAttackKid) << header;
    ASSERT_TRUE(FollowsGrammar(header, json::Limits())) << header;
  }
};

TEST_F(HeaderTampering, A18_EachChangeOfTheHeaderJson) {
  const Visit check = [this](const std::string& header) { Check(header); };
  for (const std::string& header :
       {Header(), Header(R"("typ":"at+jwt","x":[1,{"y":"\u00e9"}])")}) {
    ASSERT_THAT(Verify(WithHeader(header)), IsOk());
    EachFlippedBit(header, check);
    EachTruncation(header, check);
    EachInsertion(header, EveryPlace(header), check);
  }
}

// A changed JWK is another key, no key, or the same: never one that takes the
// tokens of a key that it does not show.
class JwkTampering : public ::testing::TestWithParam<std::string> {
 protected:
  static std::string Document() {
    if (GetParam() == "RSA") {
      return json::Write(LoadRsaForgeries().Object("e3_jwk"));
    }
    const Algorithm algorithm =
        GetParam() == "EC" ? Algorithm::kEs256 : Algorithm::kEdDsa;
    json::Value jwk = JwkOf(NewTestKey(algorithm, kAttackKid).public_key());
    jwk.Set("alg", AlgorithmName(algorithm));
    jwk.Set("use", "sig");
    return json::Write(jwk);
  }
};

TEST_P(JwkTampering, E106_EachChangeOfAJwk) {
  const std::string document = Document();
  const KeyTable original = KeysOf(document);
  ASSERT_EQ(original.keys().size(), 1u);
  const Algorithm algorithm = original.keys()[0].algorithm();
  const std::string shown = original.keys()[0].CanonicalJwk();
  const Visit check = [&](const std::string& changed) {
    const auto parsed = ParseJwks(changed);
    if (!parsed.ok()) return;
    ASSERT_LE(parsed->keys.size(), 1u);
    for (const PublicKey& key : parsed->keys) {
      ASSERT_FALSE(IsMac(key.algorithm())) << changed;
      // One digit makes RS384 of RS256, but no other family.
      ASSERT_EQ(GetKeyFamily(key.algorithm()), GetKeyFamily(algorithm));
      if (key.CanonicalJwk() == shown) continue;
      const json::Value jwk = json::Parse(changed).value();
      // Another number: it stands in the document as it is.
      for (const char* name : {"x", "y", "n", "e"}) {
        const json::Value* value = jwk.Find(name);
        if (value == nullptr) continue;
        ASSERT_NE(key.CanonicalJwk().find(json::Write(*value)),
                  std::string::npos)
            << changed;
      }
    }
  };
  EachFlippedBit(document, check);
  EachTruncation(document, check);
  const size_t step = GetParam() == "RSA" ? 64 : 1;  // its checks are slow
  std::vector<size_t> places;
  for (size_t i = 0; i <= document.size(); i += step) places.push_back(i);
  EachInsertion(document, places, check);
}

INSTANTIATE_TEST_SUITE_P(All, JwkTampering,
                         ::testing::Values("EC", "OKP", "RSA"),
                         [](const ::testing::TestParamInfo<std::string>& test) {
                           return test.param;
                         });

}  // namespace
}  // namespace latchkey
