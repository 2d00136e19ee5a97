// UserTransfer to and from what the stores keep.
#ifndef LATCHKEY_SERVER_RPC_TRANSFER_CODEC_H_
#define LATCHKEY_SERVER_RPC_TRANSFER_CODEC_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "core/app/app.h"
#include "core/base/identity.h"
#include "core/json/document.h"
#include "core/store/transfer_store.h"
#include "latchkey/v1/user_admin_service.pb.h"

namespace latchkey {

// TransferReader checks rows of one app and makes records of them.
// Thread-compatible; for one batch: remembers the app's providers.
class TransferReader final {
 public:
  struct Options {
    std::shared_ptr<const App> app;
    absl::Time now;
    uint64_t max_hash_memory_kib = 0;
  };
  explicit TransferReader(Options options) : options_(std::move(options)) {}

  // Read makes the records of `row`, and fills what of the outcome the row
  // alone decides. INVALID_REQUEST with the field that breaks a rule.
  absl::StatusOr<TransferRow> Read(const v1::UserTransfer& row,
                                   v1::ImportOutcome* outcome);

 private:
  // Where identities of a kind go.
  struct Place {
    ProviderKind kind = ProviderKind::kAnonymous;
    ProviderName provider;
    bool enabled = false;
  };

  absl::StatusOr<Place> FindPlace(const v1::IdentityTransfer& from) const;
  absl::StatusOr<Place> PlaceOf(const v1::IdentityTransfer& from);
  // The text of a JSON object; "{}" for none.
  absl::StatusOr<std::string> ReadObject(absl::string_view field,
                                         const std::string& text, size_t max);
  absl::Status ReadUser(const v1::UserTransfer& from, UserRecord* user);
  absl::StatusOr<IdentityRecord> ReadIdentity(const v1::IdentityTransfer& from,
                                              absl::Time made, TransferRow* row,
                                              v1::ImportOutcome* outcome);
  absl::Status ReadPassword(const v1::IdentityTransfer& from,
                            IdentityRecord* identity, TransferRow* row);
  absl::Status ReadApiKeys(const v1::UserTransfer& from, TransferRow* row);

  const Options options_;
  json::Document document_;
  absl::flat_hash_map<std::string, Place> places_;
};

// WriteTransfer fills *out from a user and what `row` has besides.
void WriteTransfer(const TransferRow& row, v1::UserTransfer* out);

}  // namespace latchkey

#endif  // LATCHKEY_SERVER_RPC_TRANSFER_CODEC_H_
