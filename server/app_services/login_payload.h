// What clients send to log in.
#ifndef LATCHKEY_SERVER_APP_SERVICES_LOGIN_PAYLOAD_H_
#define LATCHKEY_SERVER_APP_SERVICES_LOGIN_PAYLOAD_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/base/clock.h"
#include "core/base/random.h"
#include "latchkey/v1/credential.pb.h"
#include "server/app_services/exchange.h"

namespace latchkey {

// ReadPayload fills *out from the body by the provider in the path; refuses an
// unknown provider and members that are missing or of a wrong type. Members
// that it does not know are ignored.
absl::Status ReadPayload(Exchange* exchange, v1::Credential* out);

// ReadDeviceJson gives LoginRequest::device_json from `options.device`. Its
// device_id is the client's, a new one when the client says anything about its
// device, or none.
absl::StatusOr<std::string> ReadDeviceJson(Clock* clock, Random* random,
                                           Exchange* exchange);

}  // namespace latchkey

#endif  // LATCHKEY_SERVER_APP_SERVICES_LOGIN_PAYLOAD_H_
