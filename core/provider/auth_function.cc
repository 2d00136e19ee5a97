#include "core/provider/auth_function.h"

#include <string>
#include <utility>

namespace latchkey {

InProcessAuthFunctions* InProcessAuthFunctions::Global() {
  // Never destroyed: providers may be called until the process ends.
  static auto* const global = new InProcessAuthFunctions;
  return global;
}

void InProcessAuthFunctions::Register(std::string name, Function function) {
  functions_[std::move(name)] = std::move(function);
}

const InProcessAuthFunctions::Function* InProcessAuthFunctions::Find(
    const std::string& name) const {
  auto found = functions_.find(name);
  return found == functions_.end() ? nullptr : &found->second;
}

}  // namespace latchkey
