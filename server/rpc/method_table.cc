#include "server/rpc/method_table.h"

#include <algorithm>
#include <memory>

namespace latchkey {

Method& MethodTable::AddRow(absl::string_view path, const RowOptions& options) {
  auto row = std::make_unique<Method>();
  row->group = options.group;
  row->path = std::string(path);
  row->max_request_bytes = options.max_request_bytes == 0
                               ? default_max_request_bytes_
                               : options.max_request_bytes;
  row->lane = [lane = options.lane](const google::protobuf::Message&,
                                    const google::protobuf::Message&) {
    return lane;
  };
  Method& result = *row;
  by_path_[result.path] = row.get();
  rows_.push_back(std::move(row));
  return result;
}

const Method* MethodTable::Find(absl::string_view path) const {
  const auto found = by_path_.find(path);
  return found == by_path_.end() ? nullptr : found->second;
}

void MethodTable::RegisterSeries(Metrics* metrics) {
  for (const auto& row : rows_) {
    row->series = metrics->RegisterMethod(row->path);
  }
}

std::vector<const Method*> MethodTable::methods() const {
  std::vector<const Method*> result;
  result.reserve(rows_.size());
  for (const auto& row : rows_) result.push_back(row.get());
  return result;
}

std::vector<std::string> MethodTable::Services(ServiceGroup group) const {
  std::vector<std::string> services;
  for (const auto& row : rows_) {
    if (row->group != group) continue;
    const size_t slash = row->path.rfind('/');
    std::string service = row->path.substr(1, slash - 1);
    if (std::find(services.begin(), services.end(), service) ==
        services.end()) {
      services.push_back(std::move(service));
    }
  }
  return services;
}

}  // namespace latchkey
