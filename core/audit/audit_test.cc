#include "core/audit/audit.h"

#include <string>

#include "core/base/log.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

std::string* g_line = nullptr;

std::string LineOf(const AuditEvent& event) {
  std::string line;
  g_line = &line;
  SetLogSinkForTest([](const std::string& text) { *g_line = text; });
  LogAuditSink().Record(event);
  SetLogSinkForTest(nullptr);
  return line;
}

TEST(LogAuditSinkTest, WritesOneLineWithTheFieldsThatAreThere) {
  AuditEvent event;
  event.action = audit_action::kLogin;
  event.actor = "admin-key:ops";
  event.target = "65f0c0ffee65f0c0ffee0001";
  event.app = AppId("myapp-abcde");
  event.user = UserId("0123456789abcdef01234567");
  event.peer = "127.0.0.1:1";
  EXPECT_THAT(
      LineOf(event),
      AllOf(HasSubstr(R"("event":"audit")"), HasSubstr(R"("action":"login")"),
            HasSubstr(R"("actor":"admin-key:ops")"),
            HasSubstr(R"("target":"65f0c0ffee65f0c0ffee0001")"),
            HasSubstr(R"("app":"myapp-abcde")"),
            HasSubstr(R"("user":"0123456789abcdef01234567")"),
            HasSubstr(R"("peer":"127.0.0.1:1")"), Not(HasSubstr("session")),
            Not(HasSubstr("detail"))));
}

TEST(LogAuditSinkTest, NoLogLevelSilencesIt) {
  AuditEvent event;
  event.action = "login";
  SetLogLevel(LogLevel::kError);
  const std::string line = LineOf(event);
  SetLogLevel(LogLevel::kInfo);
  EXPECT_THAT(line, HasSubstr(R"("action":"login")"));
}

}  // namespace
}  // namespace latchkey
