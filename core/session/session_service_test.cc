#include "core/session/session_service.h"

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "core/base/reason.h"
#include "core/jwt/token_minter.h"
#include "core/session/session_test_world.h"
#include "core/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace latchkey {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class SessionServiceTest : public ::testing::Test {
 protected:
  absl::StatusOr<IssuedSession> Refresh(const std::string& token) {
    return world_.sessions.Refresh(token, world_.ctx());
  }
  // RefreshOk expects success and gives the new refresh token.
  std::string RefreshOk(const std::string& token) {
    absl::StatusOr<IssuedSession> issued = Refresh(token);
    EXPECT_THAT(issued, IsOk());
    return issued.ok() ? issued->refresh_token : "";
  }
  SessionRecord Stored(const SessionId& id) {
    absl::StatusOr<SessionRecord> found = world_.store->sessions()->Find(id);
    EXPECT_THAT(found, IsOk());
    return *found;
  }
  void Disable(UserRecord user) {
    user.disabled = true;
    EXPECT_THAT(world_.store->users()->CompareAndUpdate(user), IsOk());
  }

  SessionTestWorld world_;
  const UserRecord user_ = world_.AddUser();
};

TEST_F(SessionServiceTest, BeginGivesTokensAndStoresTheSession) {
  SessionService::BeginOptions options = world_.OptionsFor(user_);
  options.roles = {"reader"};
  options.device_json = R"({"os":"linux"})";
  absl::StatusOr<IssuedSession> issued =
      world_.sessions.Begin(options, world_.ctx());
  ASSERT_THAT(issued, IsOk());
  EXPECT_EQ(issued->user.id, user_.id);
  const absl::Time begin = absl::FromUnixSeconds(1'700'000'000);
  EXPECT_EQ(issued->access_expires_at, begin + absl::Minutes(30));
  EXPECT_EQ(issued->refresh_expires_at, begin + absl::Hours(24 * 60));

  const SessionRecord stored = Stored(issued->session.id);
  EXPECT_EQ(stored.user, user_.id);
  EXPECT_EQ(stored.app, world_.app);
  EXPECT_EQ(stored.device_json, R"({"os":"linux"})");
  EXPECT_EQ(stored.expires_at, issued->refresh_expires_at);

  absl::StatusOr<Principal> principal = world_.Verify(issued->access_token);
  ASSERT_THAT(principal, IsOk());
  EXPECT_EQ(principal->user_id, user_.id.value());
  EXPECT_EQ(principal->session_id, issued->session.id.value());
  EXPECT_THAT(principal->roles, ElementsAre("reader"));
}

TEST_F(SessionServiceTest, ASessionNeverOutlivesItsCredential) {
  SessionService::BeginOptions options = world_.OptionsFor(user_);
  options.not_after = world_.clock.TimeNow() + absl::Minutes(5);
  absl::StatusOr<IssuedSession> issued =
      world_.sessions.Begin(options, world_.ctx());
  ASSERT_THAT(issued, IsOk());
  const absl::Time end = absl::FromUnixSeconds(1'700'000'300);
  EXPECT_EQ(issued->access_expires_at, end);
  EXPECT_EQ(issued->refresh_expires_at, end);
}

TEST_F(SessionServiceTest, ACredentialThatHasEndedBeginsNothing) {
  SessionService::BeginOptions options = world_.OptionsFor(user_);
  options.not_after = world_.clock.TimeNow();
  EXPECT_THAT(world_.sessions.Begin(options, world_.ctx()),
              HasReason(Reason::kCredentialRejected));
}

TEST_F(SessionServiceTest, BeginLeavesNoLiveSessionOfAnUndoneProof) {
  SessionService::BeginOptions options = world_.OptionsFor(user_);
  size_t stored_before = 0;
  options.still_holds = [&] {
    stored_before =
        world_.store->sessions()->ListOf(world_.app, user_.id, {}, 10)->size();
    return Error(Reason::kCredentialRejected, "changed");
  };
  EXPECT_THAT(world_.sessions.Begin(options, world_.ctx()),
              HasReason(Reason::kCredentialRejected));
  // Asked only when the session is there for others to see.
  EXPECT_EQ(stored_before, 1u);
  const auto sessions =
      world_.store->sessions()->ListOf(world_.app, user_.id, {}, 10);
  ASSERT_THAT(sessions, IsOk());
  ASSERT_EQ(sessions->size(), 1u);
  EXPECT_TRUE(sessions->front().revoked_at.has_value());
  options.still_holds = [] { return absl::OkStatus(); };
  EXPECT_THAT(world_.sessions.Begin(options, world_.ctx()), IsOk());
}

// A user who is disabled between the proof and the session.
TEST_F(SessionServiceTest, BeginLeavesNoLiveSessionOfADisabledUser) {
  Disable(user_);
  EXPECT_THAT(world_.sessions.Begin(world_.OptionsFor(user_), world_.ctx()),
              HasReason(Reason::kUserDisabled));
  absl::StatusOr<std::vector<SessionRecord>> sessions =
      world_.store->sessions()->ListOf(world_.app, user_.id, {}, 10);
  ASSERT_THAT(sessions, IsOk());
  for (const SessionRecord& session : *sessions) {
    EXPECT_TRUE(session.revoked_at.has_value());
  }
}

TEST_F(SessionServiceTest, BeginForARemovedUserFails) {
  ASSERT_THAT(world_.store->users()->Remove(world_.app, user_.id), IsOk());
  EXPECT_THAT(world_.sessions.Begin(world_.OptionsFor(user_), world_.ctx()),
              HasReason(Reason::kSessionRevoked));
}

TEST_F(SessionServiceTest, BeginForNobodyDoesNothing) {
  CallContext late = world_.ctx();
  late.deadline = world_.clock.TimeNow() - absl::Seconds(1);
  EXPECT_THAT(world_.sessions.Begin(world_.OptionsFor(user_), late),
              HasReason(Reason::kDeadlineExceeded));
}

TEST_F(SessionServiceTest, RefreshRotates) {
  const IssuedSession first = world_.Begin(user_);
  world_.clock.AdvanceTime(absl::Minutes(10));
  absl::StatusOr<IssuedSession> second = Refresh(first.refresh_token);
  ASSERT_THAT(second, IsOk());
  EXPECT_NE(second->refresh_token, first.refresh_token);
  EXPECT_NE(second->access_token, first.access_token);
  EXPECT_EQ(second->session.id, first.session.id);
  EXPECT_EQ(second->refresh_expires_at, first.refresh_expires_at);
  EXPECT_EQ(second->access_expires_at,
            first.access_expires_at + absl::Minutes(10));
  EXPECT_EQ(second->user.id, user_.id);
  EXPECT_EQ(Stored(first.session.id).counter, first.session.counter + 1);
  EXPECT_THAT(Refresh(second->refresh_token), IsOk());
}

TEST_F(SessionServiceTest, TheLastTokenWithinTheGraceGivesTheCurrentOneAgain) {
  const IssuedSession first = world_.Begin(user_);
  const std::string second = RefreshOk(first.refresh_token);
  world_.clock.AdvanceTime(absl::Seconds(10));
  EXPECT_EQ(RefreshOk(first.refresh_token), second);
  EXPECT_EQ(RefreshOk(first.refresh_token), second);
  // Nothing advanced, and the grace was not prolonged.
  EXPECT_EQ(Stored(first.session.id).counter, first.session.counter + 1);
  world_.clock.AdvanceTime(absl::Milliseconds(1));
  EXPECT_THAT(Refresh(first.refresh_token), HasReason(Reason::kRefreshReused));
}

TEST_F(SessionServiceTest, AReusedTokenEndsTheSession) {
  const IssuedSession first = world_.Begin(user_);
  absl::StatusOr<IssuedSession> second = Refresh(first.refresh_token);
  ASSERT_THAT(second, IsOk());
  world_.clock.AdvanceTime(absl::Seconds(11));
  EXPECT_THAT(Refresh(first.refresh_token), HasReason(Reason::kRefreshReused));

  // Thief and owner must both log in again, and Verify knows at once.
  EXPECT_THAT(Refresh(second->refresh_token),
              HasReason(Reason::kSessionRevoked));
  EXPECT_THAT(Refresh(first.refresh_token), HasReason(Reason::kSessionRevoked));
  EXPECT_THAT(world_.Verify(first.access_token),
              HasReason(Reason::kSessionRevoked));
  EXPECT_THAT(world_.Verify(second->access_token),
              HasReason(Reason::kSessionRevoked));
  ASSERT_EQ(world_.audit.events().size(), 1u);
  const AuditEvent event = world_.audit.events()[0];
  EXPECT_EQ(event.action, "refresh_reused");
  EXPECT_EQ(event.session, first.session.id);
  EXPECT_EQ(event.user, user_.id);
  EXPECT_EQ(event.peer, "127.0.0.1:4711");
}

TEST_F(SessionServiceTest, TwoBehindIsReuseEvenWithinTheGrace) {
  const IssuedSession first = world_.Begin(user_);
  const std::string second = RefreshOk(first.refresh_token);
  RefreshOk(second);
  EXPECT_THAT(Refresh(first.refresh_token), HasReason(Reason::kRefreshReused));
}

TEST_F(SessionServiceTest, OtherSessionsOfTheUserGoOn) {
  const IssuedSession stolen = world_.Begin(user_);
  const IssuedSession other = world_.Begin(user_);
  RefreshOk(RefreshOk(stolen.refresh_token));
  EXPECT_THAT(Refresh(stolen.refresh_token), HasReason(Reason::kRefreshReused));
  EXPECT_THAT(Refresh(other.refresh_token), IsOk());
  EXPECT_THAT(world_.Verify(other.access_token), IsOk());
}

TEST_F(SessionServiceTest, FixedSessionsKeepTheirTokenForEver) {
  SessionService::BeginOptions options = world_.OptionsFor(user_);
  options.rotates = false;
  absl::StatusOr<IssuedSession> first =
      world_.sessions.Begin(options, world_.ctx());
  ASSERT_THAT(first, IsOk());
  for (int i = 0; i < 5; ++i) {
    world_.clock.AdvanceTime(absl::Hours(1));
    EXPECT_EQ(RefreshOk(first->refresh_token), first->refresh_token);
  }
  EXPECT_EQ(Stored(first->session.id).counter, first->session.counter);
  ASSERT_THAT(
      world_.sessions.Revoke(first->session.id, world_.Because("logout")),
      IsOk());
  EXPECT_THAT(Refresh(first->refresh_token),
              HasReason(Reason::kSessionRevoked));
}

TEST_F(SessionServiceTest, NotesTheUseOfAFixedSessionOnceADay) {
  SessionService::BeginOptions options = world_.OptionsFor(user_);
  options.rotates = false;
  options.kind = ProviderKind::kCustomJwt;
  const auto begun = world_.sessions.Begin(options, world_.ctx());
  ASSERT_THAT(begun, IsOk());
  const SessionId id = begun->session.id;
  const absl::Time start = Stored(id).advanced_at;
  world_.clock.AdvanceTime(absl::Hours(23));
  RefreshOk(begun->refresh_token);
  EXPECT_EQ(Stored(id).advanced_at, start);
  world_.clock.AdvanceTime(absl::Hours(1));
  ASSERT_THAT(world_.sessions.Renew(id, world_.ctx()), IsOk());
  EXPECT_EQ(Stored(id).advanced_at, start + absl::Hours(24));
  world_.clock.AdvanceTime(absl::Hours(24));
  RefreshOk(begun->refresh_token);
  EXPECT_EQ(Stored(id).advanced_at, start + absl::Hours(48));
  // The one token stays as it is, also when it is asked for.
  const auto reminded =
      world_.sessions.Remind(id, ProviderKind::kCustomJwt, world_.ctx());
  ASSERT_THAT(reminded, IsOk());
  EXPECT_EQ(reminded->refresh_token, begun->refresh_token);
  EXPECT_EQ(RefreshOk(reminded->refresh_token), begun->refresh_token);
}

// However long the subject, and whatever its escapes: the token is made.
TEST_F(SessionServiceTest, FixedSessionsOfAnySubject) {
  for (const std::string& subject :
       {std::string("ann"), std::string(255, '"'), std::string(255, '\x01'),
        std::string(128, 'x')}) {
    SessionService::BeginOptions options =
        world_.OptionsFor(world_.AddUser(subject));
    options.rotates = false;
    options.kind = ProviderKind::kCustomJwt;
    options.ttl = absl::Hours(1);
    const auto begun = world_.sessions.Begin(options, world_.ctx());
    ASSERT_THAT(begun, IsOk());
    EXPECT_LE(begun->refresh_token.size(), 2048u);
    EXPECT_EQ(RefreshOk(begun->refresh_token), begun->refresh_token);
    EXPECT_LE(begun->refresh_expires_at - world_.clock.TimeNow(),
              absl::Hours(1));
  }
}

TEST_F(SessionServiceTest, RenewsWithoutTouchingTheRefreshToken) {
  const IssuedSession first = world_.Begin(user_);
  const auto renewed = world_.sessions.Renew(first.session.id, world_.ctx());
  ASSERT_THAT(renewed, IsOk());
  EXPECT_EQ(renewed->refresh_token, "");
  EXPECT_THAT(world_.Verify(renewed->access_token), IsOk());
  EXPECT_EQ(Stored(first.session.id).counter, first.session.counter);
  // It rotates, so nobody may take it for one that does not.
  EXPECT_THAT(world_.sessions.FindFixed(first.refresh_token, world_.ctx()),
              HasReason(Reason::kRefreshTokenInvalid));
  ASSERT_THAT(
      world_.sessions.Revoke(first.session.id, world_.Because("logout")),
      IsOk());
  EXPECT_THAT(world_.sessions.Renew(first.session.id, world_.ctx()),
              HasReason(Reason::kSessionRevoked));
}

TEST_F(SessionServiceTest, RefusesAfterTheAbsoluteExpiry) {
  const IssuedSession first = world_.Begin(user_);
  world_.clock.SetTime(first.refresh_expires_at - absl::Seconds(1));
  absl::StatusOr<IssuedSession> second = Refresh(first.refresh_token);
  ASSERT_THAT(second, IsOk());
  EXPECT_EQ(second->access_expires_at, first.refresh_expires_at);
  world_.clock.SetTime(first.refresh_expires_at);
  EXPECT_THAT(Refresh(second->refresh_token),
              HasReason(Reason::kSessionExpired));
}

TEST_F(SessionServiceTest, RefusesDisabledAndDeletedUsers) {
  const IssuedSession first = world_.Begin(user_);
  Disable(user_);
  EXPECT_THAT(Refresh(first.refresh_token), HasReason(Reason::kUserDisabled));
  ASSERT_THAT(world_.store->users()->Remove(world_.app, user_.id), IsOk());
  EXPECT_THAT(Refresh(first.refresh_token), HasReason(Reason::kSessionRevoked));
}

TEST_F(SessionServiceTest, RefusesWhatIsNoRefreshTokenOfOurs) {
  const IssuedSession issued = world_.Begin(user_);
  const std::string& good = issued.refresh_token;
  for (const std::string& token :
       {std::string(), std::string("x"), issued.access_token, good + "A",
        good.substr(0, good.size() - 1), std::string(5000, 'a')}) {
    EXPECT_THAT(Refresh(token), HasReason(Reason::kRefreshTokenInvalid))
        << token;
  }
  for (size_t i = 0; i < good.size(); ++i) {
    std::string changed = good;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    if (changed == good) continue;
    EXPECT_THAT(Refresh(changed), HasReason(Reason::kRefreshTokenInvalid)) << i;
  }
  // None of that touched the session.
  EXPECT_THAT(Refresh(good), IsOk());
}

TEST_F(SessionServiceTest, RefusesAKeyThatIsNotTheRingsRefreshKey) {
  const IssuedSession issued = world_.Begin(user_);
  const std::unique_ptr<KeyRing> other = NewKeyRing();
  absl::StatusOr<std::string> forged =
      RefreshTokens(other.get()).Mint(issued.session);
  ASSERT_THAT(forged, IsOk());
  EXPECT_THAT(Refresh(*forged), HasReason(Reason::kRefreshTokenInvalid));
}

class RefreshPayloadTest : public SessionServiceTest {
 protected:
  // Signed with the right key, so only the payload can be at fault.
  std::string Signed(const json::Value& payload, const char* typ = "rt+jwt") {
    return *MintToken(payload, typ, *world_.keys->RefreshKey());
  }
  json::Value Payload(const IssuedSession& issued) {
    json::Value payload(json::Value::Object{});
    payload.Set("sid", issued.session.id.value());
    payload.Set("ctr", static_cast<int64_t>(issued.session.counter));
    payload.Set("exp", absl::ToUnixSeconds(issued.refresh_expires_at));
    return payload;
  }
};

TEST_F(RefreshPayloadTest, OnlyTheExactShapeIsAccepted) {
  const IssuedSession issued = world_.Begin(user_);
  EXPECT_EQ(Signed(Payload(issued)), issued.refresh_token);

  std::vector<json::Value> bad;
  const auto add = [&](const char* member, json::Value value) {
    bad.push_back(Payload(issued));
    bad.back().Set(member, std::move(value));
  };
  add("extra", true);
  add("sid", "short");
  add("sid", int64_t{1});
  add("ctr", "1");
  add("ctr", int64_t{-1});
  add("ctr", json::Value::Number{"1.5"});
  add("exp", "never");
  for (const json::Value& payload : bad) {
    EXPECT_THAT(Refresh(Signed(payload)),
                HasReason(Reason::kRefreshTokenInvalid))
        << json::Write(payload);
  }
  EXPECT_THAT(Refresh(Signed(Payload(issued), "at+jwt")),
              HasReason(Reason::kRefreshTokenInvalid));
}

TEST_F(RefreshPayloadTest, ACounterFromTheFutureIsRefusedAndRevokesNothing) {
  const IssuedSession issued = world_.Begin(user_);
  json::Value ahead = Payload(issued);
  ahead.Set("ctr", static_cast<int64_t>(issued.session.counter + 1));
  EXPECT_THAT(Refresh(Signed(ahead)), HasReason(Reason::kRefreshTokenInvalid));
  EXPECT_THAT(Refresh(issued.refresh_token), IsOk());
}

TEST_F(RefreshPayloadTest, AFixedTokenDoesNotRefreshARotatingSession) {
  const IssuedSession issued = world_.Begin(user_);
  json::Value fixed = Payload(issued);
  fixed.Set("ctr", int64_t{0});
  EXPECT_THAT(Refresh(Signed(fixed)), HasReason(Reason::kRefreshTokenInvalid));
}

TEST_F(RefreshPayloadTest, ASessionThatIsNotThereIsGone) {
  const IssuedSession issued = world_.Begin(user_);
  json::Value other = Payload(issued);
  other.Set("sid", NewSessionId(&world_.random).value());
  EXPECT_THAT(Refresh(Signed(other)), HasReason(Reason::kSessionRevoked));
}

TEST_F(SessionServiceTest, RevokeIsSeenAtOnceAndKept) {
  const IssuedSession issued = world_.Begin(user_);
  ASSERT_THAT(world_.Verify(issued.access_token), IsOk());
  ASSERT_THAT(
      world_.sessions.Revoke(issued.session.id, world_.Because("logout")),
      IsOk());
  EXPECT_THAT(world_.Verify(issued.access_token),
              HasReason(Reason::kSessionRevoked));
  EXPECT_THAT(Refresh(issued.refresh_token),
              HasReason(Reason::kSessionRevoked));
  EXPECT_TRUE(Stored(issued.session.id).revoked_at.has_value());
  ASSERT_THAT(world_.audit.Lines(), ElementsAre("session_revoked logout"));
  const AuditEvent event = world_.audit.events()[0];
  EXPECT_EQ(event.app, world_.app);
  EXPECT_EQ(event.user, user_.id);
  EXPECT_EQ(event.session, issued.session.id);
}

TEST_F(SessionServiceTest, RevokeOfAnUnknownSessionSaysSo) {
  EXPECT_THAT(world_.sessions.Revoke(NewSessionId(&world_.random),
                                     world_.Because("administrator")),
              HasReason(Reason::kResourceNotFound));
  EXPECT_THAT(world_.audit.Lines(), IsEmpty());
}

TEST_F(SessionServiceTest, RevokeAllEndsTheUsersSessionsOnly) {
  const UserRecord other = world_.AddUser("subject-2");
  const IssuedSession first = world_.Begin(user_);
  const IssuedSession second = world_.Begin(user_);
  const IssuedSession others = world_.Begin(other);
  EXPECT_THAT(world_.sessions.RevokeAll(world_.app, user_.id,
                                        world_.Because("logout_all")),
              IsOkAndHolds(2u));
  EXPECT_THAT(world_.Verify(first.access_token),
              HasReason(Reason::kSessionRevoked));
  EXPECT_THAT(world_.Verify(second.access_token),
              HasReason(Reason::kSessionRevoked));
  EXPECT_THAT(world_.Verify(others.access_token), IsOk());
  EXPECT_THAT(world_.sessions.RevokeAll(world_.app, user_.id,
                                        world_.Because("logout_all")),
              IsOkAndHolds(0u));
}

TEST_F(SessionServiceTest, TheEventSaysInWhichCallSessionsEnded) {
  CallContext call = world_.ctx();
  call.actor = "admin-key:ops";
  call.peer = "192.0.2.1:7";
  call.request_id = "r1";
  const IssuedSession first = world_.Begin(user_);
  world_.Begin(user_);
  ASSERT_THAT(world_.sessions.Revoke(first.session.id, {"admin", &call}),
              IsOk());
  ASSERT_THAT(world_.sessions.RevokeAll(world_.app, user_.id, {"admin", &call}),
              IsOkAndHolds(1u));
  ASSERT_THAT(world_.audit.Lines(),
              ElementsAre("session_revoked admin", "sessions_revoked admin"));
  for (const AuditEvent& event : world_.audit.events()) {
    EXPECT_EQ(event.actor, "admin-key:ops");
    EXPECT_EQ(event.peer, "192.0.2.1:7");
    EXPECT_EQ(event.request_id, "r1");
  }
}

TEST_F(SessionServiceTest, RevokeOthersSparesOne) {
  const IssuedSession mine = world_.Begin(user_);
  const IssuedSession other = world_.Begin(user_);
  EXPECT_THAT(world_.sessions.RevokeSome(world_.app, user_.id,
                                         SessionScope::AllBut(mine.session.id),
                                         world_.Because("password_change")),
              IsOkAndHolds(1u));
  EXPECT_THAT(world_.Verify(mine.access_token), IsOk());
  EXPECT_THAT(world_.Verify(other.access_token),
              HasReason(Reason::kSessionRevoked));
  EXPECT_THAT(world_.audit.Lines(),
              ElementsAre("sessions_revoked password_change"));
}

TEST_F(SessionServiceTest, LoadRevocationsKnowsWhatEndedBeforeTheStart) {
  const IssuedSession old = world_.Begin(user_);
  ASSERT_THAT(
      world_.store->sessions()->Revoke(old.session.id, world_.clock.TimeNow()),
      IsOk());
  world_.clock.AdvanceTime(absl::Minutes(20));
  const IssuedSession recent = world_.Begin(user_);
  ASSERT_THAT(world_.store->sessions()->Revoke(recent.session.id,
                                               world_.clock.TimeNow()),
              IsOk());
  EXPECT_THAT(world_.Verify(recent.access_token), IsOk());
  ASSERT_THAT(world_.sessions.LoadRevocations(absl::Minutes(15)), IsOk());
  EXPECT_THAT(world_.Verify(recent.access_token),
              HasReason(Reason::kSessionRevoked));
  EXPECT_EQ(world_.revocations.size(), 1u);
}

void ExpectOneSuccessor(SessionTestWorld* world) {
  const IssuedSession first = world->Begin(world->AddUser());
  absl::Mutex mu;
  std::set<std::string> successors;
  int failures = 0;
  InParallel(100, [&](int) {
    absl::StatusOr<IssuedSession> issued =
        world->sessions.Refresh(first.refresh_token, world->ctx());
    absl::MutexLock lock(&mu);
    if (issued.ok()) {
      successors.insert(issued->refresh_token);
    } else {
      ++failures;
    }
  });
  EXPECT_EQ(failures, 0);
  ASSERT_EQ(successors.size(), 1u);
  EXPECT_NE(*successors.begin(), first.refresh_token);
  EXPECT_THAT(world->sessions.Refresh(*successors.begin(), world->ctx()),
              IsOk());
}

TEST(ParallelRefreshTest, AHundredAtOnceHaveOneSuccessor) {
  SessionTestWorld world;
  ExpectOneSuccessor(&world);
}

TEST(ParallelRefreshTest, AHundredAtOnceHaveOneSuccessorOnSqlite) {
  SqliteOptions options;
  options.path = testing::TempDir() + "/parallel_refresh_test.db";
  absl::StatusOr<std::unique_ptr<Store>> store = NewSqliteStore(options);
  ASSERT_THAT(store, IsOk());
  SessionTestWorld world(*std::move(store));
  ExpectOneSuccessor(&world);
}

// Refreshing and revoking at once: afterwards nothing of the session works.
TEST(ParallelRefreshTest, NothingSurvivesARevocationInBetween) {
  SessionTestWorld world;
  const IssuedSession first = world.Begin(world.AddUser());
  absl::Mutex mu;
  std::vector<std::string> access_tokens;
  InParallel(64, [&](int) {
    absl::StatusOr<IssuedSession> issued =
        world.sessions.Refresh(first.refresh_token, world.ctx());
    EXPECT_THAT(
        world.sessions.Revoke(first.session.id, world.Because("logout")),
        IsOk());
    if (!issued.ok()) return;
    absl::MutexLock lock(&mu);
    access_tokens.push_back(issued->access_token);
  });
  EXPECT_FALSE(access_tokens.empty());
  for (const std::string& token : access_tokens) {
    EXPECT_THAT(world.Verify(token), HasReason(Reason::kSessionRevoked));
  }
}

}  // namespace
}  // namespace latchkey
