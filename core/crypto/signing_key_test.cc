#include "core/crypto/signing_key.h"

#include <openssl/err.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/reason.h"
#include "core/testing/status_matchers.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

constexpr absl::string_view kData = "eyJhbGciOiJub25lIn0.e30";

// SharedRsa keeps one generated RSA key: making them is slow.
Secret SharedRsa(size_t index) {
  static auto* const keys = new std::vector<Secret>();
  while (keys->size() <= index) {
    auto serialized = SigningKey::Generate(Algorithm::kRs256)->Serialize();
    EXPECT_THAT(serialized, IsOk());
    keys->push_back(*std::move(serialized));
  }
  return (*keys)[index].Clone();
}

class SigningKeyTest : public ::testing::TestWithParam<Algorithm> {
 protected:
  static SigningKey NewKey(size_t index = 0) {
    auto key = SigningKey::Generate(Algorithm::kHs256);
    if (GetKeyFamily(GetParam()) == KeyFamily::kRsa) {
      key = SigningKey::FromSerialized(GetParam(), "", SharedRsa(index));
      EXPECT_THAT(key, IsOk());
      key = SigningKey::FromSerialized(
          GetParam(), key->public_key().Thumbprint(), SharedRsa(index));
    } else {
      key = SigningKey::Generate(GetParam());
    }
    EXPECT_THAT(key, IsOk());
    return *std::move(key);
  }
  static std::string SignWith(const SigningKey& key, absl::string_view data) {
    std::string signature = "replaced";
    EXPECT_THAT(key.Sign(data, &signature), IsOk());
    return signature;
  }
};

TEST_P(SigningKeyTest, SignsWhatItsPublicKeyVerifies) {
  const SigningKey key = NewKey();
  EXPECT_EQ(key.algorithm(), GetParam());
  const std::string signature = SignWith(key, kData);
  EXPECT_EQ(signature.size(), key.public_key().signature_size());
  EXPECT_THAT(key.public_key().Verify(kData, signature), IsOk());
  EXPECT_THAT(key.public_key().Verify("other", signature),
              HasReason(Reason::kTokenSignatureInvalid));
}

// Short numbers inside a signature keep their zeros.
TEST_P(SigningKeyTest, SignaturesAlwaysHaveTheSameLength) {
  const SigningKey key = NewKey();
  for (int i = 0; i < 40; ++i) {
    const std::string data = absl::StrCat(i);
    const std::string signature = SignWith(key, data);
    ASSERT_EQ(signature.size(), key.public_key().signature_size());
    ASSERT_THAT(key.public_key().Verify(data, signature), IsOk());
  }
}

TEST_P(SigningKeyTest, SurvivesSerialization) {
  const SigningKey key = NewKey();
  const auto serialized = key.Serialize();
  ASSERT_THAT(serialized, IsOk());
  const auto restored =
      SigningKey::FromSerialized(GetParam(), key.kid(), *serialized);
  ASSERT_THAT(restored, IsOk());
  EXPECT_EQ(restored->public_key(), key.public_key());
  EXPECT_THAT(key.public_key().Verify(kData, SignWith(*restored, kData)),
              IsOk());
}

TEST_P(SigningKeyTest, RefusesABrokenSerialization) {
  const SigningKey key = NewKey();
  const auto serialized = key.Serialize();
  ASSERT_THAT(serialized, IsOk());
  const std::string bytes(serialized->RevealSecret());
  EXPECT_THAT(SigningKey::FromSerialized(
                  GetParam(), "k", Secret(bytes.substr(0, bytes.size() - 1))),
              HasReason(Reason::kInvalidRequest));
  EXPECT_THAT(SigningKey::FromSerialized(GetParam(), "k", Secret("")),
              HasReason(Reason::kInvalidRequest));
  if (!IsMac(GetParam())) {
    EXPECT_THAT(SigningKey::FromSerialized(GetParam(), "k",
                                           Secret(absl::StrCat(bytes, "x"))),
                HasReason(Reason::kInvalidRequest));
  }
  EXPECT_EQ(ERR_peek_error(), 0u);
}

TEST_P(SigningKeyTest, KeyIdIsTheThumbprintUnlessSecret) {
  const SigningKey key = NewKey();
  if (IsMac(GetParam())) {
    EXPECT_EQ(key.public_key().Thumbprint(), "");
    EXPECT_EQ(key.kid().size(), 22u);
  } else {
    EXPECT_EQ(key.kid(), key.public_key().Thumbprint());
    EXPECT_EQ(key.kid().size(), 43u);
  }
  EXPECT_NE(key.kid(), NewKey(1).kid());
}

// jwt-attacks A17, A18: flips, truncations and extensions of the signature.
TEST_P(SigningKeyTest, OnlyTheExactSignatureVerifies) {
  const SigningKey key = NewKey();
  const PublicKey& public_key = key.public_key();
  const std::string good = SignWith(key, kData);
  for (size_t bit = 0; bit < 8 * good.size(); ++bit) {
    std::string bad = good;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << (bit % 8)));
    ASSERT_THAT(public_key.Verify(kData, bad),
                HasReason(Reason::kTokenSignatureInvalid))
        << "bit " << bit;
  }
  for (size_t size = 0; size < good.size(); ++size) {
    ASSERT_THAT(public_key.Verify(kData, good.substr(0, size)),
                HasReason(Reason::kTokenSignatureInvalid));
  }
  for (int byte = 0; byte < 256; ++byte) {
    const std::string extra(1, static_cast<char>(byte));
    ASSERT_THAT(public_key.Verify(kData, absl::StrCat(good, extra)),
                HasReason(Reason::kTokenSignatureInvalid));
    ASSERT_THAT(public_key.Verify(kData, absl::StrCat(extra, good)),
                HasReason(Reason::kTokenSignatureInvalid));
  }
  // jwt-attacks D95.
  EXPECT_EQ(ERR_peek_error(), 0u);
}

TEST_P(SigningKeyTest, AnotherKeyDoesNotVerify) {
  const SigningKey key = NewKey();
  const SigningKey other = NewKey(1);
  EXPECT_NE(key.public_key(), other.public_key());
  EXPECT_THAT(other.public_key().Verify(kData, SignWith(key, kData)),
              HasReason(Reason::kTokenSignatureInvalid));
}

std::string NameOf(const ::testing::TestParamInfo<Algorithm>& info) {
  return std::string(AlgorithmName(info.param));
}

INSTANTIATE_TEST_SUITE_P(All, SigningKeyTest,
                         ::testing::Values(Algorithm::kRs256, Algorithm::kRs384,
                                           Algorithm::kRs512, Algorithm::kPs256,
                                           Algorithm::kPs384, Algorithm::kPs512,
                                           Algorithm::kEs256, Algorithm::kEs384,
                                           Algorithm::kEs512, Algorithm::kEdDsa,
                                           Algorithm::kHs256, Algorithm::kHs384,
                                           Algorithm::kHs512),
                         NameOf);

// jwt-attacks B26, D86: one key, another algorithm of its family.
TEST(SigningKeyFamilyTest, SignaturesOfOneAlgorithmAreNoneOfAnother) {
  const auto rs256 = SigningKey::Generate(Algorithm::kRs256);
  ASSERT_THAT(rs256, IsOk());
  EXPECT_EQ(rs256->kid(), rs256->public_key().Thumbprint());
  EXPECT_EQ(rs256->public_key().signature_size(), 256u);
  const auto serialized = rs256->Serialize();
  ASSERT_THAT(serialized, IsOk());
  for (const Algorithm other :
       {Algorithm::kRs384, Algorithm::kRs512, Algorithm::kPs256}) {
    const auto key = SigningKey::FromSerialized(other, "k", *serialized);
    ASSERT_THAT(key, IsOk());
    std::string signature;
    ASSERT_THAT(key->Sign(kData, &signature), IsOk());
    EXPECT_THAT(rs256->public_key().Verify(kData, signature),
                HasReason(Reason::kTokenSignatureInvalid));
    ASSERT_THAT(rs256->Sign(kData, &signature), IsOk());
    EXPECT_THAT(key->public_key().Verify(kData, signature),
                HasReason(Reason::kTokenSignatureInvalid));
  }
  EXPECT_THAT(SigningKey::FromSerialized(Algorithm::kEs256, "k", *serialized),
              HasReason(Reason::kInvalidRequest));
}

// jwt-attacks B28.
TEST(SigningKeyFamilyTest, CurvesAreNotMixed) {
  const auto es384 = SigningKey::Generate(Algorithm::kEs384);
  ASSERT_THAT(es384, IsOk());
  const auto serialized = es384->Serialize();
  ASSERT_THAT(serialized, IsOk());
  for (const Algorithm other : {Algorithm::kEs256, Algorithm::kEs512,
                                Algorithm::kEdDsa, Algorithm::kRs256}) {
    EXPECT_THAT(SigningKey::FromSerialized(other, "k", *serialized),
                HasReason(Reason::kInvalidRequest))
        << AlgorithmName(other);
  }
}

}  // namespace
}  // namespace latchkey
