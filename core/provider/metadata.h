// Metadata: claims of a foreign token that become a user's data.
#ifndef LATCHKEY_CORE_PROVIDER_METADATA_H_
#define LATCHKEY_CORE_PROVIDER_METADATA_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "core/json/json.h"
#include "core/provider/provider_settings.h"

namespace latchkey {

// MapMetadata gives the JSON object that holds just the mapped fields, values
// of any type copied whole. A claim that is absent or null has no value: the
// field is left out, or TOKEN_CLAIM_INVALID when it is required. The same when
// a value is longer than `max_value_bytes`: the bytes of a string, the compact
// JSON of anything else. The detail names the path, never the value. Of two
// entries for one field the last one that has a value wins.
absl::StatusOr<std::string> MapMetadata(
    const std::vector<MetadataField>& fields, const json::Value& payload,
    size_t max_value_bytes);

}  // namespace latchkey

#endif  // LATCHKEY_CORE_PROVIDER_METADATA_H_
