#include "server/server.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/app/app.h"
#include "core/audit/audit.h"
#include "core/base/background_task.h"
#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/named_thread.h"
#include "core/base/random.h"
#include "core/base/reason.h"
#include "core/base/snapshot.h"
#include "core/base/status_macros.h"
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
#include "server/service_metrics.h"

namespace latchkey {
namespace {

// Required key sources get this long before the service listens anyway,
// reporting NOT_SERVING until they are there.
constexpr absl::Duration kFirstLoadWait = absl::Seconds(2);
constexpr absl::Duration kHealthInterval = absl::Seconds(2);
constexpr absl::Duration kSweepInterval = absl::Minutes(1);
// What the stores remove in one call.
constexpr size_t kFullSweep = 1000;
// For whatever a stop does besides draining; only a disk that hangs or a call
// that outlives drain_timeout needs so long.
constexpr absl::Duration kStopGrace = absl::Seconds(10);

absl::StatusOr<std::unique_ptr<Store>> OpenStore(const Config& config) {
  if (!config.sqlite.has_value()) return NewMemoryStore();
  return NewSqliteStore(*config.sqlite);
}

// A store in memory holds fewer.
constexpr size_t kMaxEventsInMemory = 10'000;

EventLogOptions EventOptions(const Config& config) {
  EventLogOptions options = config.events.log;
  if (!config.sqlite.has_value()) {
    options.max_events = std::min(options.max_events, kMaxEventsInMemory);
  }
  return options;
}

// A revocation is remembered while an access token of the session may live.
absl::Duration LifeOfRevocations(const Config& config) {
  return config.tokens.access_ttl + config.tokens.leeway + absl::Minutes(1);
}

AccessTokenOptions AccessOptions(const Config& config, const ServedApps* apps) {
  AccessTokenOptions options;
  options.issuer = config.issuer;
  options.ttl = config.tokens.access_ttl;
  options.leeway = config.tokens.leeway;
  options.cache_entries = config.verify_cache_entries;
  options.max_user_data = config.max_user_data;
  options.apps = apps;
  return options;
}

// What one peer may try on all names, and all peers on one.
RateLimiter::Options TenTimes(RateLimiter::Options options) {
  options.per_minute *= 10;
  options.burst *= 10;
  return options;
}

SessionOptions SessionOptionsOf(const Config& config) {
  SessionOptions options;
  options.refresh_ttl = config.tokens.refresh_ttl;
  options.refresh_grace = config.tokens.refresh_grace;
  return options;
}

std::unique_ptr<MailSender> MailSenderOf(const Config& config) {
  if (!config.mail.has_value()) return nullptr;
  return NewSmtpSender(&config.mail->smtp);
}

std::unique_ptr<MailQueue> MailQueueOf(const Config& config, MailSender* sender,
                                       Clock* clock, Random* random) {
  if (sender == nullptr) return nullptr;
  return std::make_unique<MailQueue>(config.mail->queue, sender, clock, random);
}

DispatcherOptions LaneOptions(const LimitsConfig& limits) {
  DispatcherOptions options;
  options.store_workers = limits.store_workers;
  options.remote_workers = limits.remote_workers;
  options.hash_workers = limits.hash_workers;
  options.queue_length = limits.queue_length;
  options.hash_queue_length = limits.hash_queue_length;
  return options;
}

}  // namespace

// Core: everything below the transports. Members are made in this order and
// destroyed backwards.
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

Server::Parts::Parts(Config config_in, std::unique_ptr<Store> store_in,
                     std::unique_ptr<KeyRing> keys_in)
    : config(std::move(config_in)),
      store(std::move(store_in)),
      keys(std::move(keys_in)),
      audit(EventOptions(config), {&audit_lines, store->events(), clock}),
      jwks(config.key_sources, fetcher.get(), clock, random),
      outbound(config.outbound, fetcher.get(), clock, random),
      frequent_keys(
          {.max_tables = config.max_key_tables},
          [this] {
            // Ours first: no foreign set takes their place.
            std::vector<std::shared_ptr<const KeyTable>> tables = {
                keys->SharePublished()};
            for (auto& table : jwks.Tables()) {
              tables.push_back(std::move(table));
            }
            return tables;
          },
          clock),
      revocations(LifeOfRevocations(config)),
      access_tokens(AccessOptions(config, &served_apps), keys.get(),
                    &revocations, random),
      sessions(SessionOptionsOf(config),
               {store.get(), keys.get(), &access_tokens, &revocations, &audit,
                clock, random, &served_apps}),
      passwords(config.passwords, store->passwords(), clock, random),
      api_keys(config.api_keys, store.get(), clock, random),
      attempts(config.limits.login_attempts),
      wide_attempts(TenTimes(config.limits.login_attempts)),
      mail_sender(MailSenderOf(config)),
      mails(MailQueueOf(config, mail_sender.get(), clock, random)),
      mail_addresses(config.mail.has_value() ? config.mail->limits
                                             : MailLimits()),
      functions(NewGrpcFunctionConnector()),
      apps(std::make_shared<const AppTable>(
          std::vector<std::shared_ptr<const App>>())),
      logins({&apps, store.get(), &sessions, &attempts, &wide_attempts, &audit,
              clock, random}),
      links({&logins, &sessions, store.get(), &audit, clock}),
      accounts({store.get(), &sessions, &audit, clock, random}),
      anonymous_sweep({&apps, store.get(), &sessions, &audit, clock}),
      key_manager({&api_keys, &sessions, &audit}),
      one_time_tokens(store.get(), clock, random),
      registrations(EmailDependencies(), &one_time_tokens, &mail_addresses),
      password_resets(EmailDependencies(), &one_time_tokens, &mail_addresses),
      callers(&access_tokens, clock),
      guard(config.admin_keys, &audit),
      auth_service({&apps, &logins, &links, &accounts, &sessions, store.get(),
                    &api_keys, &access_tokens, &callers, &metrics, clock,
                    config.limits.max_batch_message_bytes}),
      email_service({&apps, &passwords, &sessions, store.get(), &attempts,
                     &callers, &audit, clock, &registrations,
                     &password_resets}),
      key_service({&apps, &api_keys, store.get(), &callers, &key_manager}),
      user_admin({&apps, &accounts, &sessions, &passwords, store.get(), &guard,
                  &audit, clock}),
      user_transfers({&apps, &passwords, store.get(), &guard, &audit, clock,
                      config.limits.max_batch_message_bytes}),
      server_keys({&apps, &accounts, &api_keys, &key_manager, &guard}),
      provider_admin({&apps, &jwks, &guard, &audit, clock}),
      event_watches(config.events.max_watchers, store->events(), clock),
      audit_service({store->events(), &audit, &event_watches, &guard}),
      outbound_service({&outbound, &guard, &audit}),
      readiness(store.get(), &jwks, clock),
      methods(config.limits.max_message_bytes),
      dispatcher(LaneOptions(config.limits), clock, &metrics) {
  auth_service.Register(&methods);
  email_service.Register(&methods);
  key_service.Register(&methods);
  user_admin.Register(&methods);
  user_transfers.Register(&methods);
  server_keys.Register(&methods);
  provider_admin.Register(&methods);
  audit_service.Register(&methods);
  outbound_service.Register(&methods);
  methods.RegisterSeries(&metrics);
  app_services = std::make_unique<AppServices>(
      AppServices::Options{config.issuer, config.limits.default_deadline},
      AppServices::Deps{&apps, &methods, &dispatcher, &logins, &links,
                        &accounts, &sessions, &access_tokens, &api_keys,
                        store.get(), &wide_attempts, &metrics, clock, random,
                        keys.get(), &audit});
  AddServiceMetrics(
      &metrics, {&jwks, &outbound, &dispatcher, &readiness, clock, mails.get(),
                 &audit, &event_watches, &anonymous_sweep});
  StartWebhooks();
}

// They are told apart in the metrics by their names.
void Server::Parts::StartWebhooks() {
  for (WebhookSettings& settings : config.events.webhooks) {
    webhooks.push_back(std::make_unique<Webhook>(
        std::move(settings), Webhook::Deps{store->events(), store->users(),
                                           fetcher.get(), clock, random}));
  }
  metrics.AddCollector([this] { return WebhookSamples(webhooks); });
  audit.AddListener([this] {
    event_watches.Wake();
    for (const auto& webhook : webhooks) webhook->Wake();
  });
}

Server::Parts::~Parts() { audit.RemoveListeners(); }

EmailAccountDeps Server::Parts::EmailDependencies() {
  return {&apps,          &passwords,  &sessions, store.get(), &attempts,
          &wide_attempts, mails.get(), &audit,    clock,       random};
}

ProviderDeps Server::Parts::Dependencies() {
  ProviderDeps deps;
  deps.clock = clock;
  deps.random = random;
  deps.jwks = &jwks;
  deps.store = store.get();
  deps.passwords = &passwords;
  deps.functions = functions.get();
  deps.http = fetcher.get();
  deps.fetch = config.key_sources.fetch;
  return deps;
}

absl::Status Server::Parts::LoadApps(const std::vector<AppSettings>& settings) {
  ASSIGN_OR_RETURN(std::shared_ptr<const AppTable> table,
                   BuildAppTable(settings, Dependencies()));
  std::vector<AppId> ids;
  for (const auto& app : table->apps()) ids.push_back(app->id);
  apps.Set(std::move(table));
  served_apps.Set(ids);
  return absl::OkStatus();
}

absl::Status Server::Parts::Listen() {
  for (const ListenerConfig& listener : config.listeners) {
    ASSIGN_OR_RETURN(std::unique_ptr<GrpcServer> server,
                     GrpcServer::Start(listener, config.limits,
                                       {&methods, &dispatcher, clock, random}));
    grpc.push_back(std::move(server));
  }
  if (config.http.has_value()) {
    HttpServer::Deps deps;
    deps.methods = &methods;
    deps.dispatcher = &dispatcher;
    deps.keys = keys.get();
    deps.metrics = &metrics;
    deps.clock = clock;
    deps.random = random;
    deps.not_ready_because = [this] { return readiness.NotReadyBecause(); };
    deps.handlers = {app_services.get()};
    ASSIGN_OR_RETURN(http, HttpServer::Start(*config.http, config.limits,
                                             config.issuer, std::move(deps)));
  }
  return absl::OkStatus();
}

void Server::Parts::LookAtHealth() {
  readiness.Look();
  PublishHealth();
}

void Server::Parts::PublishHealth() {
  const bool ready = readiness.NotReadyBecause().empty();
  for (const auto& server : grpc) server->SetServing(ready);
}

void Server::Parts::Watch() {
  LookAtHealth();
  health = std::make_unique<BackgroundTask>("lk-health", clock, [this] {
    LookAtHealth();
    return clock->TimeNow() + kHealthInterval;
  });
  anonymous = std::make_unique<BackgroundTask>(
      "lk-anonymous", clock, [this] { return anonymous_sweep.Step(); });
  sweep = std::make_unique<BackgroundTask>("lk-sweep", clock, [this] {
    const absl::Time now = clock->TimeNow();
    const absl::StatusOr<size_t> removed =
        store->sessions()->RemoveDead(now - LifeOfRevocations(config));
    const absl::StatusOr<size_t> expired =
        store->one_time_tokens()->RemoveExpired(now);
    // A full sweep leaves more behind: go on at once.
    const bool more = (removed.ok() && *removed >= kFullSweep) ||
                      (expired.ok() && *expired >= kFullSweep);
    return more ? now : now + kSweepInterval;
  });
}

// All at once: each lets its running calls end, and none waits for another.
void Server::Parts::CloseListeners(absl::Time deadline) {
  const auto left = [&] { return deadline - clock->TimeNow(); };
  std::vector<std::unique_ptr<NamedThread>> closing;
  for (const auto& server : grpc) {
    closing.push_back(std::make_unique<NamedThread>(
        "lk-stop", [&server, deadline] { server->Shutdown(deadline); }));
  }
  if (http != nullptr) http->Stop(left());
  closing.clear();  // joins
  dispatcher.Drain(left());
}

absl::StatusOr<std::unique_ptr<Server>> Server::Start(Config config) {
  ASSIGN_OR_RETURN(std::unique_ptr<Store> store, OpenStore(config));
  ASSIGN_OR_RETURN(std::unique_ptr<KeyRing> keys,
                   LoadKeyRing(store->keys(), config.tokens.signing_algorithm,
                               config.tokens.access_ttl + config.tokens.leeway,
                               Clock::RealClock()));
  std::vector<OutboundSettings> outbound =
      std::move(config.outbound_credentials);
  auto parts = std::make_unique<Parts>(std::move(config), std::move(store),
                                       std::move(keys));
  RETURN_IF_ERROR(
      parts->sessions.LoadRevocations(LifeOfRevocations(parts->config)));
  RETURN_IF_ERROR(parts->LoadApps(parts->config.apps));
  parts->outbound.Replace(std::move(outbound));
  parts->jwks.WaitForFirstLoad(parts->clock->TimeNow() + kFirstLoadWait);
  RETURN_IF_ERROR(parts->Listen());
  parts->Watch();
  std::unique_ptr<Server> server(new Server(std::move(parts)));
  Log(LogLevel::kInfo, "ready",
      {{"grpc", absl::StrJoin(server->grpc_addresses(), ",")},
       {"http", server->http_address()}});
  return server;
}

Server::Server(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Server::~Server() { Stop(); }

std::vector<std::string> Server::grpc_addresses() const {
  std::vector<std::string> addresses;
  for (const auto& server : parts_->grpc) {
    addresses.push_back(server->address());
  }
  return addresses;
}

std::string Server::http_address() const {
  return parts_->http == nullptr ? "" : parts_->http->address();
}

absl::Status Server::Reload(Config config) {
  for (const std::string& section :
       ChangedOutsideApps(parts_->config, config)) {
    Log(LogLevel::kWarning, "config_change_needs_restart",
        {{"section", section}});
  }
  RETURN_IF_ERROR(parts_->LoadApps(config.apps));
  parts_->outbound.Replace(std::move(config.outbound_credentials));
  // Readiness may hang on a key source that came or went.
  if (parts_->health != nullptr) parts_->health->Wake();
  return absl::OkStatus();
}

void Server::NoteReload(const absl::Status& status) {
  parts_->readiness.SetReloadFailure(
      status.ok() ? "" : std::string(status.message()));
}

absl::Duration Server::stop_limit() const {
  return parts_->config.drain_delay + parts_->config.drain_timeout + kStopGrace;
}

void Server::Stop() {
  Parts& parts = *parts_;
  if (std::exchange(parts.stopped, true)) return;
  parts.readiness.SetStopping();
  parts.PublishHealth();
  // Endpoints that watch health need a moment to send callers elsewhere.
  if (parts.config.drain_delay > absl::ZeroDuration()) {
    absl::Mutex mu;
    absl::MutexLock lock(&mu);
    bool never = false;
    parts.clock->AwaitWithDeadline(
        &mu, absl::Condition(&never),
        parts.clock->TimeNow() + parts.config.drain_delay);
  }
  parts.health.reset();
  const absl::Time deadline =
      parts.clock->TimeNow() + parts.config.drain_timeout;
  // Or their streams would stay open for all of drain_timeout.
  parts.event_watches.Stop();
  parts.CloseListeners(deadline);
  // What those calls promised.
  if (parts.mails != nullptr) parts.mails->Drain(deadline);
  parts.anonymous.reset();
  parts.sweep.reset();
  parts.audit.Flush(deadline);
}

}  // namespace latchkey
