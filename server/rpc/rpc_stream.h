// RpcStream is where the messages of a server-streaming call go.
#ifndef LATCHKEY_SERVER_RPC_RPC_STREAM_H_
#define LATCHKEY_SERVER_RPC_RPC_STREAM_H_

#include <functional>

#include "absl/status/status.h"
#include "google/protobuf/message.h"

namespace latchkey {

// RpcStream is implemented by a transport. Thread-safe; nothing blocks. What
// was sent and is not taken by the peer yet stays in memory: who sends waits
// until the stream is idle.
class RpcStream {
 public:
  virtual ~RpcStream() = default;

  // Notify names whom to call, from any thread, when the stream becomes idle or
  // closed. It must not block. At most once, before the first Send.
  virtual void Notify(std::function<void()> on_change) = 0;
  // Send hands over a message; they are written in their order. Dropped when
  // the stream is closed.
  virtual void Send(const google::protobuf::Message& message) = 0;
  // Finish ends the call after what was sent. The first one counts.
  virtual void Finish(const absl::Status& status) = 0;
  // Everything that was sent is with the transport.
  virtual bool idle() const = 0;
  // The peer has gone, or the call has been ended.
  virtual bool closed() const = 0;
};

}  // namespace latchkey

#endif  // LATCHKEY_SERVER_RPC_RPC_STREAM_H_
