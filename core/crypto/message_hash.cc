#include "core/crypto/message_hash.h"

#include <algorithm>

#include "core/crypto/hmac.h"

namespace latchkey {
namespace {

template <typename Sha>
MessageHash HashWith(absl::string_view data) {
  MessageHash hash;
  const std::array<uint8_t, Sha::kSize> digest = ShaDigest<Sha>(data);
  std::copy(digest.begin(), digest.end(), hash.bytes.begin());
  hash.size = digest.size();
  return hash;
}

}  // namespace

MessageHash HashMessage(Algorithm algorithm, absl::string_view data) {
  switch (algorithm) {
    case Algorithm::kRs384:
    case Algorithm::kPs384:
    case Algorithm::kEs384:
      return HashWith<Sha384Traits>(data);
    case Algorithm::kRs512:
    case Algorithm::kPs512:
    case Algorithm::kEs512:
      return HashWith<Sha512Traits>(data);
    default:
      return HashWith<Sha256Traits>(data);
  }
}

}  // namespace latchkey
