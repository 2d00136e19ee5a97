#include "server/server_parts.h"

#include <algorithm>
#include <utility>

#include "absl/time/time.h"
#include "core/base/status_macros.h"
#include "server/service_metrics.h"

namespace latchkey {
namespace {

// A store in memory holds fewer.
constexpr size_t kMaxEventsInMemory = 10'000;

EventLogOptions EventOptions(const Config& config) {
  EventLogOptions options = config.events.log;
  if (!config.sqlite.has_value()) {
    options.max_events = std::min(options.max_events, kMaxEventsInMemory);
  }
  return options;
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
      revocations(LifeOfRevocations()),
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

absl::Duration Server::Parts::LifeOfRevocations() const {
  return config.tokens.access_ttl + config.tokens.leeway + absl::Minutes(1);
}

}  // namespace latchkey
