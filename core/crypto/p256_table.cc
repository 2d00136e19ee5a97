#include "core/crypto/p256_table.h"

// The functions that build tables are marked deprecated in OpenSSL 3, which has
// no others for it.
#ifndef OPENSSL_SUPPRESS_DEPRECATED
#define OPENSSL_SUPPRESS_DEPRECATED
#endif
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/obj_mac.h>

#include <cstddef>
#include <cstdint>
#include <utility>

#include "core/crypto/openssl_error.h"
#include "core/crypto/openssl_ptr.h"

namespace latchkey {

#ifdef OPENSSL_IS_BORINGSSL

struct P256Table::Group {};

std::unique_ptr<const P256Table> P256Table::Build(absl::string_view,
                                                  absl::string_view) {
  return nullptr;
}

bool P256Table::Verify(const MessageHash&, absl::string_view) const {
  return false;
}

#else

namespace {

using GroupPtr = std::unique_ptr<EC_GROUP, OpensslDeleter<EC_GROUP_free>>;
using PointPtr = std::unique_ptr<EC_POINT, OpensslDeleter<EC_POINT_free>>;

constexpr size_t kNumber = 32;

BnPtr ToNumber(absl::string_view bytes) {
  return BnPtr(BN_bin2bn(reinterpret_cast<const uint8_t*>(bytes.data()),
                         static_cast<int>(bytes.size()), nullptr));
}

// The curve with its own generator, whose multiples the library has.
const EC_GROUP* Curve() {
  static const EC_GROUP* const curve =
      EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
  return curve;
}

// What one check calculates in, kept by each thread.
struct Scratch {
  BnCtxPtr numbers{BN_CTX_new()};
  PointPtr of_generator{EC_POINT_new(Curve())};
  PointPtr of_key{EC_POINT_new(Curve())};

  bool ok() const {
    return numbers != nullptr && of_generator != nullptr && of_key != nullptr;
  }
};

// Numbers borrowed from a BN_CTX until the end of the scope.
class Frame {
 public:
  explicit Frame(BN_CTX* ctx) : ctx_(ctx) { BN_CTX_start(ctx_); }
  ~Frame() { BN_CTX_end(ctx_); }
  Frame(const Frame&) = delete;
  Frame& operator=(const Frame&) = delete;
  // Null when there is no memory, and so for each later one.
  BIGNUM* Next() { return BN_CTX_get(ctx_); }

 private:
  BN_CTX* const ctx_;
};

bool Read(absl::string_view bytes, BIGNUM* out) {
  return BN_bin2bn(reinterpret_cast<const uint8_t*>(bytes.data()),
                   static_cast<int>(bytes.size()), out) != nullptr;
}

// In [1, order - 1].
bool IsScalar(const BIGNUM* number, const BIGNUM* order) {
  return !BN_is_zero(number) && BN_cmp(number, order) < 0;
}

}  // namespace

struct P256Table::Group {
  GroupPtr of_key;  // the curve with the key as its generator
};

std::unique_ptr<const P256Table> P256Table::Build(absl::string_view x,
                                                  absl::string_view y) {
  const EC_GROUP* const curve = Curve();
  const BnPtr x_number = ToNumber(x);
  const BnPtr y_number = ToNumber(y);
  const BnCtxPtr ctx(BN_CTX_new());
  auto group = std::make_unique<Group>();
  group->of_key.reset(curve == nullptr ? nullptr : EC_GROUP_dup(curve));
  const PointPtr key(curve == nullptr ? nullptr : EC_POINT_new(curve));
  if (x_number == nullptr || y_number == nullptr || ctx == nullptr ||
      group->of_key == nullptr || key == nullptr ||
      EC_POINT_set_affine_coordinates(curve, key.get(), x_number.get(),
                                      y_number.get(), ctx.get()) != 1 ||
      EC_GROUP_set_generator(group->of_key.get(), key.get(),
                             EC_GROUP_get0_order(curve), BN_value_one()) != 1 ||
      EC_GROUP_precompute_mult(group->of_key.get(), ctx.get()) != 1) {
    ClearOpensslErrors();
    return nullptr;
  }
  return std::unique_ptr<const P256Table>(new P256Table(std::move(group)));
}

bool P256Table::Verify(const MessageHash& hash,
                       absl::string_view signature) const {
  thread_local const auto scratch = std::make_unique<const Scratch>();
  if (!scratch->ok() || signature.size() != 2 * kNumber) return false;
  BN_CTX* const ctx = scratch->numbers.get();
  Frame frame(ctx);
  BIGNUM* const r = frame.Next();
  BIGNUM* const s = frame.Next();
  BIGNUM* const e = frame.Next();
  BIGNUM* const x = frame.Next();
  if (x == nullptr) return false;

  const BIGNUM* const order = EC_GROUP_get0_order(Curve());
  const absl::string_view digest(
      reinterpret_cast<const char*>(hash.bytes.data()), hash.size);
  if (!Read(signature.substr(0, kNumber), r) ||
      !Read(signature.substr(kNumber), s) || !Read(digest, e) ||
      !IsScalar(r, order) || !IsScalar(s, order)) {
    return false;
  }
  // u1 = e / s, u2 = r / s; (x, y) = u1 G + u2 Q.
  EC_POINT* const point = scratch->of_generator.get();
  EC_POINT* const of_key = scratch->of_key.get();
  const bool calculated =
      BN_mod_inverse(s, s, order, ctx) != nullptr &&
      BN_mod_mul(e, e, s, order, ctx) == 1 &&
      BN_mod_mul(s, r, s, order, ctx) == 1 &&
      EC_POINT_mul(Curve(), point, e, nullptr, nullptr, ctx) == 1 &&
      EC_POINT_mul(group_->of_key.get(), of_key, s, nullptr, nullptr, ctx) ==
          1 &&
      EC_POINT_add(Curve(), point, point, of_key, ctx) == 1 &&
      EC_POINT_get_affine_coordinates(Curve(), point, x, nullptr, ctx) == 1 &&
      BN_nnmod(x, x, order, ctx) == 1;
  if (!calculated) ClearOpensslErrors();  // the sum was at infinity
  return calculated && BN_cmp(x, r) == 0;
}

#endif  // OPENSSL_IS_BORINGSSL

P256Table::P256Table(std::unique_ptr<const Group> group)
    : group_(std::move(group)) {}

P256Table::~P256Table() = default;

}  // namespace latchkey
