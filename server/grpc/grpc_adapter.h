// Makes gRPC services of a table's rows.
#ifndef LATCHKEY_SERVER_GRPC_GRPC_ADAPTER_H_
#define LATCHKEY_SERVER_GRPC_GRPC_ADAPTER_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "core/base/clock.h"
#include "core/base/random.h"
#include "grpcpp/impl/service_type.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/byte_buffer.h"
#include "server/grpc/grpc_call.h"
#include "server/grpc/peer_uids.h"
#include "server/rpc/dispatcher.h"
#include "server/rpc/method_table.h"

namespace latchkey {

// GrpcAdapter turns calls of one listener into RpcCalls and RpcStreams.
// Thread-safe; outlives the server that it serves.
//
// Sizes are checked here too, because gRPC 1.51 holds a peer to its own limits
// only after that peer has acknowledged them.
class GrpcAdapter final {
 public:
  struct Options {
    const MethodTable* methods = nullptr;  // borrowed, like the next three
    Dispatcher* dispatcher = nullptr;
    Clock* clock = nullptr;
    Random* random = nullptr;
    std::vector<ServiceGroup> groups;
    size_t max_metadata_bytes = 8 * 1024;
    absl::Duration default_deadline = absl::Seconds(5);
    absl::Duration max_deadline = absl::Seconds(30);
    // When every peer was checked before gRPC saw its connection: who each one
    // is. Borrowed; null: no peer is an administrator because of that.
    const PeerUids* admin_uids = nullptr;
    // Subject alternative names of client certificates that may administer.
    std::vector<std::string> admin_sans;
  };
  explicit GrpcAdapter(Options options);
  ~GrpcAdapter();
  GrpcAdapter(const GrpcAdapter&) = delete;
  GrpcAdapter& operator=(const GrpcAdapter&) = delete;

  // One for each proto service, because gRPC names a grpc::Service by its last
  // method. Owned by the adapter; they have no synchronous methods.
  std::vector<grpc::Service*> services() const;
  // "latchkey.v1.AuthService", in the same order.
  const std::vector<std::string>& service_names() const { return names_; }

 private:
  class TableService;

  grpc::ServerUnaryReactor* Serve(const Method* method,
                                  grpc::CallbackServerContext* context,
                                  const grpc::ByteBuffer& request,
                                  grpc::ByteBuffer* response);
  grpc::ServerWriteReactor<grpc::ByteBuffer>* ServeStream(
      const Method* method, grpc::CallbackServerContext* context,
      const grpc::ByteBuffer& request);
  absl::Status ReadMetadata(const grpc::CallbackServerContext& context,
                            RpcContext* out) const;
  void FillContext(const grpc::CallbackServerContext* context, RpcContext* out);
  absl::Time Deadline(const grpc::CallbackServerContext& context,
                      absl::Time now) const;
  // Who the peer is as an administrator; empty when it is none.
  std::string AdminPeer(const grpc::CallbackServerContext& context) const;

  const Options options_;
  std::atomic<uint64_t> next_request_;
  GrpcCallPool pool_;
  std::vector<std::string> names_;
  std::vector<std::unique_ptr<TableService>> services_;
};

}  // namespace latchkey

#endif  // LATCHKEY_SERVER_GRPC_GRPC_ADAPTER_H_
