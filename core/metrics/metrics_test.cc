#include "core/metrics/metrics.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(MetricsTest, CountsVerifiesByOutcome) {
  Metrics metrics;
  metrics.CountVerify(true);
  metrics.CountVerify(true);
  metrics.CountVerify(false);
  EXPECT_THAT(
      metrics.Render(),
      AllOf(HasSubstr("# TYPE latchkey_verify_total counter\n"),
            HasSubstr("latchkey_verify_total{result=\"active\"} 2\n"),
            HasSubstr("latchkey_verify_total{result=\"inactive\"} 1\n")));
}

TEST(MetricsTest, CountsLoginsByKindAndReason) {
  Metrics metrics;
  metrics.CountLogin("anonymous", Reason::kUnspecified);
  metrics.CountLogin("email_password", Reason::kCredentialRejected);
  metrics.CountLogin("made up by a caller", Reason::kUnspecified);
  EXPECT_THAT(
      metrics.Render(),
      AllOf(HasSubstr("latchkey_logins_total{provider=\"anonymous\","
                      "result=\"ok\",reason=\"\"} 1\n"),
            HasSubstr("latchkey_logins_total{provider=\"email_"
                      "password\",result=\"failed\",reason="
                      "\"credential_rejected\"} 1\n"),
            HasSubstr("provider=\"_OTHER\""), Not(HasSubstr("made up"))));
}

TEST(MetricsTest, CountsRefreshes) {
  Metrics metrics;
  metrics.CountRefresh(Reason::kRefreshReused);
  EXPECT_THAT(
      metrics.Render(),
      AllOf(HasSubstr("latchkey_refresh_total{result=\"ok\",reason=\"\"} 0\n"),
            HasSubstr("latchkey_refresh_total{result=\"failed\",reason="
                      "\"refresh_reused\"} 1\n")));
}

TEST(MetricsTest, CountsCallsAndTheirTime) {
  Metrics metrics;
  Metrics::MethodSeries* login =
      metrics.RegisterMethod("/latchkey.v1.AuthService/Login");
  metrics.CountRpc(login, Reason::kUnspecified, absl::Milliseconds(2));
  metrics.CountRpc(login, Reason::kCredentialRejected, absl::Seconds(60));
  metrics.CountRpc(nullptr, Reason::kUnimplemented, absl::ZeroDuration());
  const std::string labels =
      "{grpc_service=\"latchkey.v1.AuthService\",grpc_method=\"Login\",";
  EXPECT_THAT(
      metrics.Render(),
      AllOf(
          HasSubstr("grpc_server_handled_total" + labels +
                    "grpc_code=\"OK\"} 1\n"),
          HasSubstr("grpc_server_handled_total" + labels +
                    "grpc_code=\"Unauthenticated\"} 1\n"),
          HasSubstr("grpc_server_handling_seconds_bucket" + labels +
                    "le=\"0.001\"} 0\n"),
          HasSubstr("grpc_server_handling_seconds_bucket" + labels +
                    "le=\"0.0025\"} 1\n"),
          HasSubstr("grpc_server_handling_seconds_bucket" + labels +
                    "le=\"+Inf\"} 2\n"),
          HasSubstr("grpc_method=\"_OTHER\",grpc_code=\"Unimplemented\"} 1")));
}

TEST(MetricsTest, AsksCollectorsAtEachRender) {
  Metrics metrics;
  double depth = 3;
  metrics.AddCollector([&depth] {
    return std::vector<MetricSample>{{.name = "latchkey_hash_queue_depth",
                                      .help = "Waiting hashes.",
                                      .labels = {{"queue", "hash"}},
                                      .value = depth},
                                     {.name = "latchkey_jwks_refresh_total",
                                      .help = "Fetches.",
                                      .labels = {},
                                      .value = 7,
                                      .counter = true}};
  });
  EXPECT_THAT(metrics.Render(),
              AllOf(HasSubstr("# TYPE latchkey_hash_queue_depth gauge\n"),
                    HasSubstr("latchkey_hash_queue_depth{queue=\"hash\"} 3\n"),
                    HasSubstr("# TYPE latchkey_jwks_refresh_total counter\n"),
                    HasSubstr("latchkey_jwks_refresh_total 7\n")));
  depth = 4;
  EXPECT_THAT(metrics.Render(),
              HasSubstr("latchkey_hash_queue_depth{queue=\"hash\"} 4\n"));
}

}  // namespace
}  // namespace latchkey
