#include "core/store/sqlite/sqlite_one_time_token_store.h"

#include <cstdint>

#include "core/base/reason.h"
#include "core/base/status_macros.h"
#include "core/store/sqlite/query.h"

namespace latchkey {
namespace {

// Bounds one call of RemoveExpired, and so how long other writes wait for it.
constexpr size_t kMaxRemoved = 1000;

absl::StatusOr<OneTimeToken> FindToken(Connection* connection, const AppId& app,
                                       absl::string_view id) {
  Query query(connection,
              "SELECT id, app, provider, purpose, password, email, sha256,"
              " expires_at FROM one_time_tokens WHERE app = ? AND id = ?");
  query.Text(app.value()).Text(id);
  ASSIGN_OR_RETURN(const bool found, query.Next());
  if (!found) {
    return Error(Reason::kResourceNotFound, "no such one-time token");
  }
  OneTimeToken token;
  token.id = query.ReadText();
  token.app = AppId(query.ReadText());
  token.provider = ProviderName(query.ReadText());
  token.purpose = static_cast<TokenPurpose>(query.ReadInt());
  token.password = query.ReadText();
  token.email = query.ReadText();
  token.sha256 = query.ReadText();
  token.expires_at = query.ReadTime();
  return token;
}

absl::Status InsertToken(Connection* connection, const OneTimeToken& token) {
  Query query(connection,
              "INSERT INTO one_time_tokens (id, app, provider, purpose,"
              " password, email, sha256, expires_at)"
              " VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
  query.Text(token.id).Text(token.app.value()).Text(token.provider.value());
  query.Int(static_cast<int64_t>(token.purpose)).Text(token.password);
  query.Text(token.email).Blob(token.sha256).Time(token.expires_at);
  return query.Run();
}

}  // namespace

absl::Status DeleteTokensLike(Connection* connection, const AppId& app,
                              absl::string_view id) {
  ASSIGN_OR_RETURN(const OneTimeToken token, FindToken(connection, app, id));
  Query query(connection,
              "DELETE FROM one_time_tokens"
              " WHERE app = ? AND password = ? AND purpose = ?");
  query.Text(app.value()).Text(token.password);
  return query.Int(static_cast<int64_t>(token.purpose)).Run();
}

absl::Status SqliteOneTimeTokenStore::Insert(const OneTimeToken& token) {
  return database_->Write(
      [&](Connection* connection) { return InsertToken(connection, token); });
}

absl::StatusOr<OneTimeToken> SqliteOneTimeTokenStore::Find(
    const AppId& app, absl::string_view id) {
  return database_->Read(
      [&](Connection* connection) { return FindToken(connection, app, id); });
}

absl::StatusOr<size_t> SqliteOneTimeTokenStore::RemoveExpired(absl::Time now) {
  size_t removed = 0;
  RETURN_IF_ERROR(database_->Write([&](Connection* connection) {
    Query query(connection,
                "DELETE FROM one_time_tokens WHERE seq IN (SELECT seq FROM"
                " one_time_tokens WHERE expires_at < ? LIMIT ?)");
    absl::Status status = query.Time(now).Limit(kMaxRemoved).Run();
    removed = connection->Changes();
    return status;
  }));
  return removed;
}

}  // namespace latchkey
