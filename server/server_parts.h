// What a service is made of, and how it hangs together. For server*.cc alone.
#ifndef LATCHKEY_SERVER_SERVER_PARTS_H_
#define LATCHKEY_SERVER_SERVER_PARTS_H_

#include <memory>
#include <vector>

#include "core/app/app.h"
#include "core/audit/audit.h"
#include "core/base/background_task.h"
#include "core/base/clock.h"
#include "core/base/random.h"
#include "core/base/snapshot.h"
#include "core/events/event_log.h"
#include "core/events/webhook.h"
#include "core/jwks/http_fetcher.h"
#include "core/jwks/jwks_cache.h"
#include "core/jwt/frequent_keys.h"
#include "core/login/account_service.h"
#include "core/login/anonymous_sweep.h"
#include "core/login/api_key_manager.h"
#include "core/login/email_accounts.h"
#include "core/login/link_service.h"
#include "core/login/login_service.h"
#include "core/login/one_time_tokens.h"
#include "core/login/password_reset_service.h"
#include "core/login/registration_service.h"
#include "core/mail/mail_queue.h"
#include "core/mail/mail_sender.h"
#include "core/metrics/metrics.h"
#include "core/outbound/outbound_credentials.h"
#include "core/policy/rate_limiter.h"
#include "core/provider/api_key_service.h"
#include "core/provider/password_service.h"
#include "core/session/access_tokens.h"
#include "core/session/key_ring_loader.h"
#include "core/session/revocations.h"
#include "core/session/served_apps.h"
#include "core/session/session_service.h"
#include "core/store/store.h"
#include "server/app_services/app_services.h"
#include "server/function/grpc_function_client.h"
#include "server/grpc/grpc_server.h"
#include "server/http/http_server.h"
#include "server/readiness.h"
#include "server/rpc/audit_service.h"
#include "server/rpc/auth_service.h"
#include "server/rpc/caller.h"
#include "server/rpc/dispatcher.h"
#include "server/rpc/email_password_service.h"
#include "server/rpc/event_watches.h"
#include "server/rpc/method_table.h"
#include "server/rpc/outbound_service.h"
#include "server/rpc/provider_admin_service.h"
#include "server/rpc/server_key_service.h"
#include "server/rpc/user_admin_service.h"
#include "server/rpc/user_api_key_service.h"
#include "server/rpc/user_import.h"
#include "server/server.h"

namespace latchkey {

// Everything of a service, wired. Members are made in this order and destroyed
// backwards. Used by one thread, as Server is.
struct Server::Parts {
  Parts(Config config_in, std::unique_ptr<Store> store_in,
        std::unique_ptr<KeyRing> keys_in);
  ~Parts();
  Parts(const Parts&) = delete;
  Parts& operator=(const Parts&) = delete;

  absl::Status LoadApps(const std::vector<AppSettings>& apps);
  absl::Status Listen();
  void Watch();
  void StartWebhooks();
  ProviderDeps Dependencies();
  EmailAccountDeps EmailDependencies();
  void PublishHealth();
  void LookAtHealth();
  void CloseListeners(absl::Time deadline);
  // How long a revocation is remembered: while an access token of its session
  // may live.
  absl::Duration LifeOfRevocations() const;

  Config config;  // its webhooks move to where they run
  Clock* const clock = Clock::RealClock();
  Random* const random = Random::SystemRandom();
  const std::unique_ptr<Store> store;
  const std::unique_ptr<KeyRing> keys;
  Metrics metrics;
  LogAuditSink audit_lines;
  EventLog audit;
  const std::unique_ptr<HttpFetcher> fetcher = NewCurlFetcher();
  JwksCache jwks;
  OutboundCredentials outbound;
  FrequentKeys frequent_keys;
  Revocations revocations;
  ServedApps served_apps;
  AccessTokens access_tokens;
  SessionService sessions;
  PasswordService passwords;
  ApiKeyService api_keys;
  RateLimiter attempts;
  RateLimiter wide_attempts;
  const std::unique_ptr<MailSender> mail_sender;  // null without smtp
  const std::unique_ptr<MailQueue> mails;         // likewise
  AddressLimiter mail_addresses;
  const std::unique_ptr<AuthFunctionConnector> functions;
  Snapshot<AppTable> apps;
  LoginService logins;
  LinkService links;
  AccountService accounts;
  AnonymousSweep anonymous_sweep;
  ApiKeyManager key_manager;
  OneTimeTokens one_time_tokens;
  RegistrationService registrations;
  PasswordResetService password_resets;
  CallerAuthenticator callers;
  AdminGuard guard;
  AuthService auth_service;
  EmailPasswordService email_service;
  UserApiKeyService key_service;
  UserAdminService user_admin;
  UserTransferService user_transfers;
  ServerKeyService server_keys;
  ProviderAdminService provider_admin;
  EventWatches event_watches;
  AuditService audit_service;
  OutboundService outbound_service;
  Readiness readiness;
  MethodTable methods;
  // Outlives the calls that the dispatcher still has.
  std::unique_ptr<AppServices> app_services;
  Dispatcher dispatcher;
  std::vector<std::unique_ptr<Webhook>> webhooks;
  std::vector<std::unique_ptr<GrpcServer>> grpc;
  std::unique_ptr<HttpServer> http;
  std::unique_ptr<BackgroundTask> anonymous;
  std::unique_ptr<BackgroundTask> sweep;
  std::unique_ptr<BackgroundTask> health;
  bool stopped = false;
};

}  // namespace latchkey

#endif  // LATCHKEY_SERVER_SERVER_PARTS_H_
