// The shapes in which users arrive, and the one in which they leave.
#ifndef LATCHKEY_CLIENTS_CLI_USER_FORMATS_H_
#define LATCHKEY_CLIENTS_CLI_USER_FORMATS_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "core/json/document.h"
#include "latchkey/v1/user_admin_service.pb.h"

namespace latchkey {

// Each reads one object of a file into *out. INVALID_ARGUMENT saying what is
// wrong with it, without its values.

// ReadAppServicesUser: a user of the Admin API ({_id, identities, ...}), or a
// pending one ({_id, login_ids}).
absl::Status ReadAppServicesUser(json::Node row, v1::UserTransfer* out);

// IsAppServicesTable: a line that `appservices users list -f json` prints for
// each kind of provider. ReadAppServicesTable adds its users to *out; they have
// no ids of their identities, so only addresses become identities.
bool IsAppServicesTable(json::Node row);
absl::Status ReadAppServicesTable(json::Node row,
                                  std::vector<v1::UserTransfer>* out);

// How a Firebase project hashes passwords (its console shows it).
struct FirebaseHashing {
  std::string signer_key;  // base64; empty: rows with a hash are refused
  std::string salt_separator = "Bw==";
  int rounds = 8;
  int mem_cost = 14;
};
// ReadFirebaseUser: a user of `firebase auth:export`. The id is made from
// localId, which is kept in custom_data as "firebase_uid".
absl::Status ReadFirebaseUser(json::Node row, const FirebaseHashing& hashing,
                              v1::UserTransfer* out);

// ReadGenericUser reads what GenericUser writes, strictly: members that are not
// known are refused.
absl::Status ReadGenericUser(json::Node row, v1::UserTransfer* out);
std::string GenericUser(const v1::UserTransfer& user);

}  // namespace latchkey

#endif  // LATCHKEY_CLIENTS_CLI_USER_FORMATS_H_
