// MethodTable lists every RPC once, free of any transport.
#ifndef LATCHKEY_SERVER_RPC_METHOD_TABLE_H_
#define LATCHKEY_SERVER_RPC_METHOD_TABLE_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "core/metrics/metrics.h"
#include "google/protobuf/message.h"
#include "server/rpc/rpc_context.h"
#include "server/rpc/rpc_stream.h"

namespace latchkey {

// Which listeners serve a method (product.md §3).
enum class ServiceGroup { kAuth, kAdmin, kOutbound };

// Where a handler runs. Lanes keep slow work from holding up quick work.
enum class Lane {
  kStore,     // blocks on the store
  kHash,      // computes a password hash: few threads at low priority
  kRemote,    // waits for an issuer's keys
  kFunction,  // waits for a login function
};

// Method is one row. Handlers are thread-safe and see messages of exactly the
// row's types.
struct Method {
  ServiceGroup group = ServiceGroup::kAuth;
  std::string path;  // "/latchkey.v1.AuthService/Login"
  const google::protobuf::Message* request = nullptr;   // prototypes: borrowed
  const google::protobuf::Message* response = nullptr;  // default instances
  size_t max_request_bytes = 64 * 1024;

  using Handler = std::function<absl::Status(const google::protobuf::Message&,
                                             const RpcContext&,
                                             google::protobuf::Message*)>;
  using TryHandler = std::function<std::optional<absl::Status>(
      const google::protobuf::Message&, const RpcContext&,
      google::protobuf::Message*)>;
  // Sees the response too, as try_inline left it.
  using LaneChooser = std::function<Lane(const google::protobuf::Message&,
                                         const google::protobuf::Message&)>;

  // Runs in the transport's own thread and never blocks; nullopt hands the
  // call, with what is in the response so far, on to `handle` on a lane. Empty:
  // always on a lane.
  TryHandler try_inline;
  LaneChooser lane;
  Handler handle;
  // Does the next bounded part of a long work, after what is in the response;
  // nullopt: there is more, and others of the lane get their turn before. When
  // it is set, the dispatcher uses it instead of `handle`, which does all.
  TryHandler slice;
  // Answers later by calling Done exactly once, from any thread; never blocks.
  // When it is set, the dispatcher uses it instead of a lane: however many
  // calls wait so, they keep no thread from anybody.
  using Done = absl::AnyInvocable<void(const absl::Status&)>;
  using Starter =
      std::function<void(const google::protobuf::Message&, const RpcContext&,
                         google::protobuf::Message*, Done)>;
  Starter start;
  // Sends many messages, as they come, until it ends the stream; never blocks.
  // When it is set, nothing else of the row is used, and transports of unary
  // calls answer UNIMPLEMENTED.
  using Streamer =
      std::function<void(const google::protobuf::Message&, const RpcContext&,
                         const std::shared_ptr<RpcStream>&)>;
  Streamer stream;
  // Where calls are counted; null: nowhere. Owned by Metrics.
  Metrics::MethodSeries* series = nullptr;
};

// MethodTable: filled at start, then immutable and thread-safe to read.
class MethodTable {
 public:
  // RowOptions: what differs between methods.
  struct RowOptions {
    ServiceGroup group = ServiceGroup::kAuth;
    Lane lane = Lane::kStore;
    size_t max_request_bytes = 0;  // 0: the table's default
  };

  explicit MethodTable(size_t default_max_request_bytes = 64 * 1024)
      : default_max_request_bytes_(default_max_request_bytes) {}

  // Add makes a row from a typed handler
  //   absl::Status(const Request&, const RpcContext&, Response*).
  // Returns the row, to set try_inline or another lane chooser.
  template <typename Request, typename Response, typename Handler>
  Method& Add(absl::string_view path, const RowOptions& options,
              Handler handler) {
    Method& row = AddRow(path, options);
    row.request = &Request::default_instance();
    row.response = &Response::default_instance();
    row.handle = [handler = std::move(handler)](
                     const google::protobuf::Message& request,
                     const RpcContext& context,
                     google::protobuf::Message* response) {
      return handler(static_cast<const Request&>(request), context,
                     static_cast<Response*>(response));
    };
    return row;
  }

  // AddStarter makes a row of calls that are answered later (Method::start)
  // from
  //   void(const Request&, const RpcContext&, Response*, Method::Done).
  template <typename Request, typename Response, typename Starter>
  Method& AddStarter(absl::string_view path, const RowOptions& options,
                     Starter starter) {
    Method& row = AddRow(path, options);
    row.request = &Request::default_instance();
    row.response = &Response::default_instance();
    row.start = [starter = std::move(starter)](
                    const google::protobuf::Message& request,
                    const RpcContext& context,
                    google::protobuf::Message* response, Method::Done done) {
      starter(static_cast<const Request&>(request), context,
              static_cast<Response*>(response), std::move(done));
    };
    return row;
  }

  // AddStream makes a row of a server-streaming RPC (Method::stream) from
  //   void(const Request&, const RpcContext&,
  //        const std::shared_ptr<RpcStream>&)
  // that may share the stream.
  template <typename Request, typename Response, typename Streamer>
  Method& AddStream(absl::string_view path, const RowOptions& options,
                    Streamer streamer) {
    Method& row = AddRow(path, options);
    row.request = &Request::default_instance();
    row.response = &Response::default_instance();
    row.stream = [streamer = std::move(streamer)](
                     const google::protobuf::Message& request,
                     const RpcContext& context,
                     const std::shared_ptr<RpcStream>& stream) {
      streamer(static_cast<const Request&>(request), context, stream);
    };
    return row;
  }

  // AddMember is Add for a member function of `object`.
  template <typename Class, typename Request, typename Response>
  Method& AddMember(absl::string_view path, const RowOptions& options,
                    Class* object,
                    absl::Status (Class::*member)(const Request&,
                                                  const RpcContext&,
                                                  Response*)) {
    return Add<Request, Response>(
        path, options,
        [object, member](const Request& request, const RpcContext& context,
                         Response* response) {
          return (object->*member)(request, context, response);
        });
  }

  // Find returns null for an unknown path ("/service/method").
  const Method* Find(absl::string_view path) const;
  // RegisterSeries makes the metrics of every row. At start only.
  void RegisterSeries(Metrics* metrics);

  // In the order of Add. Pointers stay valid as long as the table.
  std::vector<const Method*> methods() const;
  // Full names of the services with at least one method of the group.
  std::vector<std::string> Services(ServiceGroup group) const;

 private:
  Method& AddRow(absl::string_view path, const RowOptions& options);

  const size_t default_max_request_bytes_;
  std::vector<std::unique_ptr<Method>> rows_;
  absl::flat_hash_map<std::string, const Method*> by_path_;
};

}  // namespace latchkey

#endif  // LATCHKEY_SERVER_RPC_METHOD_TABLE_H_
