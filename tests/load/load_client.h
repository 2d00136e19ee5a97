// LoadClient keeps a number of calls in flight and measures them.
#ifndef LATCHKEY_TESTS_LOAD_LOAD_CLIENT_H_
#define LATCHKEY_TESTS_LOAD_LOAD_CLIENT_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "google/protobuf/message.h"
#include "grpcpp/channel.h"
#include "grpcpp/support/byte_buffer.h"

namespace latchkey {

// A worker makes one call after another. Each has its own; used by one thread
// at a time.
class LoadWorker {
 public:
  virtual ~LoadWorker() = default;
  // Next prepares a call; false when the worker has no more to do.
  virtual bool Next() = 0;
  virtual const google::protobuf::Message& request() const = 0;
  // Done looks at the response, as it came; false counts as an error.
  virtual bool Done(const grpc::ByteBuffer& response) = 0;
};

struct LoadResult {
  absl::Duration took;
  int64_t calls = 0;
  int64_t errors = 0;
  std::string first_error;
  std::vector<uint32_t> micros;  // of each call, sorted

  double CallsPerSecond() const;
  uint32_t Percentile(double p) const;  // p in [0, 1]
};

class LoadClient final {
 public:
  // Opens that many connections to `target`.
  LoadClient(const std::string& target, int channels);

  // AwaitServing asks for the server's health until it is SERVING; false when
  // `patience` is over.
  bool AwaitServing(absl::Duration patience);

  // Run lets all workers call `path` at once, until the time is over or they
  // have no more to do. What happens within `warm_up` is not counted.
  LoadResult Run(const std::string& path,
                 const std::vector<std::unique_ptr<LoadWorker>>& workers,
                 absl::Duration warm_up, absl::Duration length);

 private:
  std::vector<std::shared_ptr<grpc::Channel>> channels_;
};

}  // namespace latchkey

#endif  // LATCHKEY_TESTS_LOAD_LOAD_CLIENT_H_
