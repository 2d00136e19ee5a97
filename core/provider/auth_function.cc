#include "core/provider/auth_function.h"

#include <string>
#include <utility>

#include "core/base/reason.h"

namespace latchkey {

absl::StatusOr<std::unique_ptr<AccountFunction>>
AuthFunctionConnector::ConnectAccounts(const Options& /*options*/) {
  return Error(Reason::kInternal, "account functions cannot be called here");
}

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
