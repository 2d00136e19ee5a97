#include "core/config/app_services/export_object.h"

#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "core/base/utf8.h"
#include "core/config/app_services/export_files.h"

namespace latchkey {
namespace {

constexpr size_t kMaxText = 4096;
constexpr size_t kMaxTexts = 1000;

bool IsEmpty(const json::Value& value) {
  if (const bool* const flag = value.as_bool()) return !*flag;
  if (const std::string* const text = value.as_string()) return text->empty();
  if (const auto* const list = value.as_array()) return list->empty();
  if (const auto* const object = value.as_object()) return object->empty();
  return value.is_null();
}

}  // namespace

ExportObject::ExportObject(const json::Value* object, ExportPlace place,
                           Findings* findings)
    : object_(object), place_(std::move(place)), findings_(findings) {
  if (object_ == nullptr || object_->is_null()) {
    object_ = nullptr;
  } else if (object_->as_object() == nullptr) {
    findings_->Refuse(place_, "must be an object ({...})");
    object_ = nullptr;
  }
}

const json::Value* ExportObject::Value(absl::string_view name) {
  asked_.emplace(name);
  if (object_ == nullptr) return nullptr;
  const json::Value* const value = object_->Find(name);
  return value == nullptr || value->is_null() ? nullptr : value;
}

bool ExportObject::Has(absl::string_view name) {
  const json::Value* const value = Value(name);
  return value != nullptr && !IsEmpty(*value);
}

bool ExportObject::CheckText(const std::string& text,
                             const ExportPlace& place) const {
  if (text.size() <= kMaxText && !HasControlCharacters(text)) return true;
  findings_->Refuse(
      place, absl::StrCat("must be one line of at most ", kMaxText, " bytes"));
  return false;
}

std::string ExportObject::Text(absl::string_view name) {
  const json::Value* const value = Value(name);
  if (value == nullptr) return "";
  const std::string* const text = value->as_string();
  if (text == nullptr) {
    findings_->Refuse(PlaceOf(name), "must be a text");
    return "";
  }
  return CheckText(*text, PlaceOf(name)) ? *text : "";
}

bool ExportObject::Flag(absl::string_view name) {
  const json::Value* const value = Value(name);
  if (value == nullptr) return false;
  const bool* const flag = value->as_bool();
  if (flag == nullptr) {
    findings_->Refuse(PlaceOf(name), "must be true or false");
  }
  return flag != nullptr && *flag;
}

std::vector<std::string> ExportObject::Texts(absl::string_view name) {
  const json::Value* const value = Value(name);
  if (value == nullptr) return {};
  if (value->as_string() != nullptr) {
    const std::string text = Text(name);
    return text.empty() ? std::vector<std::string>() : std::vector{text};
  }
  const json::Value::Array* const list = value->as_array();
  if (list == nullptr || list->size() > kMaxTexts) {
    findings_->Refuse(PlaceOf(name), "must be a list of at most 1000 texts");
    return {};
  }
  std::vector<std::string> texts;
  for (size_t i = 0; i < list->size(); ++i) {
    const std::string* const text = (*list)[i].as_string();
    const ExportPlace place = PlaceOf(name).At(i);
    if (text == nullptr) {
      findings_->Refuse(place, "must be a text");
    } else if (CheckText(*text, place)) {
      texts.push_back(*text);
    }
  }
  return texts;
}

ExportObject ExportObject::Object(absl::string_view name) {
  return ExportObject(Value(name), PlaceOf(name), findings_);
}

std::vector<ExportObject> ExportObject::Objects(absl::string_view name) {
  const json::Value* const value = Value(name);
  if (value == nullptr) return {};
  const json::Value::Array* const list = value->as_array();
  if (list == nullptr) {
    findings_->Refuse(PlaceOf(name), "must be a list of objects");
    return {};
  }
  std::vector<ExportObject> objects;
  for (size_t i = 0; i < list->size(); ++i) {
    const ExportPlace place = PlaceOf(name).At(i);
    if ((*list)[i].is_null()) {
      findings_->Refuse(place, "must be an object ({...})");
    } else {
      objects.emplace_back(&(*list)[i], place, findings_);
    }
  }
  return objects;
}

std::vector<std::string> ExportObject::Names() const {
  std::vector<std::string> names;
  if (object_ == nullptr) return names;
  for (const auto& [name, value] : *object_->as_object()) {
    names.push_back(name);
  }
  return names;
}

std::vector<std::string> ExportObject::Unasked() const {
  std::vector<std::string> names;
  if (object_ == nullptr) return names;
  for (const auto& [name, value] : *object_->as_object()) {
    if (asked_.count(name) == 0 && !IsEmpty(value)) names.push_back(name);
  }
  return names;
}

void ExportObject::NoteUnknown(const std::string& target) const {
  for (const std::string& name : Unasked()) {
    findings_->Note({ImportNote::Kind::kUnknown, PlaceOf(name), target,
                     "nothing is known about this field here; it is left "
                     "out"});
  }
}

std::optional<json::Value> ParseExportFile(const std::string& file,
                                           absl::string_view text,
                                           Findings* findings) {
  json::Limits limits;
  limits.max_bytes = kMaxExportFileBytes;
  absl::StatusOr<json::Value> value = json::Parse(text, limits);
  if (value.ok()) return *std::move(value);
  findings->Refuse({file, ""}, absl::StrCat("not JSON that can be trusted: ",
                                            value.status().message()));
  return std::nullopt;
}

}  // namespace latchkey
