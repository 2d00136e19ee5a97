#include "server/app_services/route_table.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace latchkey {
namespace {

// Fits fills in what the pattern's names stand for.
bool Fits(const std::vector<std::string>& pattern,
          const std::vector<absl::string_view>& path,
          RouteTable::Match* match) {
  if (pattern.size() != path.size()) return false;
  for (size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i].front() != '{') {
      if (pattern[i] != path[i]) return false;
    } else if (path[i].empty()) {
      return false;
    } else if (pattern[i] == "{app}") {
      match->app = path[i];
    } else if (pattern[i] == "{provider}") {
      match->provider = path[i];
    } else {
      match->id = path[i];
    }
  }
  return true;
}

}  // namespace

void RouteTable::Add(Route route) {
  route.segments = absl::StrSplit(route.pattern, '/');
  route.series = metrics_->RegisterMethod(
      absl::StrCat(route.method, " ", kAppServicesPrefix, route.pattern));
  routes_.push_back(std::make_unique<Route>(std::move(route)));
}

RouteTable::Match RouteTable::Find(absl::string_view method,
                                   absl::string_view path) const {
  const std::vector<absl::string_view> segments =
      absl::StrSplit(absl::StripPrefix(path, kAppServicesPrefix), '/');
  std::string allowed;
  Match first;  // of another method
  for (const auto& route : routes_) {
    Match match;
    if (!Fits(route->segments, segments, &match)) continue;
    if (route->method == method) {
      match.route = route.get();
      return match;
    }
    absl::StrAppend(&allowed, allowed.empty() ? "" : ", ", route->method);
    if (first.app.empty()) first = match;
  }
  first.allowed = std::move(allowed);
  return first;
}

}  // namespace latchkey
