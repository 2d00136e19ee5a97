#include "server/app_services/cors.h"

#include <utility>

namespace latchkey {
namespace {

constexpr char kRequestHeaders[] = "Authorization, Content-Type, Accept";
constexpr char kExposedHeaders[] =
    "X-BAAS-Location, X-Stitch-Location, X-Appservices-Request-Id, "
    "Retry-After";
constexpr char kMaxAge[] = "600";

std::string Listed(const App& app, absl::string_view origin) {
  if (!app.app_services.has_value()) return "";
  std::string all;
  for (const std::string& one : app.app_services->allowed_origins) {
    if (one == origin) return one;
    if (one == "*") all = one;
  }
  return all;
}

}  // namespace

std::string AllowedOrigin(absl::string_view origin, const App* app,
                          const AppTable& apps) {
  if (origin.empty()) return "";
  if (app != nullptr) return Listed(*app, origin);
  std::string all;
  for (const auto& one : apps.apps()) {
    std::string listed = Listed(*one, origin);
    if (listed == origin) return listed;
    if (!listed.empty()) all = std::move(listed);
  }
  return all;
}

void AddCorsHeaders(const CorsGrant& grant, HttpReply* reply) {
  reply->headers.emplace_back("Access-Control-Allow-Origin", grant.origin);
  if (grant.with_cookies) {
    reply->headers.emplace_back("Access-Control-Allow-Credentials", "true");
  }
  reply->headers.emplace_back("Access-Control-Expose-Headers", kExposedHeaders);
  reply->headers.emplace_back("Vary", "Origin");
}

HttpReply PreflightReply(const CorsGrant& grant, const std::string& methods) {
  HttpReply reply;
  reply.status = 204;
  AddCorsHeaders(grant, &reply);
  reply.headers.emplace_back("Access-Control-Allow-Methods", methods);
  reply.headers.emplace_back("Access-Control-Allow-Headers", kRequestHeaders);
  reply.headers.emplace_back("Access-Control-Max-Age", kMaxAge);
  return reply;
}

}  // namespace latchkey
