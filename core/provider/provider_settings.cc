#include "core/provider/provider_settings.h"

#include <variant>

namespace latchkey {
namespace {

struct KindOfArm {
  ProviderKind operator()(const AnonymousSettings&) const {
    return ProviderKind::kAnonymous;
  }
  ProviderKind operator()(const EmailPasswordSettings&) const {
    return ProviderKind::kEmailPassword;
  }
  ProviderKind operator()(const ApiKeySettings&) const {
    return ProviderKind::kApiKey;
  }
  ProviderKind operator()(const CustomJwtSettings&) const {
    return ProviderKind::kCustomJwt;
  }
  ProviderKind operator()(const FunctionSettings&) const {
    return ProviderKind::kFunction;
  }
};

}  // namespace

ProviderKind KindOf(const ProviderSettings& settings) {
  return std::visit(KindOfArm(), settings.arm);
}

}  // namespace latchkey
