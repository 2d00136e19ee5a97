// MergeUserData puts what a provider said of a user into the user's data.
#ifndef LATCHKEY_CORE_LOGIN_USER_DATA_H_
#define LATCHKEY_CORE_LOGIN_USER_DATA_H_

#include "core/base/identity.h"
#include "core/store/user_store.h"

namespace latchkey {

// MergeUserData changes user->data_json; true when it is another text then.
// Data that would pass the limits of json::MergeObjects is left out as a whole,
// with a log line ("user_data_kept"): who the user is was proven, and a
// provider that says more at each login must not lock its users out.
bool MergeUserData(const ProvenIdentity& proven, UserRecord* user);

}  // namespace latchkey

#endif  // LATCHKEY_CORE_LOGIN_USER_DATA_H_
