#include "server/grpc/server_options.h"

#include <algorithm>

#include "grpc/impl/codegen/compression_types.h"
#include "grpc/impl/codegen/grpc_types.h"

namespace latchkey {
namespace {

constexpr int kHandshakeMillis = 5'000;
constexpr int kIdleMillis = 5 * 60 * 1000;
constexpr int kKeepaliveMillis = 60 * 1000;
constexpr int kKeepaliveTimeoutMillis = 20 * 1000;
// A client may ping this often without a call; more ends the connection.
constexpr int kMinPingMillis = 10 * 1000;
constexpr int kMaxPingStrikes = 2;

// What gRPC refuses by itself, it refuses without a reason. Twice the limit
// leaves what is a little too large to GrpcAdapter, which gives one.
int HardMetadataLimit(const LimitsConfig& limits) {
  return static_cast<int>(limits.max_metadata_bytes * 2);
}

}  // namespace

void ApplyServerOptions(const LimitsConfig& limits,
                        grpc::ServerBuilder* builder) {
  builder->SetMaxReceiveMessageSize(static_cast<int>(
      std::max(limits.max_message_bytes, limits.max_batch_message_bytes)));
  // gRPC holds messages to their limit only after it has inflated them, so
  // nothing is inflated.
  builder->SetCompressionAlgorithmSupportStatus(GRPC_COMPRESS_GZIP, false);
  builder->SetCompressionAlgorithmSupportStatus(GRPC_COMPRESS_DEFLATE, false);
  const struct {
    const char* name;
    int value;
  } arguments[] = {
      {GRPC_ARG_ENABLE_PER_MESSAGE_DECOMPRESSION, 0},
      {GRPC_ARG_ENABLE_PER_MESSAGE_COMPRESSION, 0},
      {GRPC_ARG_MAX_CONCURRENT_STREAMS, limits.max_concurrent_streams},
      {GRPC_ARG_MAX_METADATA_SIZE, HardMetadataLimit(limits)},
      {GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, kHandshakeMillis},
      {GRPC_ARG_MAX_CONNECTION_IDLE_MS, kIdleMillis},
      {GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMillis},
      {GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMillis},
      {GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, kMinPingMillis},
      {GRPC_ARG_HTTP2_MAX_PING_STRIKES, kMaxPingStrikes},
      // Two servers on one port would share its clients by chance.
      {GRPC_ARG_ALLOW_REUSEPORT, 0},
  };
  for (const auto& argument : arguments) {
    builder->AddChannelArgument(argument.name, argument.value);
  }
}

}  // namespace latchkey
