// events, and how long anonymous users are kept.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/config/config.h"
#include "core/config/config_test_yaml.h"
#include "core/events/event_options.h"

namespace latchkey {
namespace {

using ::testing::ElementsAre;
using ::testing::StartsWith;

ConfigOptions Options() {
  return TestOptions({{"HOOK", "0123456789abcdef0123456789abcdef"},
                      {"SHORT", "0123456789abcdef"}},
                     {{"ca.pem", "pem"}});
}

// A file with these fields of events on line 7.
std::string File(absl::string_view events,
                 absl::string_view anonymous = "anonymous: {}") {
  return absl::StrCat(kTop, "apps:\n- id: app\n  providers: [", anonymous,
                      ", api_key: {name: keys}]\nevents: {", events,
                      "}\nsecrets: [{name: hook, env: HOOK}, {name: short,"
                      " env: SHORT}]\n");
}

Config Read(const std::string& yaml) {
  auto result = ParseConfig(yaml, Options());
  if (auto* problems = std::get_if<std::vector<ConfigProblem>>(&result)) {
    ADD_FAILURE() << FormatProblems("FILE", *problems);
    return Config();
  }
  return std::move(std::get<Config>(result));
}

TEST(EventsConfigTest, Defaults) {
  const Config config = Read(
      File("webhooks: [{name: h, app: app, url: 'https://a.b/c', secret: hook,"
           " operations: [LOGIN, LOGOUT]}]"));
  EXPECT_EQ(config.events.log.retention, absl::Hours(24 * 90));
  EXPECT_EQ(config.events.log.max_events, 1'000'000u);
  EXPECT_EQ(config.events.log.queue_length, 10'000u);
  EXPECT_EQ(config.events.max_watchers, 64u);
  ASSERT_EQ(config.events.webhooks.size(), 1u);
  const WebhookSettings& hook = config.events.webhooks[0];
  EXPECT_EQ(hook.name, "h");
  EXPECT_EQ(hook.app, AppId("app"));
  EXPECT_EQ(hook.url, "https://a.b/c");
  EXPECT_EQ(hook.secret.size(), 32u);
  EXPECT_THAT(hook.actions, ElementsAre("login", "logout"));
  EXPECT_TRUE(hook.providers.empty());
  EXPECT_EQ(hook.kinds.at("keys"), ProviderKind::kApiKey);
  EXPECT_EQ(hook.timeout, absl::Seconds(10));
  EXPECT_EQ(hook.max_refusals, 8);
  EXPECT_EQ(hook.give_up_after, absl::Hours(24));
  EXPECT_FALSE(hook.allow_private_addresses);
}

TEST(EventsConfigTest, EverythingSet) {
  const Config config = Read(File(
      "retention: 2h, max_events: 1000, queue_length: 100, max_watchers: 2,"
      " webhooks: [{name: h, app: app, url: 'http://127.0.0.1:1/', secret:"
      " hook, operations: [CREATE, LOGIN, LINK, DELETE, LOGOUT], providers:"
      " [keys], timeout: 2s, retry_delay: 3s, max_retry_delay: 4s,"
      " max_refusals: 5, give_up_after: 6s, allow_private_addresses: true,"
      " ca_file: ca.pem}, {name: off, app: app, url: 'https://a.b', secret:"
      " hook, operations: [LOGIN], disabled: true}]",
      "anonymous: {delete_after: 7d}"));
  EXPECT_EQ(config.events.log.retention, absl::Hours(2));
  EXPECT_EQ(config.events.log.max_events, 1000u);
  EXPECT_EQ(config.events.log.queue_length, 100u);
  EXPECT_EQ(config.events.max_watchers, 2u);
  ASSERT_EQ(config.events.webhooks.size(), 1u);
  const WebhookSettings& hook = config.events.webhooks[0];
  EXPECT_EQ(hook.actions.size(), 5u);
  EXPECT_THAT(hook.providers, ElementsAre(ProviderName("keys")));
  EXPECT_EQ(hook.timeout, absl::Seconds(2));
  EXPECT_EQ(hook.retry_delay, absl::Seconds(3));
  EXPECT_EQ(hook.max_retry_delay, absl::Seconds(4));
  EXPECT_EQ(hook.max_refusals, 5);
  EXPECT_EQ(hook.give_up_after, absl::Seconds(6));
  EXPECT_TRUE(hook.allow_private_addresses);
  EXPECT_EQ(hook.ca_pem, "pem");
  const auto& provider = config.apps[0].providers[0];
  EXPECT_EQ(std::get<AnonymousSettings>(provider.arm).delete_after,
            absl::Hours(24 * 7));
}

TEST(EventsConfigTest, AnonymousUsersMayBeKept) {
  const auto delete_after = [](absl::string_view anonymous) {
    const Config config = Read(File("", anonymous));
    return std::get<AnonymousSettings>(config.apps[0].providers[0].arm)
        .delete_after;
  };
  EXPECT_EQ(delete_after("anonymous: {}"), absl::ZeroDuration());
  EXPECT_EQ(delete_after("anonymous: {delete_after: 0s}"),
            absl::ZeroDuration());
  EXPECT_THAT(ProblemsOf(File("", "anonymous: {delete_after: 59m}"), Options()),
              ElementsAre("6 apps[0].providers[0].anonymous.delete_after: must "
                          "be at least 1h, or 0s"));
}

TEST(EventsConfigTest, EveryMistakeIsNamed) {
  EXPECT_THAT(
      ProblemsOf(File("retention: 59m, max_events: 999, max_watchers: 0,"
                      " webhooks: [{name: a b, app: nope, url: 'http://x.y',"
                      " secret: short, operations: [LOGIN, LOGIN, login],"
                      " retry_delay: 9s, max_retry_delay: 8s, ca_file: nope},"
                      " {name: h, app: app, providers: [keys, keys, b]},"
                      " {name: h, app: app, url: 'https://a.b', secret: hook,"
                      " operations: [LOGIN], max_refusals: 0}]"),
                 Options()),
      ElementsAre(
          StartsWith("7 events.retention: must be from 1h"),
          "7 events.max_events: must be from 1000 to 100000000",
          "7 events.max_watchers: must be from 1 to 1000",
          "7 events.webhooks[0].name: must be 1-64 ASCII letters, digits, "
          "\"_\", \"-\"",
          "7 events.webhooks[0].app: names no app",
          "7 events.webhooks[0].url: must be https, or http on loopback",
          "7 events.webhooks[0].secret: must have at least 32 bytes",
          "7 events.webhooks[0].ca_file: cannot be read, or is empty",
          "7 events.webhooks[0].operations[1]: is listed twice",
          StartsWith("7 events.webhooks[0].operations[2]: must be \"CREATE\""),
          "7 events.webhooks[0].max_retry_delay: must be at least retry_delay",
          "7 events.webhooks[1].providers[1]: is listed twice",
          "7 events.webhooks[1].providers[2]: names no provider of that app",
          "7 events.webhooks[1].url: is required",
          "7 events.webhooks[1].secret: is required",
          "7 events.webhooks[1].operations: is required",
          "7 events.webhooks[2].name: another webhook has this name",
          "7 events.webhooks[2].max_refusals: must be from 1 to 100"));
}

}  // namespace
}  // namespace latchkey
