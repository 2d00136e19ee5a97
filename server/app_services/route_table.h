// RouteTable finds the endpoint of a method and path.
#ifndef LATCHKEY_SERVER_APP_SERVICES_ROUTE_TABLE_H_
#define LATCHKEY_SERVER_APP_SERVICES_ROUTE_TABLE_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "core/metrics/metrics.h"
#include "server/app_services/exchange.h"

namespace latchkey {

// All paths begin so.
inline constexpr char kAppServicesPrefix[] = "/api/client/v2.0/";

// Route is one endpoint.
struct Route {
  std::string method;   // "GET"
  std::string pattern;  // "app/{app}/location", behind the prefix
  // Reads the request in the transport's thread and never blocks: leaves work
  // in the exchange, or its answer. Thread-safe.
  std::function<absl::Status(Exchange*)> prepare;
  // The body is a JSON object, or empty, which means {}.
  bool reads_body = false;

  std::vector<std::string> segments;        // of the pattern
  Metrics::MethodSeries* series = nullptr;  // owned by Metrics
};

// RouteTable: Add at start only; thread-safe then.
class RouteTable final {
 public:
  // `metrics` is borrowed.
  explicit RouteTable(Metrics* metrics) : metrics_(metrics) {}

  void Add(Route route);

  struct Match {
    const Route* route = nullptr;  // null: not found
    // What "{app}", "{provider}" and "{id}" stand for; views of the path.
    absl::string_view app, provider, id;
    // Methods of the path, "GET, POST", when it was not found for this one.
    std::string allowed;
  };
  // Find: `path` with the prefix.
  Match Find(absl::string_view method, absl::string_view path) const;

  const std::vector<std::unique_ptr<Route>>& routes() const { return routes_; }

 private:
  Metrics* const metrics_;
  std::vector<std::unique_ptr<Route>> routes_;
};

}  // namespace latchkey

#endif  // LATCHKEY_SERVER_APP_SERVICES_ROUTE_TABLE_H_
