// Where an outbound credential gets its tokens. Private to core/config.
#ifndef LATCHKEY_CORE_CONFIG_OUTBOUND_ENDPOINT_H_
#define LATCHKEY_CORE_CONFIG_OUTBOUND_ENDPOINT_H_

#include "core/config/problems.h"
#include "core/outbound/outbound_settings.h"
#include "latchkey/config/v1/config.pb.h"

namespace latchkey {

// What `preset` can be. kUnknown: it was reported.
enum class OutboundPreset { kOktaServer, kOktaOrg, kEntra, kGeneric, kUnknown };

OutboundPreset ReadPreset(const config::v1::OutboundCredential& file,
                          const Place& place);

// ReadOutboundEndpoint fills token_url or issuer as the preset says, and
// reports fields that are missing or of other presets.
void ReadOutboundEndpoint(const config::v1::OutboundCredential& file,
                          OutboundPreset preset, const Place& place,
                          OutboundSettings* out);

}  // namespace latchkey

#endif  // LATCHKEY_CORE_CONFIG_OUTBOUND_ENDPOINT_H_
