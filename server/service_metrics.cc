#include "server/service_metrics.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "server/version.h"

namespace latchkey {
namespace {

void AddSource(const KeySourceStatus& source, absl::Time now,
               std::vector<MetricSample>* out) {
  const std::vector<std::pair<std::string, std::string>> labels = {
      {"issuer", source.id}};
  const auto counter = [&](const char* name, const char* help, uint64_t value) {
    out->push_back({name, help, labels, static_cast<double>(value), true});
  };
  if (source.last_success.has_value()) {
    out->push_back({"latchkey_jwks_age_seconds",
                    "Time since the issuer confirmed its keys.", labels,
                    absl::ToDoubleSeconds(now - *source.last_success), false});
  }
  out->push_back({"latchkey_jwks_keys", "Keys in use.", labels,
                  static_cast<double>(source.keys.size()), false});
  out->push_back({"latchkey_jwks_stale", "1 while serving a set past its time.",
                  labels, source.stale ? 1.0 : 0.0, false});
  counter("latchkey_jwks_fetches_total", "Fetches begun.", source.fetches);
  counter("latchkey_jwks_failures_total", "Fetches failed.", source.failures);
  counter("latchkey_jwks_unknown_kids_total", "Unknown key ids asked for.",
          source.unknown_kids);
  counter("latchkey_jwks_cooldown_suppressed_total",
          "Fetches that the cooldown suppressed.", source.cooldown_suppressed);
  const std::pair<const char*, uint64_t> alarms[] = {
      {"leaked_key", source.leaked_keys},
      {"shared_kid", source.shared_kids},
      {"replaced_kid", source.replaced_kids}};
  for (const auto& [alarm, count] : alarms) {
    auto with_alarm = labels;
    with_alarm.emplace_back("alarm", alarm);
    out->push_back({"latchkey_jwks_alarms_total",
                    "What somebody should look at in the documents read: "
                    "private keys, several keys of one kid and algorithm, "
                    "another key under a known kid.",
                    std::move(with_alarm), static_cast<double>(count), true});
  }
}

void AddCredential(const OutboundStatus& status,
                   std::vector<MetricSample>* out) {
  const std::vector<std::pair<std::string, std::string>> labels = {
      {"credential", status.name}};
  out->push_back({"latchkey_outbound_token_held",
                  "1 while a token of the credential is in memory.", labels,
                  status.expires_at.has_value() ? 1.0 : 0.0, false});
  out->push_back({"latchkey_outbound_requests_total",
                  "Requests to the token endpoint.", labels,
                  static_cast<double>(status.tries), true});
  out->push_back({"latchkey_outbound_failures_total", "Requests failed.",
                  labels, static_cast<double>(status.failed_tries), true});
}

void AddLanes(const Dispatcher& dispatcher, std::vector<MetricSample>* out) {
  for (const Dispatcher::LaneDepth& lane : dispatcher.depths()) {
    out->push_back({"latchkey_queue_depth",
                    "Calls that wait for a thread.",
                    {{"lane", lane.name}},
                    static_cast<double>(lane.depth),
                    false});
  }
}

void AddMails(const MailQueue& mails, std::vector<MetricSample>* out) {
  const MailQueue::Figures figures = mails.figures();
  const auto counter = [&](const char* name, const char* help, uint64_t value) {
    out->push_back({name, help, {}, static_cast<double>(value), true});
  };
  out->push_back({"latchkey_mails_waiting",
                  "Mails to be sent.",
                  {},
                  static_cast<double>(figures.waiting),
                  false});
  counter("latchkey_mails_sent_total", "Mails that the server took.",
          figures.sent);
  counter("latchkey_mails_retries_total", "Mails to be tried again.",
          figures.retries);
  counter("latchkey_mails_failed_total", "Mails given up.", figures.failed);
  counter("latchkey_mails_dropped_total",
          "Mails not tried: the queue was full, or the app over its limit.",
          figures.dropped);
}

void AddAnonymous(const AnonymousSweep& sweep, std::vector<MetricSample>* out) {
  const AnonymousSweep::Figures figures = sweep.figures();
  const auto counter = [&](const char* name, const char* help, uint64_t value) {
    out->push_back({name, help, {}, static_cast<double>(value), true});
  };
  counter("latchkey_anonymous_users_deleted_total",
          "Anonymous users that nobody used any more.", figures.deleted);
  counter("latchkey_anonymous_users_spared_total",
          "Those that came back at that very moment.", figures.spared);
  counter("latchkey_anonymous_sweep_failures_total",
          "Pages that the store failed.", figures.failures);
}

void AddEvents(const EventLog& events, const EventWatches& watches,
               std::vector<MetricSample>* out) {
  const EventLog::Figures figures = events.figures();
  const auto add = [&](const char* name, const char* help, uint64_t value,
                       bool counter) {
    out->push_back({name, help, {}, static_cast<double>(value), counter});
  };
  add("latchkey_events_waiting", "Events to be written to the store.",
      figures.waiting, false);
  add("latchkey_events_written_total", "Events written to the store.",
      figures.written, true);
  add("latchkey_events_dropped_total", "Events lost: the queue was full.",
      figures.dropped, true);
  add("latchkey_events_failed_writes_total",
      "Writes of events that failed and are tried again.",
      figures.failed_writes, true);
  add("latchkey_events_trimmed_total",
      "Events removed for their age or number.", figures.trimmed, true);
  add("latchkey_event_watchers", "Streams of WatchEvents.", watches.count(),
      false);
}

}  // namespace

std::vector<MetricSample> WebhookSamples(
    const std::vector<std::unique_ptr<Webhook>>& webhooks) {
  std::vector<MetricSample> samples;
  for (const auto& webhook : webhooks) {
    const Webhook::Figures figures = webhook->figures();
    const auto add = [&](const char* name, const char* help, uint64_t value,
                         bool counter) {
      samples.push_back({name,
                         help,
                         {{"webhook", webhook->name()}},
                         static_cast<double>(value),
                         counter});
    };
    add("latchkey_webhook_delivered_total", "Events that the endpoint took.",
        figures.delivered, true);
    add("latchkey_webhook_retries_total", "Attempts to be repeated.",
        figures.retries, true);
    add("latchkey_webhook_given_up_total",
        "Events that the endpoint never took.", figures.given_up, true);
    add("latchkey_webhook_missed_total",
        "Events removed from the trail before their turn.", figures.missed,
        true);
    add("latchkey_webhook_cursor",
        "Number of the last event that was looked at.", figures.cursor, false);
  }
  return samples;
}

void AddServiceMetrics(Metrics* metrics, const MetricSources& sources) {
  metrics->AddCollector([sources] {
    std::vector<MetricSample> samples;
    const absl::Time now = sources.clock->TimeNow();
    for (const KeySourceStatus& source : sources.jwks->Status()) {
      AddSource(source, now, &samples);
    }
    for (const OutboundStatus& status : sources.outbound->List()) {
      AddCredential(status, &samples);
    }
    AddLanes(*sources.dispatcher, &samples);
    if (sources.mails != nullptr) AddMails(*sources.mails, &samples);
    AddEvents(*sources.events, *sources.watches, &samples);
    AddAnonymous(*sources.anonymous, &samples);
    samples.push_back({"latchkey_ready",
                       "1 while the service can serve.",
                       {},
                       sources.readiness->NotReadyBecause().empty() ? 1.0 : 0.0,
                       false});
    samples.push_back({"latchkey_config_reload_failed",
                       "1 after a reload that failed.",
                       {},
                       sources.readiness->reload_failure().empty() ? 0.0 : 1.0,
                       false});
    samples.push_back({"latchkey_build_info",
                       "The version, always 1.",
                       {{"version", kVersion}},
                       1.0,
                       false});
    return samples;
  });
}

}  // namespace latchkey
