#include <memory>
#include <utility>

#include "core/base/status_macros.h"
#include "core/store/sqlite/database.h"
#include "core/store/sqlite/schema.h"
#include "core/store/sqlite/sqlite_credential_store.h"
#include "core/store/sqlite/sqlite_event_store.h"
#include "core/store/sqlite/sqlite_key_store.h"
#include "core/store/sqlite/sqlite_one_time_token_store.h"
#include "core/store/sqlite/sqlite_session_store.h"
#include "core/store/sqlite/sqlite_transfer_store.h"
#include "core/store/sqlite/sqlite_user_store.h"
#include "core/store/store.h"

namespace latchkey {
namespace {

class SqliteStore final : public Store {
 public:
  explicit SqliteStore(std::unique_ptr<Database> database)
      : database_(std::move(database)) {}

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
    return database_->Write([&](Connection* connection) -> absl::Status {
      RETURN_IF_ERROR(UpdateUser(connection, user));
      return DeletePassword(connection, user.app, password);
    });
  }
  absl::Status UpdatePasswordByToken(const PasswordRecord& password,
                                     absl::string_view token) override {
    return database_->Write([&](Connection* connection) -> absl::Status {
      RETURN_IF_ERROR(DeleteTokensLike(connection, password.app, token));
      return UpdatePassword(connection, password);
    });
  }
  absl::Status RecordLogin(const UserRecord& user,
                           const SessionRecord& session) override {
    return database_->Write([&](Connection* connection) -> absl::Status {
      RETURN_IF_ERROR(user.version == 0 ? InsertUser(connection, user)
                                        : UpdateUser(connection, user));
      return InsertSession(connection, session);
    });
  }
  absl::Status Healthy() override { return database_->Healthy(); }

 private:
  const std::unique_ptr<Database> database_;
  SqliteUserStore users_{database_.get()};
  SqliteSessionStore sessions_{database_.get()};
  SqlitePasswordStore passwords_{database_.get()};
  SqliteApiKeyStore api_keys_{database_.get()};
  SqliteKeyStore keys_{database_.get()};
  SqliteOneTimeTokenStore one_time_tokens_{database_.get()};
  SqliteTransferStore transfers_{database_.get()};
  SqliteEventStore events_{database_.get()};
};

}  // namespace

absl::StatusOr<std::unique_ptr<Store>> NewSqliteStore(SqliteOptions options) {
  ASSIGN_OR_RETURN(std::unique_ptr<Database> database,
                   Database::Open(options, AllMigrations()));
  return std::make_unique<SqliteStore>(std::move(database));
}

}  // namespace latchkey
