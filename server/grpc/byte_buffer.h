// Messages in and out of gRPC's buffers.
#ifndef LATCHKEY_SERVER_GRPC_BYTE_BUFFER_H_
#define LATCHKEY_SERVER_GRPC_BYTE_BUFFER_H_

#include "google/protobuf/message_lite.h"
#include "grpcpp/support/byte_buffer.h"

namespace latchkey {

// ParseBuffer is false for what is not a message of this type.
bool ParseBuffer(const grpc::ByteBuffer& buffer,
                 google::protobuf::MessageLite* message);

// SerializeBuffer replaces *buffer; false when the message is too large to be
// one (2 GiB).
bool SerializeBuffer(const google::protobuf::MessageLite& message,
                     grpc::ByteBuffer* buffer);

}  // namespace latchkey

#endif  // LATCHKEY_SERVER_GRPC_BYTE_BUFFER_H_
