#include "server/app_services/exchange.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace latchkey {

const AppServicesSettings& Exchange::settings() const {
  static const auto& defaults = *new AppServicesSettings();
  return app != nullptr && app->app_services.has_value() ? *app->app_services
                                                         : defaults;
}

void Exchange::Answer(int status, const json::Value& value) {
  reply.status = status;
  reply.content_type = "application/json";
  reply.body = json::Write(value);
}

void Exchange::AnswerNothing() {
  reply.status = 204;
  reply.content_type.clear();
  reply.body.clear();
}

absl::Status Exchange::Refuse(ClientError error, Reason reason) {
  // Not the text: it may repeat an address, and details are logged.
  absl::Status status = Error(reason, absl::StrCat("refused: ", error.code));
  refusal = std::move(error);
  return status;
}

absl::Status Exchange::ReadText(absl::string_view name, std::string* out) {
  const json::Value* const member = body.Find(name);
  if (member == nullptr || member->is_null()) {
    return Refuse({400, "MissingParameter",
                   absl::StrCat("'", name, "' is a required string")},
                  Reason::kInvalidRequest);
  }
  const std::string* const text = member->as_string();
  if (text == nullptr) {
    return Refuse({400, "InvalidParameter",
                   absl::StrCat("'", name, "' must be a string")},
                  Reason::kInvalidRequest);
  }
  *out = *text;
  return absl::OkStatus();
}

}  // namespace latchkey
