// One outbound credential on the way from the file. Private to core/config.
#ifndef LATCHKEY_CORE_CONFIG_OUTBOUND_DRAFT_H_
#define LATCHKEY_CORE_CONFIG_OUTBOUND_DRAFT_H_

#include "core/base/secret.h"
#include "core/config/outbound_endpoint.h"
#include "core/config/section.h"
#include "core/config/validate.h"
#include "core/outbound/outbound_settings.h"
#include "latchkey/config/v1/config.pb.h"

namespace latchkey {

struct OutboundDraft {
  const config::v1::OutboundCredential& file;
  const Section& section;  // of `file`
  const OutboundContext& context;
  OutboundPreset preset;
  OutboundSettings* out;
};

// ReadOutboundProof fills in how the client proves itself: auth_method,
// client_secret, assertion_key. Gives the text of the secret or the key; empty
// after a problem.
Secret ReadOutboundProof(const OutboundDraft& draft);

}  // namespace latchkey

#endif  // LATCHKEY_CORE_CONFIG_OUTBOUND_DRAFT_H_
