// MongoDB Extended JSON, as far as requests need it.
#ifndef LATCHKEY_SERVER_APP_SERVICES_EJSON_H_
#define LATCHKEY_SERVER_APP_SERVICES_EJSON_H_

#include <string>

#include "core/json/json.h"

namespace latchkey {

// RelaxEjson gives a value with its numbers as JSON numbers: clients send them
// as {"$numberInt": "5"}, and so on. What a double cannot hold exactly, and all
// other types, stay as they are. Pure; thread-safe.
json::Value RelaxEjson(const json::Value& value);

// ObjectIdText gives the 24 lower-case hex digits of a string or of
// {"$oid": ...}; empty when it is neither.
std::string ObjectIdText(const json::Value& value);

}  // namespace latchkey

#endif  // LATCHKEY_SERVER_APP_SERVICES_EJSON_H_
