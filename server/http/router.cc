#include "server/http/router.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/http/connect_error.h"

namespace latchkey {
namespace {

constexpr char kText[] = "text/plain; charset=utf-8";
constexpr char kPrometheusText[] = "text/plain; version=0.0.4; charset=utf-8";

HttpReply Text(int status, std::string body) {
  HttpReply reply;
  reply.status = status;
  reply.content_type = kText;
  reply.headers = {{"Cache-Control", "no-store"}};
  reply.body = std::move(body);
  return reply;
}

}  // namespace

Router::Router(Deps deps)
    : deps_(std::move(deps)),
      max_body_limit_(
          std::max(deps_.max_body_bytes, deps_.connect->MaxBodyLimit())) {}

size_t Router::BodyLimit(absl::string_view path) const {
  return deps_.connect->BodyLimit(path).value_or(deps_.max_body_bytes);
}

PathHandler* Router::HandlerOf(absl::string_view path) const {
  for (PathHandler* handler : deps_.handlers) {
    if (handler->Serves(path)) return handler;
  }
  return nullptr;
}

HttpReply Router::TooLarge(const HttpRequest& head, int status) const {
  const PathHandler* const handler = HandlerOf(head.path);
  if (handler != nullptr) return handler->TooLarge(head, status);
  if (deps_.connect->Serves(head.path)) return ConnectTooLarge(status);
  return Text(status, status == 431 ? "The headers are too large.\n"
                                    : "The body is too large.\n");
}

HttpReply Router::Get(absl::string_view path) const {
  if (path == "/healthz") return Text(200, "ok\n");
  if (path == "/readyz") {
    const std::string cause = deps_.not_ready_because();
    if (cause.empty()) return Text(200, "ready\n");
    return Text(503, absl::StrCat("not ready: ", cause, "\n"));
  }
  if (path == "/metrics") {
    HttpReply reply = Text(200, deps_.metrics->Render());
    reply.content_type = kPrometheusText;
    return reply;
  }
  if (absl::StartsWith(path, "/.well-known/")) {
    if (auto reply = deps_.well_known->Get(path)) return *std::move(reply);
  }
  if (deps_.connect->Serves(path)) {
    HttpReply reply = Text(405, "RPCs are called with POST.\n");
    reply.headers.emplace_back("Allow", "POST");
    return reply;
  }
  return Text(404, "There is nothing here.\n");
}

void Router::Handle(HttpRequest request, std::function<void(HttpReply)> reply) {
  PathHandler* const handler = HandlerOf(request.path);
  if (handler != nullptr) {
    handler->Handle(std::move(request), std::move(reply));
    return;
  }
  if (request.method == "POST") {
    deps_.connect->Handle(std::move(request), std::move(reply));
    return;
  }
  if (request.method == "GET" || request.method == "HEAD") {
    reply(Get(request.path));
    return;
  }
  HttpReply refused = Text(405, "Use GET, HEAD or POST.\n");
  refused.headers.emplace_back("Allow", "GET, HEAD, POST");
  reply(std::move(refused));
}

}  // namespace latchkey
