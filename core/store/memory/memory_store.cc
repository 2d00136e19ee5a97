#include <memory>

#include "core/store/memory/memory_credential_store.h"
#include "core/store/memory/memory_event_store.h"
#include "core/store/memory/memory_key_store.h"
#include "core/store/memory/memory_one_time_token_store.h"
#include "core/store/memory/memory_session_store.h"
#include "core/store/memory/memory_transfer_store.h"
#include "core/store/memory/memory_user_store.h"
#include "core/store/store.h"

namespace latchkey {
namespace {

class MemoryStore final : public Store {
 public:
  UserStore* users() override { return &users_; }
  SessionStore* sessions() override { return &sessions_; }
  PasswordStore* passwords() override { return &passwords_; }
  ApiKeyStore* api_keys() override { return &api_keys_; }
  KeyStore* keys() override { return &keys_; }
  OneTimeTokenStore* one_time_tokens() override { return &one_time_tokens_; }
  TransferStore* transfers() override { return &transfers_; }
  EventStore* events() override { return &events_; }
  absl::Status UpdateAndRemovePassword(const UserRecord& user,
                                       absl::string_view password) override {
    return users_.CompareAndUpdateWith(user, [&] {
      passwords_.Remove(user.app, password).IgnoreError();
      return absl::OkStatus();
    });
  }
  absl::Status UpdatePasswordByToken(const PasswordRecord& password,
                                     absl::string_view token) override {
    return one_time_tokens_.UseUp(password.app, token, [&] {
      return passwords_.CompareAndUpdate(password);
    });
  }
  absl::Status RecordLogin(const UserRecord& user,
                           const SessionRecord& session) override {
    const auto begin = [&] { return sessions_.Insert(session); };
    return user.version == 0 ? users_.InsertWith(user, begin)
                             : users_.CompareAndUpdateWith(user, begin);
  }
  absl::Status Healthy() override { return absl::OkStatus(); }

 private:
  MemoryUserStore users_;
  MemorySessionStore sessions_;
  MemoryPasswordStore passwords_;
  MemoryApiKeyStore api_keys_;
  MemoryKeyStore keys_;
  MemoryOneTimeTokenStore one_time_tokens_;
  MemoryTransferStore transfers_{&users_, &passwords_, &api_keys_};
  MemoryEventStore events_;
};

}  // namespace

std::unique_ptr<Store> NewMemoryStore() {
  return std::make_unique<MemoryStore>();
}

}  // namespace latchkey
