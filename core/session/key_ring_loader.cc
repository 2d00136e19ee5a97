#include "core/session/key_ring_loader.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/reason.h"
#include "core/base/status_macros.h"
#include "core/crypto/signing_key.h"

namespace latchkey {
namespace {

constexpr char kAccess[] = "access";
constexpr char kRefresh[] = "refresh";

// Each round another replica may have been faster; it cannot be for ever.
constexpr int kMaxRounds = 8;

// FindActive gives the oldest active key of the purpose, so that every replica
// takes the same one; null when there is none.
const StoredKey* FindActive(const std::vector<StoredKey>& keys,
                            absl::string_view purpose) {
  const StoredKey* found = nullptr;
  for (const StoredKey& key : keys) {
    if (key.purpose != purpose || key.state != KeyState::kActive) continue;
    if (found == nullptr || key.created_at < found->created_at ||
        (key.created_at == found->created_at && key.kid < found->kid)) {
      found = &key;
    }
  }
  return found;
}

absl::Status InsertNewKey(KeyStore* store, absl::string_view purpose,
                          Algorithm algorithm, absl::Time now) {
  ASSIGN_OR_RETURN(const SigningKey key, SigningKey::Generate(algorithm));
  StoredKey stored;
  stored.kid = key.kid();
  stored.purpose = std::string(purpose);
  stored.algorithm = std::string(AlgorithmName(algorithm));
  stored.created_at = now;
  ASSIGN_OR_RETURN(stored.material, key.Serialize());
  absl::Status inserted =
      store->InsertKey(stored, /*only_if_none_active=*/true);
  // Another replica was faster: its key is as good.
  if (GetReason(inserted) == Reason::kResourceExists) return absl::OkStatus();
  return inserted;
}

struct Wanted {
  const char* purpose;
  Algorithm algorithm;
  absl::Duration keep_retired;
};

// EnsureActive makes one step towards an active key as wanted; true when it is
// there.
absl::StatusOr<bool> EnsureActive(KeyStore* store,
                                  const std::vector<StoredKey>& keys,
                                  const Wanted& wanted, absl::Time now) {
  const StoredKey* active = FindActive(keys, wanted.purpose);
  if (active == nullptr) {
    RETURN_IF_ERROR(InsertNewKey(store, wanted.purpose, wanted.algorithm, now));
    return false;
  }
  if (active->algorithm == AlgorithmName(wanted.algorithm)) return true;
  RETURN_IF_ERROR(store->SetKeyState(active->kid, KeyState::kRetired,
                                     now + wanted.keep_retired));
  return false;
}

absl::StatusOr<std::vector<StoredKey>> ListWithActive(KeyStore* store,
                                                      const Wanted& access,
                                                      absl::Time now) {
  const Wanted refresh = {kRefresh, Algorithm::kHs256, absl::ZeroDuration()};
  for (int round = 0; round < kMaxRounds; ++round) {
    ASSIGN_OR_RETURN(std::vector<StoredKey> keys, store->ListKeys());
    ASSIGN_OR_RETURN(const bool has_access,
                     EnsureActive(store, keys, access, now));
    ASSIGN_OR_RETURN(const bool has_refresh,
                     EnsureActive(store, keys, refresh, now));
    if (has_access && has_refresh) return keys;
  }
  return Error(Reason::kInternal, "the key ring does not come to rest");
}

// Open restores the key and has it sign and verify once.
absl::StatusOr<std::shared_ptr<const SigningKey>> Open(
    const StoredKey& stored) {
  const auto broken = [&stored](absl::string_view what) {
    return Error(Reason::kInternal,
                 absl::StrCat("key ", stored.kid, ": ", what));
  };
  const std::optional<Algorithm> algorithm = ParseAlgorithm(stored.algorithm);
  if (!algorithm) return broken("unknown algorithm");
  absl::StatusOr<SigningKey> key =
      SigningKey::FromSerialized(*algorithm, stored.kid, stored.material);
  if (!key.ok()) return broken(key.status().message());

  constexpr char kMessage[] = "latchkey self-test";
  std::string signature;
  if (!key->Sign(kMessage, &signature).ok() ||
      !key->public_key().Verify(kMessage, signature).ok()) {
    return broken("the self-test failed");
  }
  // A check that accepts everything would be worse than none.
  if (key->public_key().Verify("another message", signature).ok()) {
    return broken("the self-test accepted a wrong signature");
  }
  return std::make_shared<const SigningKey>(*std::move(key));
}

bool IsPublished(const StoredKey& key, absl::Time now) {
  return key.purpose == kAccess &&
         (key.state != KeyState::kRetired || key.not_after > now);
}

}  // namespace

absl::StatusOr<std::unique_ptr<KeyRing>> LoadKeyRing(
    KeyStore* store, Algorithm algorithm, absl::Duration keep_retired,
    Clock* clock) {
  if (IsMac(algorithm)) {
    return Error(Reason::kInvalidRequest,
                 "access tokens are not signed with a shared secret");
  }
  const absl::Time now = clock->TimeNow();
  ASSIGN_OR_RETURN(
      const std::vector<StoredKey> keys,
      ListWithActive(store, {kAccess, algorithm, keep_retired}, now));

  const StoredKey* stored_access = FindActive(keys, kAccess);
  std::shared_ptr<const SigningKey> active;
  std::vector<PublicKey> published;
  for (const StoredKey& stored : keys) {
    if (!IsPublished(stored, now)) continue;
    ASSIGN_OR_RETURN(std::shared_ptr<const SigningKey> key, Open(stored));
    published.push_back(key->public_key());
    if (&stored == stored_access) active = std::move(key);
  }
  ASSIGN_OR_RETURN(std::shared_ptr<const SigningKey> refresh,
                   Open(*FindActive(keys, kRefresh)));
  return std::make_unique<KeyRing>(std::move(active), std::move(published),
                                   std::move(refresh));
}

}  // namespace latchkey
