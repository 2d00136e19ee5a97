#include "server/grpc/grpc_stream.h"

#include <utility>

#include "core/base/reason.h"
#include "server/grpc/byte_buffer.h"
#include "server/grpc/wire_status.h"

namespace latchkey {

std::shared_ptr<GrpcStream> GrpcStream::Make(Ended ended) {
  std::shared_ptr<GrpcStream> stream(new GrpcStream(std::move(ended)));
  stream->self_ = stream;
  return stream;
}

void GrpcStream::Notify(std::function<void()> on_change) {
  absl::MutexLock lock(&mu_);
  on_change_ = std::move(on_change);
}

void GrpcStream::Send(const google::protobuf::Message& message) {
  grpc::ByteBuffer buffer;
  const bool fits = SerializeBuffer(message, &buffer);
  absl::MutexLock lock(&mu_);
  if (end_.has_value()) return;
  if (fits) {
    queue_.push_back(std::move(buffer));
  } else {
    End(Error(Reason::kInternal, "response is too large"));
  }
  Go();
}

void GrpcStream::Finish(const absl::Status& status) {
  absl::MutexLock lock(&mu_);
  End(status);
  Go();
}

bool GrpcStream::idle() const {
  absl::MutexLock lock(&mu_);
  return queue_.empty() && !writing_;
}

bool GrpcStream::closed() const {
  absl::MutexLock lock(&mu_);
  return end_.has_value();
}

void GrpcStream::OnWriteDone(bool ok) {
  {
    absl::MutexLock lock(&mu_);
    writing_ = false;
    if (!ok) {
      queue_.clear();
      End(Error(Reason::kCancelled, "the peer is gone"));
    }
    Go();
    if (writing_) return;
  }
  Tell();
}

void GrpcStream::OnCancel() {
  {
    absl::MutexLock lock(&mu_);
    queue_.clear();
    End(Error(Reason::kCancelled, "the peer is gone"));
    Go();
  }
  Tell();
}

void GrpcStream::OnDone() {
  // Nobody calls OnDone again; the last to let go destroys.
  const std::shared_ptr<GrpcStream> self = std::move(self_);
  Tell();
}

void GrpcStream::End(const absl::Status& status) {
  if (!end_.has_value()) end_ = status;
}

void GrpcStream::Go() {
  if (writing_ || finished_) return;
  if (!queue_.empty()) {
    current_ = queue_.front();
    queue_.pop_front();
    writing_ = true;
    StartWrite(&current_);
    return;
  }
  if (!end_.has_value()) return;
  finished_ = true;
  if (ended_) ended_(context_, *end_);
  grpc::ServerWriteReactor<grpc::ByteBuffer>::Finish(
      end_->ok() ? grpc::Status::OK : ToGrpcStatus(*end_));
}

void GrpcStream::Tell() {
  std::function<void()> on_change;
  {
    absl::MutexLock lock(&mu_);
    on_change = on_change_;
  }
  if (on_change) on_change();
}

}  // namespace latchkey
