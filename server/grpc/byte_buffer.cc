#include "server/grpc/byte_buffer.h"

#include <cstddef>
#include <cstdint>
#include <limits>

#include "grpcpp/support/proto_buffer_reader.h"
#include "grpcpp/support/slice.h"

namespace latchkey {

bool ParseBuffer(const grpc::ByteBuffer& buffer,
                 google::protobuf::MessageLite* message) {
  grpc::Slice slice;
  if (buffer.TrySingleSlice(&slice).ok()) {
    return message->ParseFromArray(slice.begin(),
                                   static_cast<int>(slice.size()));
  }
  grpc::ByteBuffer shared(buffer);
  grpc::ProtoBufferReader reader(&shared);
  return reader.status().ok() && message->ParseFromZeroCopyStream(&reader);
}

bool SerializeBuffer(const google::protobuf::MessageLite& message,
                     grpc::ByteBuffer* buffer) {
  const size_t size = message.ByteSizeLong();
  if (size > static_cast<size_t>(std::numeric_limits<int>::max())) return false;
  grpc::Slice slice(size);
  // A new slice is ours alone; grpc::Slice has no other way to fill it.
  message.SerializeWithCachedSizesToArray(const_cast<uint8_t*>(slice.begin()));
  grpc::ByteBuffer filled(&slice, 1);
  buffer->Swap(&filled);
  return true;
}

}  // namespace latchkey
