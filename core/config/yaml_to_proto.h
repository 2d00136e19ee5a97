// YamlToProto fills a protobuf message from YAML.
#ifndef LATCHKEY_CORE_CONFIG_YAML_TO_PROTO_H_
#define LATCHKEY_CORE_CONFIG_YAML_TO_PROTO_H_

#include <google/protobuf/message.h>

#include "core/config/interpolate.h"
#include "core/config/problems.h"
#include "core/config/yaml_tree.h"

namespace latchkey {

// YamlToProto walks `root` by the descriptor of `message`, notes the line of
// each path and reports all that does not fit: unknown and repeated fields,
// values of another type, two arms of a oneof, numbers out of range, missing
// environment variables. List elements that do not fit are there but empty, so
// that indices stay true.
//
// Fields have the names of the .proto file, but those of
// App.oidc_identity_providers, which are MongoDB's (the JSON names). An absent
// value stands for an empty message. Handles the types that the schema uses:
// string, bool, uint32, messages, lists, map<string, string>.
void YamlToProto(const YamlNode& root, const EnvReader& env, Problems* problems,
                 google::protobuf::Message* message);

}  // namespace latchkey

#endif  // LATCHKEY_CORE_CONFIG_YAML_TO_PROTO_H_
